"""Undelivered replies: what a ticket's responses are if its customer never got some of them. Pure.

Such a reply is no response. The rule is in docs/domain.md, "Replies that do not arrive".
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from common.tickets.replying import MessageAdded, MessageKind
from common.tickets.ticket import WaitingOn
from common.tickets.undelivered import MessageUndelivered
from server.domain.reopened_wait import ReopenedWait
from server.domain.reports.event_facts import TicketChange
from server.domain.timestamps import from_microseconds, to_microseconds


def list_undelivered_replies(changes: Sequence[TicketChange]) -> frozenset[int]:
    """Returns the ids of the messages that did not reach the ticket's customer."""
    return frozenset(
        change.event.delivery.message_id
        for change in changes
        if isinstance(change.event, MessageUndelivered)
        and change.event.delivery.person_id == change.before.customer_id
    )


def disregard_replies(
    changes: Sequence[TicketChange], message_ids: frozenset[int]
) -> list[TicketChange]:
    """Returns a history in which these messages are no responses, as notes are none.

    Only `unanswered_since` and `first_response_at` are corrected in its tickets.
    """
    if not changes:
        return []
    opened = changes[0].before
    since, first = opened.unanswered_since, opened.first_response_at
    corrected = []
    for change in changes:
        before = replace(change.before, unanswered_since=since, first_response_at=first)
        event = change.event
        if isinstance(event, MessageAdded) and change.after.last_seq in message_ids:
            event = replace(event, kind=MessageKind.NOTE)
        else:
            since, first = _advance_responses(change, since, first)
        after = replace(change.after, unanswered_since=since, first_response_at=first)
        corrected.append(replace(change, event=event, before=before, after=after))
    return corrected


def find_reopened_wait(corrected: Sequence[TicketChange], message_id: int) -> ReopenedWait | None:
    """Returns the interval that goes on behind the message; None where the message ended none."""
    place = next(n for n, it in enumerate(corrected) if it.after.last_seq == message_id)
    before = corrected[place].before
    if before.unanswered_since is None:
        return None
    end = next((it for it in corrected[place:] if it.after.unanswered_since is None), None)
    return ReopenedWait(
        since=to_microseconds(before.unanswered_since),
        end=None if end is None else end.at,
        answered=end is not None and end.is_agent_reply,
        is_first=before.first_response_at is None,
    )


def has_standing_reply(
    changes: Sequence[TicketChange], message_id: int, undelivered: frozenset[int]
) -> bool:
    """Returns whether a public reply of ours behind the message may have arrived."""
    return any(
        isinstance(change.event, MessageAdded)
        and change.event.kind is MessageKind.REPLY
        and not change.before.is_requested_by(change.actor)
        and change.after.last_seq > message_id
        and change.after.last_seq not in undelivered
        for change in changes
    )


def find_pause_start(changes: Sequence[TicketChange]) -> int | None:
    """Returns since when the ticket has waited for its customer, in microseconds since 1970."""
    start = None
    for change in changes:
        before, after = change.before, change.after
        begins = before.waiting_on is not WaitingOn.CUSTOMER
        resumes = after.is_unresolved and not before.is_unresolved
        if after.waiting_on is WaitingOn.CUSTOMER and (begins or resumes):
            start = change.at
    return start


def _advance_responses(
    change: TicketChange, since: datetime | None, first: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Returns `unanswered_since` and `first_response_at` after a change that counts."""
    if change.is_agent_reply:
        return None, first or from_microseconds(change.at)
    if isinstance(change.event, MessageUndelivered):
        return since, first  # it says itself what is corrected here
    before, after = change.before, change.after
    if before.status is not after.status and not after.is_unresolved:
        return None, first
    if before.unanswered_since == after.unanswered_since:
        return since, first
    new = after.unanswered_since
    return (None if new is None else since or new), first
