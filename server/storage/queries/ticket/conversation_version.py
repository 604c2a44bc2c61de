"""Versions of conversations: a few cheap values that say whether a cached one is still true.

A ticket and its messages change with the ticket's events. The names and words in them change with
events that are about no ticket (a person renamed or erased). Where neither is newer, nothing has
changed, as long as it is the same log: a restored one gives the same seqs to other events.
"""

from typing import Final

from msgspec import Struct

from common.people import Actor
from common.tickets.permissions import sees_tickets_of
from server.domain.epochs import decode_epochs
from server.storage.engine.statement import CombinedStatement, Statement, param
from server.storage.engine.transaction import ReadTransaction, Row
from server.storage.queries.ticket.participants import PARTICIPATION
from server.storage.tables.desk_tables import (
    CounterModel,
    EventModel,
    OrganizationModel,
    TicketModel,
)

_Other = EventModel.alias("other")
CONVERSATION_STATE = Statement(
    TicketModel.select(
        TicketModel.last_seq,
        _Other.select(_Other.seq)
        .where((_Other.org_id == param("org_id")) & _Other.number.is_null())
        .order_by(_Other.seq.desc())
        .limit(1),
        TicketModel.customer_id,
        CounterModel.seq,
        CounterModel.renamed_seq,
        OrganizationModel.epochs,
    )
    .join(CounterModel, on=(CounterModel.org_id == TicketModel.org_id))
    .join(OrganizationModel, on=(OrganizationModel.org_id == TicketModel.org_id))
    .where((TicketModel.org_id == param("org_id")) & (TicketModel.number == param("number")))
)
_STATE_FOR_CUSTOMER: Final = CombinedStatement(CONVERSATION_STATE, PARTICIPATION)
VERSION_LIMITS = Statement(
    CounterModel.select(CounterModel.renamed_seq, OrganizationModel.epochs)
    .join(OrganizationModel, on=(OrganizationModel.org_id == CounterModel.org_id))
    .where(CounterModel.org_id == param("org_id"))
)


class ConversationVersion(Struct, frozen=True):
    """A ticket's newest event, the organization's newest rename or erasure, and the log's epoch."""

    last_seq: int
    other_seq: int
    epoch: str


class VersionLimits(Struct, frozen=True):
    """Seqs beyond which a ticket's version does not identify its content.

    Names change without a new version. After a restore, versions may repeat that a reader has seen
    with content that the backup did not hold.
    """

    renamed_seq: int
    restored_seq: int

    def identifies_content(self, last_seq: int) -> bool:
        """Returns whether the version of a ticket with this newest event had only one content."""
        is_restored_since = 0 < self.restored_seq < last_seq
        return self.renamed_seq < last_seq and not is_restored_since


class ConversationState(Struct, frozen=True):
    """A ticket's conversation version, its customer, the newest seq, and the version limits."""

    mark: ConversationVersion
    customer_id: int
    seq: int
    limits: VersionLimits


def conversation_from_row(row: Row) -> ConversationState:
    """Returns the state from its row."""
    mark = ConversationVersion(row[0], row[1] or 0, decode_epochs(row[5]).current)
    return ConversationState(mark, row[2], row[3], limits_from_row(row[4:6]))


def limits_from_row(row: Row) -> VersionLimits:
    """Returns the limits from a row of `VERSION_LIMITS`."""
    return VersionLimits(row[0] or 0, decode_epochs(row[1]).restored_seq)


def find_visible_conversation(
    reading: ReadTransaction, actor: Actor, number: int
) -> ConversationState | None:
    """Returns the state of a ticket's conversation; None where the actor may not see it."""
    if not actor.is_customer:
        row = reading.fetch_row(CONVERSATION_STATE, org_id=actor.org_id, number=number)
        return None if row is None else conversation_from_row(row)
    found, taking_part = reading.fetch_combined(
        _STATE_FOR_CUSTOMER, org_id=actor.org_id, number=number, person_id=actor.id
    )
    state = conversation_from_row(found[0]) if found else None
    if state is None:
        return None
    sees = sees_tickets_of(actor, state.customer_id, takes_part=bool(taking_part))
    return state if sees else None
