"""What an entry of a history did: the events that it stands for. Pure.

History is recorded as it was, so nothing is refused and nothing is concluded but what the entry
says; what follows from it (times, counts, whose move it is) comes from the rules of the language.
"""

from typing import Final

from msgspec import UNSET, UnsetType

from common.people import Actor
from common.tickets.assigning import Assigned
from common.tickets.event import TicketEvent
from common.tickets.rating import rated
from common.tickets.replying import AddMessage, MessageAdded, MessageKind
from common.tickets.score import Rating
from common.tickets.ticket import Changes, CloseReason, Status, Ticket, Values
from common.tickets.transitions import Released, event_of
from server.transfer.file_format import Edits, Entry, Kind

_MESSAGES: Final = {Kind.REPLY: MessageKind.REPLY, Kind.NOTE: MessageKind.NOTE}
_CLOSE_REASONS: Final = {reason.value: reason for reason in CloseReason}
_TARGETS: Final = frozenset({Kind.ASSIGN, Kind.STATUS})


def events_of(
    entry: Entry, ticket: Ticket, actor: Actor, assignee_id: int | UnsetType | None = UNSET
) -> list[TicketEvent]:
    """The entry's events; none where it repeats the present state.

    `assignee_id` is who the entry's `to` names.
    """
    if entry.type in _MESSAGES:
        return [_message(entry, ticket, actor)]
    if entry.type is Kind.RATING:
        return rated(ticket, Rating(entry.score or 0, entry.comment or None, entry.at))
    changes = ticket.changes(_values(entry, ticket, assignee_id) | _edited(entry.changes))
    if not changes:
        return []
    event = _event(entry, ticket, changes)
    return [event(changes=changes, reason=entry.reason or None)]


def _message(entry: Entry, ticket: Ticket, actor: Actor) -> MessageAdded:
    message = AddMessage(body=entry.body or "", kind=_MESSAGES[entry.type])
    values = message.written(ticket, actor, entry.at) | _edited(entry.changes)
    return MessageAdded(changes=ticket.changes(values), kind=message.kind, body=message.body)


def _values(entry: Entry, ticket: Ticket, assignee_id: int | UnsetType | None) -> Values:
    values: Values = {}
    if entry.status and entry.status is not ticket.status:
        values |= ticket.to(entry.status, entry.at, _close_reason(entry))
    if assignee_id is not UNSET:
        values["assignee_id"] = assignee_id
    if _is_unassigning(entry):
        values["assignee_id"] = None
        if ticket.is_unresolved:
            # Nobody's work is in the queue again; what is resolved or closed stays so.
            values |= ticket.to(Status.OPEN, entry.at)
    return values


def _event(entry: Entry, ticket: Ticket, changes: Changes) -> type[TicketEvent]:
    if _is_unassigning(entry):
        return Released
    if entry.type is Kind.ASSIGN:
        return Assigned
    return event_of(ticket.status, changes.get("status", (None, ticket.status))[1])


def _is_unassigning(entry: Entry) -> bool:
    return entry.type is Kind.UNASSIGN or (entry.type is Kind.ASSIGN and entry.to is None)


def _close_reason(entry: Entry) -> CloseReason | None:
    return _CLOSE_REASONS.get(entry.reason or "")


def _edited(edits: Edits) -> Values:
    given = ((name, getattr(edits, name)) for name in edits.__struct_fields__)
    values = {name: value for name, value in given if value is not UNSET}
    if "tags" in values:
        values["tags"] = tuple(dict.fromkeys(values["tags"]))
    return values
