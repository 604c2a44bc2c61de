"""Converts history entries to events. Pure.

History is recorded as it was: no transition is refused. Derived fields (times, counts,
`waiting_on`) follow from the rules of live tickets.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from common.people import Actor
from common.tickets.assigning import TicketAssigned
from common.tickets.channel import TicketChannel
from common.tickets.correcting import build_correction_values
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.merging import TicketMerged, TicketUnmerged
from common.tickets.rating import decide_rating
from common.tickets.replying import AddMessage, MessageAdded, MessageKind
from common.tickets.score import Rating
from common.tickets.splitting import TicketSplit
from common.tickets.ticket import CloseReason, Status, Ticket, Values
from common.tickets.transitions import TicketReleased, find_event_class
from server.transfer.file_format import EntryKind, TransferEntry
from server.transfer.named_events import NAMED_EVENTS

_MESSAGE_KINDS: Final = {EntryKind.REPLY: MessageKind.REPLY, EntryKind.NOTE: MessageKind.NOTE}
_CLOSE_REASONS: Final = {reason.value: reason for reason in CloseReason}


class EntryReferences(Struct, frozen=True):
    """The people and tickets that an entry names, by id and number: `to`, `into`, `tickets`.

    `before_merge` has values of the ticket from before its last merge.
    """

    assignee_id: int | UnsetType | None = UNSET
    into: int | None = None
    tickets: tuple[int, ...] = ()
    before_merge: Mapping[str, Any] = {}


_NO_REFERENCES: Final = EntryReferences()


def derive_events(
    entry: TransferEntry, ticket: Ticket, actor: Actor, names: EntryReferences = _NO_REFERENCES
) -> list[TicketEvent]:
    """Returns the events of the entry; none if it repeats the present state."""
    if entry.type in _MESSAGE_KINDS:
        return [_build_message(entry, ticket, actor)]
    if entry.type is EntryKind.RATING:
        return decide_rating(ticket, Rating(entry.score or 0, entry.comment or None, entry.at))
    values = (
        _merge_values(entry, ticket, names)
        if entry.type in _MERGE_EVENTS
        else _entry_values(entry, ticket, names.assignee_id)
    )
    changes = ticket.find_changes(values | entry.changes.edited_values)
    if not changes:
        return []
    after = changes.get("status", (None, ticket.status))[1]
    event = NAMED_EVENTS.get(entry.event or "") or find_entry_event(entry, ticket.status, after)
    return [event(changes=changes, reason=entry.reason or None)]


def _build_message(entry: TransferEntry, ticket: Ticket, actor: Actor) -> MessageAdded:
    message = AddMessage(body=entry.body or "", kind=_MESSAGE_KINDS[entry.type])
    context = DecisionContext(ticket, actor, entry.at)
    values = message.message_values(context) | entry.changes.edited_values
    return MessageAdded(
        changes=ticket.find_changes(values),
        kind=message.kind,
        body=message.body,
        copied_from=ticket.split_from if entry.copied else None,
        source=_find_source(entry),
    )


def _find_source(entry: TransferEntry) -> str | None:
    """Returns the way in which a message came, as it is stored with it."""
    if entry.channel is TicketChannel.MAIL:
        return "mail" if entry.verified else "mail-unverified"
    return None if entry.channel is UNSET else entry.channel.value


def _customer_values(entry: TransferEntry, ticket: Ticket, customer_id: int) -> Values:
    """Returns what another customer changes; the rating stays where it is the same person."""
    if entry.keeps_rating or customer_id == ticket.customer_id:
        return {"customer_id": customer_id}
    return build_correction_values(customer_id)


def _entry_values(
    entry: TransferEntry, ticket: Ticket, assignee_id: int | UnsetType | None
) -> Values:
    values: Values = {}
    if entry.unanswered:
        values["unanswered_since"] = ticket.unanswered_since or entry.at
    if entry.type is EntryKind.CUSTOMER:
        return _customer_values(entry, ticket, assignee_id or ticket.customer_id)
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


_MERGE_EVENTS: Final = {
    EntryKind.MERGE: TicketMerged,
    EntryKind.UNMERGE: TicketUnmerged,
    EntryKind.SPLIT: TicketSplit,
}


def _merge_values(entry: TransferEntry, ticket: Ticket, names: EntryReferences) -> Values:
    """Returns the values of a merge or an undone one; without the link where it is unknown."""
    shown = ticket.merged_from
    if entry.type is EntryKind.SPLIT:
        return {"split_into": tuple(dict.fromkeys((*ticket.split_into, *names.tickets)))}
    if entry.type is EntryKind.UNMERGE and entry.tickets:
        return {"merged_from": tuple(it for it in shown if it not in names.tickets)}
    if entry.type is EntryKind.UNMERGE:
        values: Values = {**names.before_merge, "merged_into": None}
        values |= {"status": entry.status} if entry.status else {}
        return values | ({} if names.assignee_id is UNSET else {"assignee_id": names.assignee_id})
    if entry.into:
        closed = ticket.status_values(Status.CLOSED, entry.at, CloseReason.MERGED)
        return closed | {"merged_into": names.into}
    waits = {"unanswered_since": ticket.unanswered_since or entry.at} if entry.unanswered else {}
    return waits | {"merged_from": tuple(dict.fromkeys((*shown, *names.tickets)))}


def find_entry_event(entry: TransferEntry, before: Status, after: Status) -> type[TicketEvent]:
    """Returns the event that an entry without a message makes by its type, or change of status."""
    if entry.type in _MERGE_EVENTS:
        return _MERGE_EVENTS[entry.type]
    if _is_unassignment(entry):
        return TicketReleased
    if entry.type is EntryKind.ASSIGN:
        return TicketAssigned
    return find_event_class(before, after)


def _is_unassignment(entry: TransferEntry) -> bool:
    return entry.type is EntryKind.UNASSIGN or (entry.type is EntryKind.ASSIGN and entry.to is None)


def _close_reason(entry: TransferEntry) -> CloseReason | None:
    return _CLOSE_REASONS.get(entry.reason or "")
