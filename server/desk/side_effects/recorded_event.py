"""A recorded event, with everything that its side effects may look at."""

from datetime import datetime

from msgspec import Struct

from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.ticket import Ticket
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.person.name_resolver import NameResolver


class RecordedEvent(Struct, frozen=True, kw_only=True):
    """An event as it was recorded.

    `event` and `after` are None for an event that is about no ticket, `before` is None for a new
    ticket. `live` is false for imported history: it is counted, and nobody is notified.
    `quiet` is true for what was told before: nobody is notified either.
    `acknowledge` is false where the requester must get no receipt.
    """

    writing: WriteTransaction
    sequence: OrgSequence
    names: NameResolver
    actor: Actor
    now: datetime
    seq: int
    type: str
    live: bool
    mail: bool
    quiet: bool = False
    acknowledge: bool = True
    event: TicketEvent | None = None
    before: Ticket | None = None
    after: Ticket | None = None

    @property
    def org_id(self) -> int:
        return self.actor.org_id
