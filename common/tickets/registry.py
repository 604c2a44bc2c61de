"""The table of contents of the ticket language: every command and every event, by name.

The server mounts the commands, the client offers them, the wire names the events: all derive
from here.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from common.tickets.assigning import Assigned, AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.event import TicketEvent
from common.tickets.filing import Created, FileTicket
from common.tickets.rating import Rated, RateTicket
from common.tickets.redacting import Redacted
from common.tickets.replying import AddMessage, MessageAdded
from common.tickets.sla_events import SlaBreached, SlaWarning
from common.tickets.ticket import Changes, Ticket
from common.tickets.transitions import Claimed, Closed, Released, Reopened, Resolved

Command = EditTicket | ClaimTicket | ReleaseTicket | AssignTicket | AddMessage
"""Commands of agents to a ticket that is there; `FileTicket` comes before there is one."""

AnyCommand = Command | RateTicket
"""With what a customer alone does."""

COMMANDS: Final[tuple[type, ...]] = (
    FileTicket,
    EditTicket,
    ClaimTicket,
    ReleaseTicket,
    AssignTicket,
    AddMessage,
    RateTicket,
)

EVENTS: Final[Mapping[str, type[TicketEvent]]] = {
    event.type: event
    for event in (
        Created,
        TicketEvent,
        Claimed,
        Released,
        Assigned,
        Resolved,
        Closed,
        Reopened,
        Rated,
        Redacted,
        MessageAdded,
        SlaWarning,
        SlaBreached,
    )
}

_FIELD_TYPES: Final[dict[str, Any]] = {
    field.name: field.type for field in msgspec.structs.fields(Ticket)
}


def typed(changes: Mapping[str, list[Any]]) -> Changes:
    """Changes as they were stored, in the types that the ticket's fields have."""
    return {
        field: (_typed(field, old), _typed(field, new)) for field, (old, new) in changes.items()
    }


def _typed(field: str, value: Any) -> Any:
    return msgspec.convert(value, _FIELD_TYPES[field])


def story(type_: str) -> str:
    """The event in words, to follow the actor's name; the name itself for an unknown event."""
    event = EVENTS.get(type_)
    return event.story if event else type_
