"""Marks: what a ticket's conversation depends on, in a few values that cost next to nothing.

A ticket and its messages change with an event of the ticket; the names and words in them with an
event that is of no ticket (a person renamed or erased). Where neither is newer, nothing changed,
as long as it is the same log: a restored one gives the same seqs to other events.
"""

from msgspec import Struct

from server.domain.epochs import decode_epochs
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading, Row
from server.storage.tables.desk_tables import Counter, Event, Organization, Ticket

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
        Organization.epochs,
    )
    .join(Counter, on=(Counter.org_id == Ticket.org_id))
    .join(Organization, on=(Organization.org_id == Ticket.org_id))
    .where((Ticket.org_id == param("org_id")) & (Ticket.number == param("number")))
)
VERSION_LIMITS = Statement(
    Counter.select(Counter.renamed_seq, Organization.epochs)
    .join(Organization, on=(Organization.org_id == Counter.org_id))
    .where(Counter.org_id == param("org_id"))
)


class Mark(Struct, frozen=True):
    """A ticket's newest event, the organization's newest event of no ticket, and its log."""

    last_seq: int
    other_seq: int
    epoch: str


class VersionLimits(Struct, frozen=True):
    """Marks beyond which a ticket's version does not tell all that a reader may hold.

    Names change without it, and what was written after a restore has versions that other states,
    which the backup did not hold, may have had.
    """

    renamed_seq: int
    restored_seq: int

    def tell_apart(self, last_seq: int) -> bool:
        """Returns whether the version of a ticket with this newest event had only one content."""
        is_restored_since = 0 < self.restored_seq < last_seq
        return self.renamed_seq < last_seq and not is_restored_since


class Marked(Struct, frozen=True):
    """A ticket's mark, whose it is, the organization's newest seq, and what versions tell."""

    mark: Mark
    customer_id: int
    seq: int
    limits: VersionLimits


def from_row(row: Row) -> Marked:
    """From a row of `MARK`."""
    mark = Mark(row[0], row[1] or 0, decode_epochs(row[5]).current)
    return Marked(mark, row[2], row[3], limits_from_row(row[4:6]))


def limits_from_row(row: Row) -> VersionLimits:
    """From a row of `VERSION_LIMITS`."""
    return VersionLimits(row[0] or 0, decode_epochs(row[1]).restored_seq)


def find(reading: Reading, org_id: int, number: int) -> Marked | None:
    row = reading.row(MARK, org_id=org_id, number=number)
    return None if row is None else from_row(row)
