"""One ticket as one line: its parts, each with the name of its style."""

from datetime import datetime

from msgspec import Struct

from common.tickets.ticket import Priority, Status
from common.wire import TicketView
from tui import wording

Part = tuple[str, str]
"""A text, and the name of its style."""

_ROOMY = 72
_NARROW = 56


class Columns(Struct, frozen=True):
    """How many cells each column takes; the subject has what is left."""

    number: int
    subject: int
    status: int
    owner: int
    age: int = 4

    @classmethod
    def of(cls, width: int, digits: int) -> "Columns":
        """The columns of a line so wide, for numbers of so many digits."""
        number = max(digits + 1, 4)
        status = 11 if width >= _ROOMY else 8
        owner = 12 if width >= _ROOMY else 8 if width >= _NARROW else 6
        # 3 for the marks, 2 for the priority, 5 gaps of one between columns, one at the end.
        taken = 3 + number + 1 + 2 + 1 + status + 1 + owner + 1 + 4 + 1
        return cls(number, max(width - taken, 8), status, owner)

    def heads(self, age: str) -> str:
        """The line above the rows."""
        return (
            f"   {'#':>{self.number}} P {'SUBJECT':<{self.subject}} "
            f"{'STATUS':<{self.status}} {'OWNER':<{self.owner}} {age:>{self.age}} "
        )


class Row(Struct, frozen=True, kw_only=True):
    """What a line shows beside the ticket itself."""

    ticket: TicketView
    now: datetime
    since: datetime
    """The moment from which the age counts."""
    me: int
    selected: bool = False
    news: bool = False
    draft: bool = False
    """Something was written to it, and not sent."""
    gone: bool = False
    """The ticket has left the list; its line stays until the cursor does."""

    def parts(self, columns: Columns) -> list[Part]:
        """The line's parts, from left to right."""
        ticket = self.ticket
        number = f"#{ticket.number}".rjust(columns.number)
        return [
            ("▸", "mark") if self.selected else (" ", "number"),
            ("●", "news") if self.news else ("×" if self.gone else " ", "number"),
            (f" {number}", "number"),
            ("✎", "news") if self.draft else (" ", "number"),
            (f"{wording.LETTERS[ticket.priority]} ", _priority_style(ticket.priority)),
            (wording.fit(ticket.subject, columns.subject), self._subject_style()),
            (" " + self._status(columns).ljust(columns.status), f"status-{ticket.status}"),
            (" " + wording.fit(wording.owner(ticket.assignee), columns.owner), self._owner_style()),
            (" " + self.age.rjust(columns.age) + " ", "age"),
        ]

    @property
    def age(self) -> str:
        return wording.age(self.now, self.since)

    @property
    def signature(self) -> tuple[object, ...]:
        """Two rows with the same signature are drawn the same."""
        return (self.ticket, self.age, self.selected, self.news, self.draft, self.gone)

    def _status(self, columns: Columns) -> str:
        words = wording.status(self.ticket.status)
        return words if len(words) <= columns.status else wording.STATUSES[self.ticket.status]

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
    | {f"status-{status}" for status in Status}
    | {_priority_style(priority) for priority in Priority}
)
