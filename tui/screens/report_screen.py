"""The report screen: the organization's figures for supervisors, or an agent's own."""

from datetime import date
from typing import ClassVar

from msgspec import UNSET
from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common.reports import RowsQuery, SummaryQuery
from tui import clock
from tui.keys import KeyContext, list_bindings
from tui.messages.requests import CopyText, FiguresRequest, ShowTicket, ShowToast
from tui.model.context import WorkstationContext
from tui.model.queues import Tab
from tui.reports import date_ranges, descriptions
from tui.reports.csv_file import make_file_name
from tui.reports.date_ranges import PRESETS, DateRange, InvalidDateRange, find_comparison
from tui.reports.figure_definitions import MEASURES, count_figure_rows
from tui.reports.report_model import AGE, BEFORE, COMMENT, Report, ReportCell, group_by_age
from tui.reports.report_requests import AskCsv, AskReport, CsvSaved, ReportLoaded, ReportScope
from tui.reports.sheet import Sheet
from tui.reports.sheet_layout import ReportView, lay_out_report
from tui.screens.auto_refresh import AutoRefreshScreen
from tui.screens.picker import Picker
from tui.screens.report_rows_screen import ReportRowsScreen
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import Rule, StyledLine
from tui.widgets.sheet_view import SheetView

_FIRST_PRESET: int = 1


