"""The report screen: the organization's figures for supervisors, or an agent's own."""

from datetime import date
from typing import ClassVar

from msgspec import UNSET
from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common.reports import RowsQuery, SummaryQuery
from tui import clock
from tui.keys import Context, bindings
from tui.messages.requests import Ask, Copy, Say, ShowTicket
from tui.model.context import Station
from tui.model.queues import Tab
from tui.reports import date_ranges, descriptions
from tui.reports.csv_file import file_name
from tui.reports.date_ranges import PRESETS, NoSpan, Span, earlier
from tui.reports.figure_definitions import MEASURES, rows_behind
from tui.reports.report_model import AGE, BEFORE, COMMENT, Cell, Report, aged
from tui.reports.report_requests import AskCsv, AskReport, CsvSaved, ReportCame, Scope
from tui.reports.sheet import Sheet
from tui.reports.sheet_layout import View, laid_out
from tui.screens.auto_refresh import LiveScreen
from tui.screens.picker import Picker
from tui.screens.report_rows import RowsScreen
from tui.widgets.fixed_line import Line, Rule
from tui.widgets.line_wrapping import wrap
from tui.widgets.sheet_view import SheetView

_FIRST: int = 1


class ReportScreen(LiveScreen):
    """Figures to stand on; below them what the one under the cursor is."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.REPORT)

    def __init__(self, station: Station, scope: Scope) -> None:
        super().__init__(station)
        self.scope = scope
        self.heading = Line(id="title")
        self.ranges = Line(id="ranges")
        self.view = SheetView(id="sheet")
        self.rule = Rule()
        self.readout = [Line(), Line()]
        self.report: Report | None = None
        self._preset: int | None = _FIRST
        self._custom: Span | None = None
        self._measure = 0
        self._is_table = self._is_business = False

    def body(self) -> list[Widget]:
        return [self.heading, self.ranges, self.view, self.rule, *self.readout]

    def on_mount(self) -> None:
        super().on_mount()
        self.view.focus()

    @property
    def home(self) -> Widget:
        return self.view

    def contexts(self) -> tuple[Context, ...]:
        return (Context.REPORT, Context.SHEET)

    # -- what is asked

    @property
    def today(self) -> date:
        """The day it is in the organization."""
        return self.station.now.date()

    @property
    def span(self) -> Span:
        if self._custom is not None and self._preset is None:
            return self._custom
        return PRESETS[self._preset or 0].at(self.today)

    def question(self) -> Ask | None:
        if not self.station.store.organization:
            return None
        return AskReport(self.span, earlier(self.span, self.station.now), self.scope)

    @on(ReportCame)
    def _came(self, outcome: ReportCame) -> None:
        if self.is_awaited(outcome.asked):
            self.report = outcome.report
            self.fill()

    # -- what is shown

    def forget(self) -> None:
        self.report = None

    def fill(self) -> None:
        width = self.size.width
        report, organization = self.report, self.station.store.organization
        name = organization.name if organization else ""
        self.heading.say(*descriptions.title(name, report, self.span, self.today, self.scope))
        view = self._view()
        self.ranges.say(
            descriptions.ranges(self._preset, self.span, width), descriptions.mode(view)
        )
        if report is None or report.span != self.span:
            self.view.show(_waiting(is_away=self.station.link.is_away))
        else:
            self.view.show(laid_out(report, self._ages(), view))
        self._tell()

    def _view(self) -> View:
        return View(
            width=self.size.width - 1,
            measure=MEASURES[self._measure],
            is_table=self._is_table,
            is_business=self._is_business,
        )

    def _ages(self) -> dict[str, int]:
        backlog = self.station.store.queue(Tab.OPEN)
        return {key: len(tickets) for key, tickets in aged(backlog, clock.now()).items()}

    def link_changed(self) -> None:
        super().link_changed()
        self.fill()

    def on_resize(self) -> None:
        super().on_resize()
        self.fill()

    @on(SheetView.Moved)
    def _tell(self) -> None:
        """Say what the figure under the cursor is."""
        cell, report = self.view.cell, self.report
        lines = [("", "plain")] * 2
        if report is not None and isinstance(cell, Cell):
            said = descriptions.told(report, cell, self._ages(), is_business=self._is_business)
            self.rule.say([(said[0], "strong")], [(said[1], "dim")])
            told = wrap(said[2], self.size.width - 2)[: len(self.readout)]
            lines = [*((f" {line}", "dim") for line in told), *lines][: len(self.readout)]
        else:
            self.rule.say([])
        for line, part in zip(self.readout, lines, strict=False):
            line.say([part])

    # -- keys

    def action_range(self, place: int) -> None:
        self._preset = place
        self._begin()

    def action_turn(self, step: int) -> None:
        place = len(PRESETS) if self._preset is None else self._preset
        places = len(PRESETS) + (self._custom is not None)
        place = (place + step) % places
        self._preset = place if place < len(PRESETS) else None
        self._begin()

    def action_custom(self) -> None:
        """Ask for two dates."""
        picker = self.app.get_screen("picker", Picker)
        picker.offer(
            f"First and last day, as in {self.span.start} {self.span.last}", [], is_free=True
        )
        self.app.push_screen(picker, self._typed)
        self.show_keys()

    def _typed(self, text: str | None) -> None:
        if text is None:
            return
        try:
            self._custom, self._preset = date_ranges.typed(text), None
        except NoSpan as refused:
            self.refuse(str(refused))
        else:
            self._begin()

    def _begin(self) -> None:
        self.fill()
        self.ask_now()

    def action_table(self) -> None:
        self._is_table = not self._is_table
        self.fill()

    def action_business(self) -> None:
        self._is_business = not self._is_business
        self.fill()

    def action_measure(self, step: int) -> None:
        self._measure = (self._measure + step) % len(MEASURES)
        self.fill()

    def action_leave(self) -> None:
        self.dismiss()

    @on(SheetView.Clicked)
    def action_open(self) -> None:
        """What is behind the figure; a rating opens its ticket."""
        cell, report = self.view.cell, self.report
        if not isinstance(cell, Cell) or report is None:
            return
        if cell.part == COMMENT:
            self.post_message(
                ShowTicket(
                    descriptions.ticket_number(cell), order=[descriptions.ticket_number(cell)]
                )
            )
            return
        reason = self._why_closed(cell, report)
        if reason is not None:
            self.refuse(reason)
            return
        rows = self.app.get_screen("report_rows", RowsScreen)
        title = descriptions.title_of_rows(report, cell, is_business=self._is_business)
        bucket = (cell.key or "") if cell.part == AGE else ""
        rows.begin(title, self._query(cell), bucket=bucket, is_business=self._is_business)
        self.app.push_screen(rows)

    def _why_closed(self, cell: Cell, report: Report) -> str | None:
        if self.scope is Scope.OWN:
            return "Only supervisors list what is behind a figure."
        figures, shown = report.figures(cell), cell.shown(is_business=False)
        if cell.part == AGE or (figures and shown and rows_behind(shown, figures)):
            return None
        return "Nothing was counted here."

    def _query(self, cell: Cell) -> RowsQuery | None:
        """The rows of the figure; None where the tickets held are those rows."""
        shown = cell.shown(is_business=False)
        if shown is None:
            return None
        start, to = self.span.start, self.span.to
        if cell.part == BEFORE and self.report is not None:
            start, to = self.report.compared.span.start, self.report.compared.to
        is_group = cell.group_by is not UNSET
        return RowsQuery(
            metric=shown.metric,
            from_=start,
            to=to,
            group_by=cell.group_by,
            key=(cell.key or "none") if is_group else UNSET,
        )

    def action_copy(self) -> None:
        """Copies what stands below about the figure: name, value, days, definition."""
        cell, report = self.view.cell, self.report
        if report is None or not isinstance(cell, Cell):
            self.refuse("No figure is selected.")
            return
        said = descriptions.told(report, cell, self._ages(), is_business=self._is_business)
        self.post_message(Copy("\n".join(filter(None, said)), f"the figure: {said[0]}"))

    # -- as a file

    def action_export(self) -> None:
        """Save the figures as the server writes them."""
        me, cell = self.station.store.me, self.view.cell
        if self.scope is Scope.OWN or me is None:
            self.refuse("Only supervisors save reports.")
            return
        group_by = cell.group_by if isinstance(cell, Cell) else UNSET
        query = SummaryQuery(from_=self.span.start, to=self.span.to, group_by=group_by)
        self.put(AskCsv(query, file_name(me.org_id, query)))
        self.post_message(Say("Saving …", "dim"))

    @on(CsvSaved)
    def _saved(self, outcome: CsvSaved) -> None:
        # The name first: where the folder's is long, that is what may be cut.
        path = outcome.path
        self.post_message(Say(f"Saved as {path.name} in {path.parent}", "good"))


def _waiting(*, is_away: bool) -> Sheet:
    sheet = Sheet()
    words = "OFFLINE: counted when the server is back." if is_away else "Counting …"
    sheet.write((f"   {words}", "dim"))
    return sheet
