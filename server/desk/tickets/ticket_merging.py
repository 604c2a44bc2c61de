"""Merges of tickets: the survivor's side of a merge, and what undoing one needs to know."""

from common.tickets.decision_context import DecisionContext
from common.tickets.merging import RESTORED_FIELDS, MergeTicket, TicketMerged, UnmergeTicket
from common.tickets.registry import convert_changes
from common.tickets.ticket import Ticket, Values
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import (
    due_actions,
    response_reversal,
    ticket_drafts,
    ticket_participants,
)
from server.storage.queries.log import event_log
from server.storage.queries.person import people
from server.storage.queries.ticket import followers, messages, participants, tickets


def find_survivor(work: UnitOfWork, number: int | None) -> Ticket | None:
    """Returns the ticket that another one is merged into, or is to be."""
    if number is None:
        return None
    return tickets.find_ticket(work.writing, work.actor.org_id, number)


def load_merge_context(work: UnitOfWork, ticket: Ticket, into: int) -> DecisionContext:
    """Returns what a merge of the ticket depends on."""
    theirs, ours = (
        participants.read_participant_ids(work.writing, ticket.org_id, number)
        for number in (into, ticket.number)
    )
    return DecisionContext(
        ticket, work.actor, work.now, survivor=find_survivor(work, into), strangers=theirs ^ ours
    )


def load_unmerge_context(work: UnitOfWork, ticket: Ticket) -> DecisionContext:
    """Returns what undoing the merge of a ticket depends on."""
    return DecisionContext(
        ticket,
        work.actor,
        work.now,
        survivor=find_survivor(work, ticket.merged_into),
        assignee_left=_has_left(work, ticket.assignee_id),
        values_before_merge=read_values_before_merge(work, ticket),
    )


def read_values_before_merge(work: UnitOfWork, ticket: Ticket) -> Values:
    """Returns what the last merge of the ticket changed, as it was before.

    A reply that turned out to be lost since then had answered nothing.
    """
    values: Values = {}
    is_corrected = False
    for entry in event_log.read_ticket_log(work.writing, ticket.org_id, ticket.number):
        if entry.type == TicketMerged.type and "merged_into" in entry.detail.changes:
            changed = {name: list(pair) for name, pair in entry.detail.changes.items()}
            old = {name: pair[0] for name, pair in convert_changes(changed).items()}
            values = {name: old[name] for name in RESTORED_FIELDS & old.keys()}
            is_corrected = False
        is_corrected = is_corrected or entry.detail.undelivered is not None
    wait = response_reversal.find_wait_before_merge(work, ticket) if is_corrected else None
    return values if wait is None else {**values, "unanswered_since": wait.unanswered_since}


def update_survivor(
    work: UnitOfWork, context: DecisionContext, command: MergeTicket | UnmergeTicket
) -> None:
    """Records the survivor's side; the ticket of `context` is the other one, before the command.

    Whoever follows the merged ticket, or takes part in it, does so in the survivor, too;
    participants do so until the merge is undone. Drafts go along, and stay there.
    """
    if context.survivor is None:
        return
    before = context.ticket
    survivor = due_actions.apply_due_actions(work, context.survivor)
    events = command.decide_survivor(before, survivor, work.now)
    event_recorder.apply_events(work, survivor, events)
    if isinstance(command, MergeTicket):
        for person_id in followers.read_follower_ids(work.writing, before.org_id, before.number):
            followers.add_follower(work.writing, before.org_id, survivor.number, person_id)
        participants.bring_participants(work.writing, before.org_id, before.number, survivor.number)
        ticket_drafts.take_drafts_along(work, before.number, survivor.number)
    else:
        _remove_brought_participants(work, before, survivor)


def _remove_brought_participants(work: UnitOfWork, merged: Ticket, survivor: Ticket) -> None:
    """Ends the part of those who came with a merged ticket, and have not written here since."""
    org_id = merged.org_id
    for person_id in participants.list_brought_participants(
        work.writing, org_id, merged.number, survivor.number
    ):
        if messages.has_written(work.writing, org_id, survivor.number, person_id):
            participants.add_participant(work.writing, org_id, survivor.number, person_id)
            continue
        participants.remove_participant(work.writing, org_id, survivor.number, person_id)
        ticket_participants.drop_notices(work, survivor.number, person_id)


def _has_left(work: UnitOfWork, person_id: int | None) -> bool:
    if person_id is None:
        return False
    return not people.read_person(work.writing, work.actor.org_id, person_id).active
