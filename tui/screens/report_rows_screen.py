"""The rows behind a figure, each a ticket that can be opened."""

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common.reports import Metric, Order, ReportRow, RowsQuery
from tui.keys import KeyContext, list_bindings
from tui.messages.requests import FiguresRequest, ShowTicket
from tui.model.context import WorkstationContext
from tui.model.queues import Tab
from tui.reports.report_model import group_by_age
from tui.reports.report_requests import AskRows, RowsLoaded
from tui.reports.row_lines import RowCell, lay_out_rows, make_backlog_row
from tui.reports.sheet import Sheet
from tui.screens.auto_refresh import AutoRefreshScreen
from tui.text import formatting
from tui.widgets.fixed_line import Rule, StyledLine
from tui.widgets.sheet_view import SheetView

_PAGE_ROWS: int = 200
_LARGEST_PAGE_ROWS: int = 1000


class ReportRowsScreen(AutoRefreshScreen):
    """Rows of a query to the server, or of the backlog in the store."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.ROWS)

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.heading = StyledLine(id="title")
        self.heads = StyledLine(id="heads")
        self.view = SheetView(id="rows")
        self.rule = Rule()
        self._name = ""
        self._bucket = ""
        self._query: RowsQuery | None = None
        self._is_business = False
        self._rows: list[ReportRow] | None = None
        self._cursor: str | None = None
        self._n = 0
        self._further: AskRows | None = None

    def compose_body(self) -> list[Widget]:
        return [self.heading, self.view, self.rule]

    def on_mount(self) -> None:
        super().on_mount()
        self.view.focus()

    @property
    def default_focus(self) -> Widget:
        return self.view

    def key_contexts(self) -> tuple[KeyContext, ...]:
        return (KeyContext.ROWS, KeyContext.SHEET)

    def set_query(
        self, name: str, query: RowsQuery | None, *, bucket: str = "", is_business: bool = False
    ) -> None:
        """Sets what the screen shows when it appears: a query's rows, or tickets of an age."""
        self._name, self._query, self._bucket = name, query, bucket
        self._is_business, self._further = is_business, None
        self._rows, self._cursor, self._n = None, None, 0
        self.view.show_sheet(Sheet())
        self.view.reset_cursor()

    # -- requests

    def build_request(self) -> FiguresRequest | None:
        """Returns a request for the first page, as long as all that is shown."""
        if self._query is None:
            self.update_content()
            return None
        held = max(len(self._rows or ()), _PAGE_ROWS)
        if held > _LARGEST_PAGE_ROWS:
            return None
        return AskRows(replace(self._query, limit=min(held + 1, _LARGEST_PAGE_ROWS)))

    @on(RowsLoaded)
    def _show_rows(self, outcome: RowsLoaded) -> None:
        page = outcome.page
        if outcome.asked is self._further:
            self._rows = [*(self._rows or ()), *page.items]
            self._further = None
        elif self.accept_answer(outcome.asked):
            self._rows = list(page.items)
        else:
            return
        self._cursor, self._n = page.next_cursor, page.n
        self.update_content()

    @on(SheetView.NearSheetEnd)
    def _request_next_page(self) -> None:
        if self._cursor is not None and self._query is not None and self._further is None:
            query = replace(self._query, limit=_PAGE_ROWS, cursor=self._cursor)
            self._further = AskRows(query)
            self.send_request(self._further)

    # -- what is shown

    def update_content(self) -> None:
        if self._query is None and self._bucket:
            backlog = group_by_age(self.context.store.list_tab_tickets(Tab.OPEN), self.context.now)[
                self._bucket
            ]
            rows = [make_backlog_row(ticket, self.context.now) for ticket in backlog]
            self._rows = sorted(rows, key=lambda row: row.at)
            self._n = len(self._rows)
        self.heading.set_parts([(f" {self._name}", "strong")], [(self._count_text, "dim")])
        self.rule.set_parts(self._order_parts)
        if self._rows is not None:
            metric = self._query.metric if self._query else Metric.BACKLOG
            width, business = self.size.width - 1, self._is_business
            self.view.show_sheet(
                lay_out_rows(self._rows, metric, width, self.context.now, is_business=business)
            )

    @property
    def _count_text(self) -> str:
        if self._rows is None:
            return "Counting … "
        shown = len(self._rows)
        return (
            f"{shown} of {self._n:,} "
            if shown < self._n
            else f"{formatting.format_noun_count(self._n, 'row')} "
        )

    @property
    def _order_parts(self) -> list[tuple[str, str]]:
        if self._query is None:
            return [("oldest first", "dim")]
        by_value = self._query.sort is Order.LARGEST
        return [("largest first" if by_value else "newest first", "dim")]

    # -- keys

    @on(SheetView.CellClicked)
    def action_open(self) -> None:
        """Opens the ticket of the row."""
        cell = self.view.cell
        if isinstance(cell, RowCell):
            numbers = [row.ticket.number for row in self._rows or ()]
            self.post_message(ShowTicket(cell.number, order=list(dict.fromkeys(numbers))))

    def action_copy(self) -> None:
        """Copies number and subject of the row's ticket."""
        cell = self.view.cell
        rows = self._rows or ()
        found = [row.ticket for row in rows if row.ticket.number == getattr(cell, "number", 0)]
        if found:
            self.copy_name(found[0].number, found[0].subject)

    def action_sort(self) -> None:
        """Turns the order round: newest first, or the largest value first."""
        if self._query is None:
            self.refuse_action("These are sorted by age.")
            return
        other = Order.NEWEST if self._query.sort is Order.LARGEST else Order.LARGEST
        self._query, self._rows, self._cursor = replace(self._query, sort=other), None, None
        self.update_content()
        self.view.reset_cursor()
        self.refresh_now()

    def action_leave(self) -> None:
        self.dismiss()
