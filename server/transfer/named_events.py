"""The events that an entry of a history can name, where its type alone would make another one."""

from collections.abc import Mapping
from typing import Final

from common.tickets.event import TicketEvent
from common.tickets.filing import TicketCreated
from common.tickets.merging import TicketMerged, TicketUnmerged
from common.tickets.rating import TicketRated
from common.tickets.registry import EVENTS
from common.tickets.splitting import TicketSplit
from common.tickets.transitions import TicketClosed, TicketReopened, TicketResolved

_MADE_BY_ENTRIES: Final = frozenset(
    {
        TicketCreated,
        TicketRated,
        TicketMerged,
        TicketUnmerged,
        TicketSplit,
        TicketResolved,
        TicketClosed,
        TicketReopened,
    }
)
"""Events that come of an entry's other fields only: a status, a score, links to tickets."""

NAMED_EVENTS: Final[Mapping[str, type[TicketEvent]]] = {
    type_: event
    for type_, event in EVENTS.items()
    if event not in _MADE_BY_ENTRIES and event.__struct_fields__ == TicketEvent.__struct_fields__
}
"""By type: the other events that have changes and a reason, and no field of their own."""
