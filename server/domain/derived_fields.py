"""Adds to an event the changes of fields that are derived from it.

These are `unanswered_since`, `resolver_id`, `queued_at`, `owned_since` and others. An event is
completed before it is recorded, so that the ticket can be rebuilt from its events.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from common.people import Actor
from common.tickets.event import TicketEvent
from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import UNRESOLVED, Changes, Status, Ticket, Values
from server.domain.queue_entry import find_holder


def complete_changes(ticket: Ticket, event: TicketEvent, actor: Actor, now: datetime) -> Changes:
    """Returns the changes of the event with the derived ones."""
    values = {field: new for field, (_, new) in event.changes.items()}
    status = values.get("status", ticket.status)
    follows: Values = {}
    if isinstance(event, MessageAdded) and event.kind is MessageKind.REPLY:
        follows |= _reply_values(ticket, actor, now)
    if "status" in values or "assignee_id" in values:
        assignee_id = values.get("assignee_id", ticket.assignee_id)
        follows |= _ownership_values(status, assignee_id, now)
    elif "waiting_on" in values or "snoozed_until" in values:
        follows |= _resumed_values(ticket, values, now)
    if "status" in values and not _is_undoing_merge(values):
        follows |= _status_values(ticket, status, actor, values)
    if status is Status.RESOLVED and ticket.first_resolved_at is None:
        follows["first_resolved_at"] = now
    if not BACKLOG_FIELDS.isdisjoint(values):
        follows |= _backlog_values(ticket, status, values, now)
    return {**event.changes, **ticket.find_changes(follows)}


def _is_undoing_merge(values: Values) -> bool:
    """Returns whether the status is that of before a merge again: nobody resolved anything."""
    return "merged_into" in values and values["merged_into"] is None


BACKLOG_FIELDS: Final = frozenset({"status", "assignee_id", "category", "priority"})
"""Fields by which reports count the backlog: a change of one moves the ticket within it."""


def _backlog_values(ticket: Ticket, status: Status, values: Values, now: datetime) -> Values:
    """The start of the time in its present group of the backlog, if that changes."""
    if status not in UNRESOLVED:
        return {"standing_since": None}
    kept = BACKLOG_FIELDS - {"status"}
    if ticket.is_unresolved and all(
        values.get(name, getattr(ticket, name)) == getattr(ticket, name) for name in kept
    ):
        return {}
    return {"standing_since": max(now, ticket.happened_at)}


def _reply_values(ticket: Ticket, actor: Actor, now: datetime) -> Values:
    """An unanswered interval starts with the first message of the customer, not with later ones."""
    if ticket.is_requested_by(actor):
        return {"unanswered_since": ticket.unanswered_since or now}
    if not actor.is_agent:
        return {}
    owned = {"owned_since": now} if ticket.owned_since else {}
    return {"unanswered_since": None, "undelivered_at": None, **owned}


def _ownership_values(status: Status, assignee_id: int | None, now: datetime) -> Values:
    if status not in UNRESOLVED:
        return {"queued_at": None, "owned_since": None}
    if assignee_id is None:
        return {"queued_at": now, "owned_since": None}
    return {"queued_at": None, "owned_since": now}


def _resumed_values(ticket: Ticket, values: Values, now: datetime) -> Values:
    """The owner timeout starts anew when the ticket waits for its agent again."""
    resumes = find_holder(ticket) is None and find_holder(replace(ticket, **values)) is not None
    return {"owned_since": now} if resumes else {}


def _status_values(ticket: Ticket, status: Status, actor: Actor, values: Values) -> Values:
    """The resolver is the agent who did it, or the assignee if a customer or a timer did."""
    if status in UNRESOLVED:
        return {}
    if status is Status.CLOSED:
        return {"unanswered_since": None}
    assignee_id = values.get("assignee_id", ticket.assignee_id)
    is_by_agent = actor.is_agent and not ticket.is_requested_by(actor)
    return {
        "unanswered_since": None,
        "resolver_id": actor.id if is_by_agent else assignee_id,
    }
