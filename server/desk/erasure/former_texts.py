"""The texts that a ticket got while a person was its customer, read from the log."""

from collections.abc import Iterable

from msgspec import Struct

from common.tickets.ticket import Ticket
from server.storage.queries.log.event_log import LogEntry


class FormerTexts(Struct, frozen=True):
    """Texts that came onto a ticket while it was a former customer's.

    They are about that person, wherever they stand by now. `opened`: the ticket began as theirs, so
    its description is, too. What others gave before is not among them.
    """

    opened: bool = False
    subjects: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    comments: frozenset[str] = frozenset()


def collect_former_texts(entries: Iterable[LogEntry], person_id: int) -> FormerTexts:
    """Returns the texts of a person's time as the customer; `entries` are a ticket's whole log."""
    known: set[tuple[str, str]] = set()
    theirs: set[tuple[str, str]] = set()
    opened: bool | None = None
    for entry in entries:
        ticket = entry.detail.ticket
        if ticket is None:
            continue
        is_customer = ticket.customer_id == person_id
        opened = is_customer if opened is None else opened
        texts = _list_texts(ticket, entry)
        if is_customer:
            theirs |= texts - known
        known |= texts
    return FormerTexts(
        opened=bool(opened),
        **{
            name: frozenset(text for of, text in theirs if of == name)
            for name in ("subjects", "tags", "comments")
        },
    )


def _list_texts(ticket: Ticket, entry: LogEntry) -> set[tuple[str, str]]:
    """Returns the texts of a ticket as an event left it, each with the field that it is of."""
    ratings = (ticket.rating, entry.detail.given_rating)
    comments = {it.comment for it in ratings if it is not None and it.comment is not None}
    return {
        ("subjects", ticket.subject),
        *(("tags", tag) for tag in ticket.tags),
        *(("comments", text) for text in comments),
    }
