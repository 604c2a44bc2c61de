"""One ticket as one line: its parts, each with the name of its style."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tui.model import countdown
from tui.text import formatting
from tui.text.message_details import FAILURE_SIGN

Part = tuple[str, str]
"""A text, and the name of its style."""

_BROAD_WIDTH = 88
_ROOMY_WIDTH = 72
_NARROW_WIDTH = 56
_LONG_SUBJECT = 60
"""Cells beyond which a subject may be cut where there is something else to show."""


NOT_DELIVERED: Final = FAILURE_SIGN
"""The mark of a ticket whose customer did not get the newest reply."""
FLAG: Final = "⚑"
"""The mark of an assignee whose terminal was lost during the work."""


def is_flagged(ticket: TicketView) -> bool:
    """Returns whether the assignee's terminal was lost while the ticket was in progress."""
    return ticket.routing.reason == "agent_lost" if ticket.routing else False


class ColumnWidths(Struct, frozen=True):
    """The cells of each column; the subject has what is left. None: no such column."""

    number: int
    subject: int
    status: int
    owner: int
    clock: int = countdown.WIDTH
    age: int = 4

    @classmethod
    def for_width(
        cls, width: int, digits: int, subject: int = 0, *, by_change: bool = False
    ) -> "ColumnWidths":
        """Returns the columns of a line so wide, for numbers and subjects so long.

        A narrow line has room for either the clock or the age: work is done by the clock, what
        is looked up (`by_change`) is found by its age. Status and owner are said in full only
        where the subjects are, too.
        """
        full = cls._fit_subject(width, digits, 11, 12, by_change=by_change)
        if width >= _ROOMY_WIDTH and full.subject >= min(subject, _LONG_SUBJECT):
            return full
        owner = 8 if width >= _NARROW_WIDTH else 6
        return cls._fit_subject(width, digits, 8, owner, by_change=by_change)

    @classmethod
    def _fit_subject(
        cls, width: int, digits: int, status: int, owner: int, *, by_change: bool
    ) -> "ColumnWidths":
        number = max(digits + 1, 4)
        clock = 0 if width < _BROAD_WIDTH and by_change else countdown.WIDTH
        age = 0 if width < _BROAD_WIDTH and not by_change else 4
        # 3 for the marks, 1 and 2 for draft and priority, a gap before each column, one at the end.
        taken = 3 + number + 1 + 2 + 1 + status + 1 + owner + 1
        taken += sum(one + 1 for one in (clock, age) if one)
        return cls(number, max(width - taken, 8), status, owner, clock, age)

    @classmethod
    def required_width(
        cls, digits: int, usual: int, subject: int, *, by_change: bool = False
    ) -> int:
        """Returns how wide a line must be for a subject so long, short of very long ones.

        `usual` is the length for which the columns are chosen.
        """
        subject = min(subject, _LONG_SUBJECT)
        widths = range(_NARROW_WIDTH, 2 * _BROAD_WIDTH)
        fits = (
            width
            for width in widths
            if cls.for_width(width, digits, usual, by_change=by_change).subject >= subject
        )
        return next(fits, widths[-1])

    @property
    def clock_start(self) -> int:
        """The cell of a line in which the clock begins."""
        return 3 + self.number + 1 + 2 + self.subject + 1 + self.status + 1 + self.owner + 1

    def format_heads(self, age: str) -> str:
        """The line above the rows."""
        clock = f"{'DUE':>{self.clock - 1}}  " if self.clock else ""
        age = f"{age:>{self.age}} " if self.age else ""
        return (
            f"   {'#':>{self.number}} P {'SUBJECT':<{self.subject}} "
            f"{'STATUS':<{self.status}} {'OWNER':<{self.owner}} {clock}{age}"
        )


class TicketRow(Struct, frozen=True, kw_only=True):
    """A line's content beside the ticket itself."""

    ticket: TicketView
    now: datetime
    since: datetime
    """The moment from which the age counts."""
    me: int
    selected: bool = False
    news: bool = False
    marked: bool = False
    draft: str = ""
    """The mark of a draft to the ticket."""
    gone: bool = False
    """Returns whether the ticket has left the list; its line stays until the cursor leaves it."""

    def build_parts(self, columns: ColumnWidths) -> list[Part]:
        """The line's parts, from left to right."""
        ticket = self.ticket
        number = f"#{ticket.number}".rjust(columns.number)
        return [
            ("▸", "mark") if self.selected else (" ", "number"),
            self._state_part(),
            (f" {number}", "number"),
            (self.draft, "news") if self.draft else (" ", "number"),
            (f"{formatting.PRIORITY_LETTERS[ticket.priority]} ", _priority_style(ticket.priority)),
            (formatting.fit_text(ticket.subject, columns.subject), self._subject_style()),
            (" " + self._status_text(columns).ljust(columns.status), f"status-{ticket.status}"),
            self._trouble_part(),
            (
                formatting.fit_text(formatting.format_owner(ticket.assignee), columns.owner),
                self._owner_style(),
            ),
            (" ", "age"),
            *self._time_parts(columns),
        ]

    def _state_part(self) -> Part:
        if self.marked:
            return "✓", "mark"
        return ("●", "news") if self.news else ("×" if self.gone else " ", "number")

    def _trouble_part(self) -> Part:
        if self.ticket.undelivered_at:
            return NOT_DELIVERED, "undelivered"
        return FLAG if self.is_flagged else " ", "news"

    def _time_parts(self, columns: ColumnWidths) -> list[Part]:
        clock = (
            f"{self.clock:>{columns.clock}} ",
            countdown.choose_clock_style(self.ticket, self.now),
        )
        age = (f"{self.age:>{columns.age}} ", "age")
        return [clock] * bool(columns.clock) + [age] * bool(columns.age)

    @property
    def clock(self) -> str:
        return countdown.format_sla_cell(self.ticket, self.now)

    @property
    def is_flagged(self) -> bool:
        """Returns whether the assignee's terminal was lost during the work."""
        return is_flagged(self.ticket)

    @property
    def age(self) -> str:
        return formatting.format_age(self.now, self.since)

    @property
    def signature(self) -> tuple[object, ...]:
        """A value that is equal for rows that are drawn the same."""
        return (
            self.ticket,
            self.clock,
            self.age,
            self.selected,
            self.news,
            self.marked,
            self.draft,
            self.gone,
        )

    def _status_text(self, columns: ColumnWidths) -> str:
        words = formatting.format_status(self.ticket.status)
        return (
            words if len(words) <= columns.status else formatting.STATUS_LABELS[self.ticket.status]
        )

    def _subject_style(self) -> str:
        if self.gone:
            return "gone"
        return "subject-news" if self.news else "subject"

    def _owner_style(self) -> str:
        assignee = self.ticket.assignee
        if assignee is None:
            return "nobody"
        return "me" if assignee.id == self.me else "owner"


def _priority_style(priority: Priority) -> str:
    return f"priority-{priority}"


STYLES: frozenset[str] = frozenset(
    {"mark", "news", "number", "subject", "subject-news", "gone", "nobody", "me", "owner", "age"}
    | {"clock", "clock-at_risk", "clock-breached", "undelivered"}
    | {f"status-{status}" for status in Status}
    | {_priority_style(priority) for priority in Priority}
)