class ReportScreen(AutoRefreshScreen):
    """Figures with a cursor; below them the description of the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.REPORT)

    def __init__(self, context: WorkstationContext, scope: ReportScope) -> None:
        super().__init__(context)
        self.scope = scope
        self.heading = StyledLine(id="title")
        self.ranges = StyledLine(id="ranges")
        self.view = SheetView(id="sheet")
        self.rule = Rule()
        self.readout = [StyledLine(), StyledLine()]
        self.report: Report | None = None
        self._preset: int | None = _FIRST_PRESET
        self._custom: DateRange | None = None
        self._measure = 0
        self._is_table = self._is_business = False

    def compose_body(self) -> list[Widget]:
        return [self.heading, self.ranges, self.view, self.rule, *self.readout]

    def on_mount(self) -> None:
        super().on_mount()
        self.view.focus()

    @property
    def default_focus(self) -> Widget:
        return self.view

    def key_contexts(self) -> tuple[KeyContext, ...]:
        return (KeyContext.REPORT, KeyContext.SHEET)

    # -- requests

    @property
    def today(self) -> date:
        """The organization's current day."""
        return self.context.now.date()

    @property
    def span(self) -> DateRange:
        if self._custom is not None and self._preset is None:
            return self._custom
        return PRESETS[self._preset or 0].range_until(self.today)

    def build_request(self) -> FiguresRequest | None:
        if not self.context.store.organization:
            return None
        return AskReport(self.span, find_comparison(self.span, self.context.now), self.scope)

    @on(ReportLoaded)
    def _show_report(self, outcome: ReportLoaded) -> None:
        if self.accept_answer(outcome.asked):
            self.report = outcome.report
            self.update_content()

    # -- what is shown

    def clear_content(self) -> None:
        self.report = None

    def update_content(self) -> None:
        width = self.size.width
        report, organization = self.report, self.context.store.organization
        name = organization.name if organization else ""
        self.heading.set_parts(
            *descriptions.format_report_title(name, report, self.span, self.today, self.scope)
        )
        view = self._build_view()
        self.ranges.set_parts(
            descriptions.format_range_tabs(self._preset, self.span, width),
            descriptions.format_view_mode(view),
        )
        if report is None or report.span != self.span:
            self.view.show_sheet(_waiting_sheet(is_away=self.context.link.is_offline))
        else:
            self.view.show_sheet(lay_out_report(report, self._count_ages(), view))
        self._describe_cell()

    def _build_view(self) -> ReportView:
        return ReportView(
            width=self.size.width - 1,
            measure=MEASURES[self._measure],
            is_table=self._is_table,
            is_business=self._is_business,
        )

    def _count_ages(self) -> dict[str, int]:
        backlog = self.context.store.list_tab_tickets(Tab.OPEN)
        return {
            key: len(tickets)
            for key, tickets in group_by_age(backlog, clock.read_server_time()).items()
        }

    def link_changed(self) -> None:
        super().link_changed()
        self.update_content()

    def on_resize(self) -> None:
        super().on_resize()
        self.update_content()

    @on(SheetView.CellChanged)
    def _describe_cell(self) -> None:
        """Says what the figure under the cursor is."""
        cell, report = self.view.cell, self.report
        lines = [("", "plain")] * 2
        if report is not None and isinstance(cell, ReportCell):
            said = descriptions.describe_figure(
                report, cell, self._count_ages(), is_business=self._is_business
            )
            self.rule.set_parts([(said[0], "strong")], [(said[1], "dim")])
            note = wrap_text(said[2], self.size.width - 2)[: len(self.readout)]
            lines = [*((f" {line}", "dim") for line in note), *lines][: len(self.readout)]
        else:
            self.rule.set_parts([])
        for line, part in zip(self.readout, lines, strict=False):
            line.set_parts([part])

    # -- keys

    def action_range(self, place: int) -> None:
        self._preset = place
        self._refresh_range()

    def action_turn(self, step: int) -> None:
        place = len(PRESETS) if self._preset is None else self._preset
        places = len(PRESETS) + (self._custom is not None)
        place = (place + step) % places
        self._preset = place if place < len(PRESETS) else None
        self._refresh_range()

    def action_custom(self) -> None:
        """Asks for two dates."""
        picker = self.app.get_screen("picker", Picker)
        picker.set_choices(
            f"First and last day, as in {self.span.start} {self.span.last}", [], is_free=True
        )
        self.app.push_screen(picker, self._apply_dates)
        self.show_keys()

    def _apply_dates(self, text: str | None) -> None:
        if text is None:
            return
        try:
            self._custom, self._preset = date_ranges.parse_date_range(text), None
        except InvalidDateRange as refused:
            self.refuse_action(str(refused))
        else:
            self._refresh_range()

    def _refresh_range(self) -> None:
        self.update_content()
        self.refresh_now()

    def action_table(self) -> None:
        self._is_table = not self._is_table
        self.update_content()

    def action_business(self) -> None:
        self._is_business = not self._is_business
        self.update_content()

    def action_measure(self, step: int) -> None:
        self._measure = (self._measure + step) % len(MEASURES)
        self.update_content()

    def action_leave(self) -> None:
        self.dismiss()

    @on(SheetView.CellClicked)
    def action_open(self) -> None:
        """Opens the rows behind the figure; a rating opens its ticket."""
        cell, report = self.view.cell, self.report
        if not isinstance(cell, ReportCell) or report is None:
            return
        if cell.part == COMMENT:
            self.post_message(
                ShowTicket(
                    descriptions.parse_ticket_number(cell),
                    order=[descriptions.parse_ticket_number(cell)],
                )
            )
            return
        reason = self._explain_refusal(cell, report)
        if reason is not None:
            self.refuse_action(reason)
            return
        rows = self.app.get_screen("report_rows", ReportRowsScreen)
        title = descriptions.format_rows_title(report, cell, is_business=self._is_business)
        bucket = (cell.key or "") if cell.part == AGE else ""
        rows.set_query(title, self._rows_query(cell), bucket=bucket, is_business=self._is_business)
        self.app.push_screen(rows)

    def _explain_refusal(self, cell: ReportCell, report: Report) -> str | None:
        if self.scope is ReportScope.OWN:
            return "Only supervisors can list the tickets behind a figure."
        figures, shown = report.find_figures(cell), cell.pick_figure(is_business=False)
        if cell.part == AGE or (figures and shown and count_figure_rows(shown, figures)):
            return None
        return "Nothing was counted here."

    def _rows_query(self, cell: ReportCell) -> RowsQuery | None:
        """Returns the query of a figure's rows; None where the store has these tickets."""
        shown = cell.pick_figure(is_business=False)
        if shown is None:
            return None
        start, to = self.span.start, self.span.end
        if cell.part == BEFORE and self.report is not None:
            start, to = self.report.compared.span.start, self.report.compared.end
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
        if report is None or not isinstance(cell, ReportCell):
            self.refuse_action("No figure is selected.")
            return
        said = descriptions.describe_figure(
            report, cell, self._count_ages(), is_business=self._is_business
        )
        self.post_message(CopyText("\n".join(filter(None, said)), f"the figure: {said[0]}"))

    # -- as a file

    def action_export(self) -> None:
        """Saves the figures as the server writes them."""
        me, cell = self.context.store.me, self.view.cell
        if self.scope is ReportScope.OWN or me is None:
            self.refuse_action("Only supervisors can save reports.")
            return
        group_by = cell.group_by if isinstance(cell, ReportCell) else UNSET
        query = SummaryQuery(from_=self.span.start, to=self.span.end, group_by=group_by)
        self.send_request(AskCsv(query, make_file_name(me.org_id, query)))
        self.post_message(ShowToast("Saving …", "dim"))

    @on(CsvSaved)
    def _show_saved(self, outcome: CsvSaved) -> None:
        # The name comes first: the folder's may be long, and is what may be cut.
        path = outcome.path
        self.post_message(ShowToast(f"Saved as {path.name} in {path.parent}", "good"))


def _waiting_sheet(*, is_away: bool) -> Sheet:
    sheet = Sheet()
    words = "OFFLINE: counted when the server is back." if is_away else "Counting …"
    sheet.write_line((f"   {words}", "dim"))
    return sheet
