"""Replies that were lost on a merged ticket: the ticket that goes on takes the wait over."""

from typing import Final

from common.people import Role
from common.tickets.event import TicketEvent
from common.tickets.merging import build_unanswered_values
from common.tickets.ticket import Ticket, Values
from common.wire import ActorRef
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions, response_reversal
from server.storage.queries.ticket import messages, tickets
from server.storage.queries.ticket.messages import MessageSlice

_OURS: Final = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.KEY})
_LATER_REPLIES: Final = 100
"""Messages after the one that did not arrive, among which a later reply is looked for."""


def is_ours(author: ActorRef) -> bool:
    """Returns whether an agent or a key wrote it."""
    return author.role in _OURS


def has_later_reply(work: UnitOfWork, ticket: Ticket, seq: int) -> bool:
    """Returns whether the ticket itself has a public reply of ours after a seq."""
    later = MessageSlice(newest_first=False, notes=False)
    found = messages.list_messages(
        work.writing, ticket.org_id, ticket.number, later, seq, _LATER_REPLIES
    )
    return any(is_ours(said.author) for said in found)


def pass_to_survivor(work: UnitOfWork, merged: Ticket, message_id: int) -> None:
    """Makes the ticket that shows a merged one wait for an answer, where the lost reply was it.

    It waits from now on, as it would after a merge. A reply since the merge answered both.
    """
    wait = response_reversal.find_wait_before_merge(work, merged)
    chain = _list_survivors(work, merged)
    if wait is None or not chain or any(has_later_reply(work, it, wait.seq) for it in chain):
        return
    survivor = due_actions.apply_due_actions(work, chain[-1])
    values: Values = {}
    if not has_later_reply(work, survivor, message_id):
        values["undelivered_at"] = work.now
    if wait.unanswered_since is not None and survivor.is_unresolved:
        values |= build_unanswered_values(survivor, work.now)
    changes = survivor.find_changes(values)
    if changes:
        event_recorder.apply_events(work, survivor, [TicketEvent(changes=changes)])


def _list_survivors(work: UnitOfWork, merged: Ticket) -> list[Ticket]:
    """Returns the ticket that another one is merged into, and those that it is merged into."""
    chain: list[Ticket] = []
    number = merged.merged_into
    while number is not None:
        it = tickets.find_ticket(work.writing, merged.org_id, number)
        if it is None:
            break
        chain.append(it)
        number = it.merged_into
    return chain
