"""Converts history entries to events. Pure.

History is recorded as it was: no transition is refused. Derived fields (times, counts,
`waiting_on`) follow from the rules of live tickets.
"""

from typing import Final

from msgspec import UNSET, UnsetType

from common.people import Actor
from common.tickets.assigning import TicketAssigned
from common.tickets.event import TicketEvent
from common.tickets.rating import decide_rating
from common.tickets.replying import AddMessage, MessageAdded, MessageKind
from common.tickets.score import Rating
from common.tickets.ticket import Changes, CloseReason, Status, Ticket, Values
from common.tickets.transitions import TicketReleased, find_event_class
from server.transfer.file_format import EntryKind, TransferEntry

_MESSAGE_KINDS: Final = {EntryKind.REPLY: MessageKind.REPLY, EntryKind.NOTE: MessageKind.NOTE}
_CLOSE_REASONS: Final = {reason.value: reason for reason in CloseReason}
_ASSIGNING_KINDS: Final = frozenset({EntryKind.ASSIGN, EntryKind.STATUS})


def derive_events(
    entry: TransferEntry, ticket: Ticket, actor: Actor, assignee_id: int | UnsetType | None = UNSET
) -> list[TicketEvent]:
    """Returns the events of the entry; none if it repeats the present state.

    `assignee_id` is the person in the field `to`.
    """
    if entry.type in _MESSAGE_KINDS:
        return [_build_message(entry, ticket, actor)]
    if entry.type is EntryKind.RATING:
        return decide_rating(ticket, Rating(entry.score or 0, entry.comment or None, entry.at))
    changes = ticket.find_changes(
        _entry_values(entry, ticket, assignee_id) | entry.changes.edited_values
    )
    if not changes:
        return []
    event = _event_class(entry, ticket, changes)
    return [event(changes=changes, reason=entry.reason or None)]


def _build_message(entry: TransferEntry, ticket: Ticket, actor: Actor) -> MessageAdded:
    message = AddMessage(body=entry.body or "", kind=_MESSAGE_KINDS[entry.type])
    values = message.message_values(ticket, actor, entry.at) | entry.changes.edited_values
    return MessageAdded(changes=ticket.find_changes(values), kind=message.kind, body=message.body)


def _entry_values(
    entry: TransferEntry, ticket: Ticket, assignee_id: int | UnsetType | None
) -> Values:
    values: Values = {}
    if entry.status and entry.status is not ticket.status:
        values |= ticket.status_values(entry.status, entry.at, _close_reason(entry))
    if assignee_id is not UNSET:
        values["assignee_id"] = assignee_id
    if _is_unassignment(entry):
        values["assignee_id"] = None
        if ticket.is_unresolved:
            # An unassigned ticket is open again, unless it is resolved or closed.
            values |= ticket.status_values(Status.OPEN, entry.at)
    return values


def _event_class(entry: TransferEntry, ticket: Ticket, changes: Changes) -> type[TicketEvent]:
    if _is_unassignment(entry):
        return TicketReleased
    if entry.type is EntryKind.ASSIGN:
        return TicketAssigned
    return find_event_class(ticket.status, changes.get("status", (None, ticket.status))[1])


def _is_unassignment(entry: TransferEntry) -> bool:
    return entry.type is EntryKind.UNASSIGN or (entry.type is EntryKind.ASSIGN and entry.to is None)


def _close_reason(entry: TransferEntry) -> CloseReason | None:
    return _CLOSE_REASONS.get(entry.reason or "")
