"""Marks: what a ticket's conversation depends on, in two numbers that cost next to nothing.

A ticket and its messages change with an event of the ticket; the names and words in them with an
event that is of no ticket (a person renamed or erased). Where neither is newer, nothing changed.
"""

from msgspec import Struct

from server.storage.statement import Statement, param
from server.storage.tables import Counter, Event, Ticket
from server.storage.transaction import Reading, Row

_Other = Event.alias("other")
MARK = Statement(
    Ticket.select(
        Ticket.last_seq,
        _Other.select(_Other.seq)
        .where((_Other.org_id == param("org_id")) & _Other.number.is_null())
        .order_by(_Other.seq.desc())
        .limit(1),
        Ticket.customer_id,
        Counter.seq,
        Counter.renamed_seq,
    )
    .join(Counter, on=(Counter.org_id == Ticket.org_id))
    .where((Ticket.org_id == param("org_id")) & (Ticket.number == param("number")))
)


class Mark(Struct, frozen=True):
    """A ticket's newest event, the organization's newest event of no ticket."""

    last_seq: int
    other_seq: int


class Marked(Struct, frozen=True):
    """A ticket's mark, whose it is, and the organization's newest seq and change of names."""

    mark: Mark
    customer_id: int
    seq: int
    renamed_seq: int


def from_row(row: Row) -> Marked:
    """From a row of `MARK`."""
    return Marked(Mark(row[0], row[1] or 0), row[2], row[3], row[4] or 0)


def find(reading: Reading, org_id: int, number: int) -> Marked | None:
    row = reading.row(MARK, org_id=org_id, number=number)
    return None if row is None else from_row(row)
