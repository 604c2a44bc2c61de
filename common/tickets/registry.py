"""Lists every command and every event of tickets.

The routes of the server, the actions of the client and the event names on the wire derive from
these tables.
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec

from common.tickets.assigning import AssignTicket, TicketAssigned
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.correcting import CorrectCustomer
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.filing import FileTicket, TicketCreated
from common.tickets.merging import MergeTicket, TicketMerged, TicketUnmerged, UnmergeTicket
from common.tickets.rating import RateTicket, TicketRated
from common.tickets.redacting import TicketRedacted
from common.tickets.replying import AddMessage, MessageAdded
from common.tickets.sla_events import SlaBreached, SlaWarning
from common.tickets.splitting import SplitTicket, TicketSplit
from common.tickets.ticket import Changes, Ticket
from common.tickets.transitions import (
    TicketClaimed,
    TicketClosed,
    TicketReleased,
    TicketReopened,
    TicketResolved,
)
from common.tickets.undelivered import MessageUndelivered

TicketCommand = (
    EditTicket
    | ClaimTicket
    | ReleaseTicket
    | AssignTicket
    | MergeTicket
    | UnmergeTicket
    | CorrectCustomer
    | SplitTicket
)
"""Commands of agents on an existing ticket that answer with the ticket."""

Command = TicketCommand | AddMessage
"""Commands of agents on an existing ticket."""

AnyCommand = Command | RateTicket
"""Commands of agents and customers on an existing ticket."""

COMMANDS: Final[tuple[type, ...]] = (FileTicket, *get_args(AnyCommand))
"""Every command; the first makes a ticket, the others change one."""

EVENTS: Final[Mapping[str, type[TicketEvent]]] = {
    event.type: event
    for event in (
        TicketCreated,
        TicketEvent,
        TicketClaimed,
        TicketReleased,
        TicketAssigned,
        TicketResolved,
        TicketClosed,
        TicketReopened,
        TicketMerged,
        TicketUnmerged,
        TicketSplit,
        TicketRated,
        TicketRedacted,
        MessageAdded,
        MessageUndelivered,
        SlaWarning,
        SlaBreached,
    )
}

_FIELD_TYPES: Final[dict[str, Any]] = {
    field.name: field.type for field in msgspec.structs.fields(Ticket)
}


def convert_changes(changes: Mapping[str, list[Any]]) -> Changes:
    """Converts stored changes to the types of the fields of `Ticket`."""
    return {
        field: (_convert_value(field, old), _convert_value(field, new))
        for field, (old, new) in changes.items()
    }


def _convert_value(field: str, value: Any) -> Any:
    return msgspec.convert(value, _FIELD_TYPES[field])


def describe_event_type(type_: str) -> str:
    """Returns the event in words that follow the actor's name; for an unknown event its type."""
    event = EVENTS.get(type_)
    return event.story if event else type_
