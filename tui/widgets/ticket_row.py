"""One ticket as one line: its parts, each with the name of its style."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from common.ticket_columns import TicketColumn
from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tui.model import countdown
from tui.text import formatting
from tui.text.message_details import FAILURE_SIGN
from tui.widgets.column_layout import SPECS, ColumnLayout

Part = tuple[str, str]
"""A text, and the name of its style."""

NOT_DELIVERED: Final = FAILURE_SIGN
"""The mark of a ticket whose customer did not get the newest reply."""
FLAG: Final = "⚑"
"""The mark of an assignee whose terminal was lost during the work."""


def is_flagged(ticket: TicketView) -> bool:
    """Returns whether the assignee's terminal was lost while the ticket was in progress."""
    return ticket.routing.reason == "agent_lost" if ticket.routing else False


class TicketRow(Struct, frozen=True, kw_only=True):
    """A line's content beside the ticket itself."""

    ticket: TicketView
    now: datetime
    me: int
    selected: bool = False
    news: bool = False
    marked: bool = False
    draft: str = ""
    """The mark of a draft to the ticket."""
    gone: bool = False
    """Returns whether the ticket has left the list; its line stays until the cursor leaves it."""

    def build_parts(self, layout: ColumnLayout) -> list[Part]:
        """The line's parts, from left to right."""
        parts = [("▸", "mark") if self.selected else (" ", "number"), self._state_part()]
        signs = self._place_signs(layout)
        for place, (column, cells) in enumerate(layout.columns):
            parts += [signs.get(place, (" ", "age")), self._build_cell(column, cells)]
        return [*parts, signs.get(len(layout.columns), (" ", "age"))]

    def _place_signs(self, layout: ColumnLayout) -> dict[int, Part]:
        """Returns the marks that stand in the gaps before columns, or at the line's end.

        That of a draft follows the number; trouble is before the owner, otherwise at the end.
        """
        columns = [column for column, _ in layout.columns]
        owner = columns.index(TicketColumn.ASSIGNEE) if TicketColumn.ASSIGNEE in columns else 0
        signs = {owner if owner > 1 else len(columns): self._trouble_part()}
        return {**signs, 1: (self.draft, "news")} if self.draft else signs

    def _build_cell(self, column: TicketColumn, cells: int) -> Part:
        text, style = _READERS[column](self, cells)
        if SPECS[column].is_right:
            return text.rjust(cells), style
        return formatting.fit_text(text, cells), style

    def _state_part(self) -> Part:
        if self.marked:
            return "✓", "mark"
        return ("●", "news") if self.news else ("×" if self.gone else " ", "number")

    def _trouble_part(self) -> Part:
        if self.ticket.undelivered_at:
            return NOT_DELIVERED, "undelivered"
        return FLAG if self.is_flagged else " ", "news"

    @property
    def clock(self) -> str:
        return countdown.format_sla_cell(self.ticket, self.now)

    @property
    def is_flagged(self) -> bool:
        """Returns whether the assignee's terminal was lost during the work."""
        return is_flagged(self.ticket)

    @property
    def ages(self) -> tuple[str, str]:
        """The time since the ticket was opened, and since it was changed last."""
        times = self.ticket.created_at, self.ticket.updated_at
        return formatting.format_age(self.now, times[0]), formatting.format_age(self.now, times[1])

    @property
    def signature(self) -> tuple[object, ...]:
        """A value that is equal for rows that are drawn the same."""
        return (
            self.ticket,
            self.clock,
            self.ages,
            self.selected,
            self.news,
            self.marked,
            self.draft,
            self.gone,
        )

    @property
    def subject_style(self) -> str:
        """The style of the subject."""
        if self.gone:
            return "gone"
        return "subject-news" if self.news else "subject"

    @property
    def owner_style(self) -> str:
        """The style of the assignee's name."""
        assignee = self.ticket.assignee
        if assignee is None:
            return "nobody"
        return "me" if assignee.id == self.me else "owner"


def _priority_style(priority: Priority) -> str:
    return f"priority-{priority}"


def _fit_status(ticket: TicketView, cells: int) -> Part:
    words = formatting.format_status(ticket.status)
    text = words if len(words) <= cells else formatting.STATUS_LABELS[ticket.status]
    return text, f"status-{ticket.status}"


def _read_priority(ticket: TicketView) -> Part:
    return formatting.PRIORITY_LETTERS[ticket.priority], _priority_style(ticket.priority)


def _read_channel(ticket: TicketView) -> str:
    return str(ticket.channel or "").replace("_", " ")


def _read_waiting(ticket: TicketView) -> str:
    return formatting.format_waiting(ticket.waiting_on).removeprefix("the ")


_READERS: Final[dict[TicketColumn, Callable[[TicketRow, int], Part]]] = {
    TicketColumn.NUMBER: lambda row, _: (f"#{row.ticket.number}", "number"),
    TicketColumn.PRIORITY: lambda row, _: _read_priority(row.ticket),
    TicketColumn.SUBJECT: lambda row, _: (row.ticket.subject, row.subject_style),
    TicketColumn.STATUS: lambda row, cells: _fit_status(row.ticket, cells),
    TicketColumn.ASSIGNEE: lambda row, _: (
        formatting.format_owner(row.ticket.assignee),
        row.owner_style,
    ),
    TicketColumn.CUSTOMER: lambda row, _: (row.ticket.customer.name, "owner"),
    TicketColumn.CATEGORY: lambda row, _: (row.ticket.category, "owner"),
    TicketColumn.TAGS: lambda row, _: (" ".join(row.ticket.tags or ()), "owner"),
    TicketColumn.WAITING_ON: lambda row, _: (_read_waiting(row.ticket), "owner"),
    TicketColumn.CHANNEL: lambda row, _: (_read_channel(row.ticket), "owner"),
    TicketColumn.SLA_DUE: lambda row, _: (
        row.clock,
        countdown.choose_clock_style(row.ticket, row.now),
    ),
    TicketColumn.CREATED_AT: lambda row, _: (row.ages[0], "age"),
    TicketColumn.UPDATED_AT: lambda row, _: (row.ages[1], "age"),
}
"""A column's text, before it is fitted into its cells, and its style."""

STYLES: frozenset[str] = frozenset(
    {"mark", "news", "number", "subject", "subject-news", "gone", "nobody", "me", "owner", "age"}
    | {"clock", "clock-at_risk", "clock-breached", "undelivered"}
    | {f"status-{status}" for status in Status}
    | {_priority_style(priority) for priority in Priority}
)
