"""Merges of customers: one gets the other's tickets and addresses, until that is undone."""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from common.accounts import MergeUser
from common.errors import Conflict, Invalid
from common.tickets.correcting import decide_customer
from common.tickets.ticket import Ticket
from server.desk.people import accounts
from server.desk.people.address_changes import MAX_ADDRESSES
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.queries.mail import mails
from server.storage.queries.outgoing import notifications
from server.storage.queries.person import person_merges, sessions, user_addresses
from server.storage.queries.person.people import Person
from server.storage.queries.person.person_merges import MovedParts, PersonMerge
from server.storage.queries.person.user_addresses import UserAddress
from server.storage.queries.ticket import tickets

MAX_TICKETS: Final = 200
"""The most tickets that move in one transaction, for which other writers wait."""
PERSON_UNMERGE_PERIOD: Final = timedelta(days=30)
"""The time after a merge of customers in which it can be undone."""


class CustomersNotMergeable(Conflict):
    slug, title = "customers-not-mergeable", "The customers cannot be merged"
    occasion = (
        "One is an agent, inactive or merged already, or there are too many tickets or addresses."
        " The detail says what to do."
    )


class CustomersNotMerged(Conflict):
    slug, title = "customers-not-merged", "The merge of the customers cannot be undone"
    occasion = (
        "There is no merge of this customer, it is older than 30 days, or something has to be"
        " undone before."
    )


def merge_person(work: UnitOfWork, person_id: int, command: MergeUser) -> Person:
    """Gives a customer's tickets and addresses to another one; returns the customer as merged.

    Raises NotFound, Invalid for an unknown `into`, or CustomersNotMergeable.
    """
    merged = accounts.load_person(work, person_id)
    other = accounts.find_other_person(work, command.into)
    if other is None or other.id == merged.id:
        raise Invalid.for_field("/into", "must be another customer of this organization")
    if merged.merged_into == other.id:
        return merged
    numbers = person_merges.list_requested_tickets(
        work.writing, merged.org_id, merged.id, MAX_TICKETS + 1
    )
    _check_mergeable(work, merged, other, numbers)
    key = work.writing, merged.org_id, merged.id, other.id
    addresses = user_addresses.list_user_addresses(work.writing, merged.org_id, merged.id)
    moved = MovedParts(
        email=merged.email,
        was_active=merged.active,
        tickets=numbers,
        addresses=tuple(it.id for it in addresses),
        participations=person_merges.move_participations(*key),
        notifications=person_merges.move_notifications(*key),
        surveys=person_merges.move_surveys(*key),
    )
    person_merges.move_waiting_mails(*key)
    after = _close_person(work, merged, other, addresses)
    _give_tickets(work, numbers, merged.id, other.id)
    at = to_microseconds(work.present)
    person_merges.save_merge(work.writing, merged.org_id, merged.id, PersonMerge(at, moved))
    return after


def unmerge_person(work: UnitOfWork, person_id: int) -> Person:
    """Gives a merged customer back what moved with the merge, where the other still has it.

    Raises NotFound or CustomersNotMerged.
    """
    merged = accounts.load_person(work, person_id)
    merge = person_merges.find_merge(work.writing, merged.org_id, merged.id)
    if merged.merged_into is None or merge is None:
        raise CustomersNotMerged("This customer is not merged into another one.")
    if work.present - from_microseconds(merge.at) >= PERSON_UNMERGE_PERIOD:
        raise CustomersNotMerged(
            f"A merge of customers can be undone for {PERSON_UNMERGE_PERIOD.days} days."
        )
    other, moved = accounts.load_person(work, merged.merged_into), merge.moved
    _check_separable(work, other, moved)
    after = _reopen_person(work, merged, other, moved)
    person_merges.return_rows(work.writing, merged.org_id, moved, other.id, merged.id)
    for ticket in _read_tickets(work, moved.tickets, other.id):
        place = work.writing, ticket.org_id, ticket.number, other.id
        person_merges.move_surveys_of_ticket(*place, merged.id)
        mails.drop_queued_mails(*place)
        notifications.delete_notifications_of_ticket(*place)
    _give_tickets(work, moved.tickets, other.id, merged.id)
    person_merges.delete_merge(work.writing, merged.org_id, merged.id)
    return after


def _check_mergeable(
    work: UnitOfWork, merged: Person, other: Person, numbers: tuple[int, ...]
) -> None:
    for person in (merged, other):
        if person.is_agent:
            raise CustomersNotMergeable(f"{person.name} is no customer.")
        if person.merged_into is not None:
            raise CustomersNotMergeable(f"{person.name} is merged into another customer already.")
        if not person.active:
            raise CustomersNotMergeable(f"{person.name} is not active.")
    if len(numbers) > MAX_TICKETS:
        raise CustomersNotMergeable(
            f"{merged.name} has more than {MAX_TICKETS} tickets. Merge the customer with fewer"
            " tickets into the other one."
        )
    count = sum(
        len(user_addresses.list_user_addresses(work.writing, it.org_id, it.id))
        for it in (merged, other)
    )
    if count + 1 > MAX_ADDRESSES:
        raise CustomersNotMergeable(
            f"Together they have more than {MAX_ADDRESSES} further addresses; remove some first."
        )
    if person_merges.list_merged_people(work.writing, merged.org_id, merged.id):
        raise CustomersNotMergeable(
            f"Another customer is merged into {merged.name}: undo that first, or merge the"
            " other way round."
        )


def _check_separable(work: UnitOfWork, other: Person, moved: MovedParts) -> None:
    """Raises a conflict where separating them would show the words of one to the other."""
    if other.email == moved.email:
        raise CustomersNotMerged(
            f"{moved.email} is the primary address of {other.name}; make another one primary first."
        )
    own = set(moved.tickets)
    for ticket in _read_tickets(work, moved.tickets, other.id):
        linked = {*ticket.merged_from, *([ticket.merged_into] if ticket.merged_into else [])}
        if not linked <= own:
            raise CustomersNotMerged(
                f"#{ticket.number} is merged with #{min(linked - own)} of {other.name}:"
                " undo that merge first."
            )


def _close_person(
    work: UnitOfWork, merged: Person, other: Person, addresses: list[UserAddress]
) -> Person:
    """Takes a person's addresses, for the other one, and ends their sessions."""
    theirs = user_addresses.list_user_addresses(work.writing, other.org_id, other.id)
    for it in addresses:
        user_addresses.move_user_address(work.writing, merged.org_id, it.id, other.id)
    after = replace(
        merged,
        email=f"merged-{merged.org_id}-{merged.id}@invalid",
        active=False,
        merged_into=other.id,
    )
    own = [it.address for it in addresses]
    accounts.reindex_person(work, merged, replace(merged, email=after.email), own, [])
    seq = accounts.save_unindexed_person(work, after)
    user_addresses.add_user_address(
        work.writing, other.org_id, other.id, UserAddress(seq, merged.email)
    )
    old = [it.address for it in theirs]
    accounts.reindex_person(work, other, other, old, [*old, *own, merged.email])
    event_recorder.record_user(work, other)
    work.sequence.mark_renamed(seq)
    accounts.end_sessions(
        work, sessions.list_session_hashes(work.writing, merged.org_id, merged.id)
    )
    return after


def _reopen_person(work: UnitOfWork, merged: Person, other: Person, moved: MovedParts) -> Person:
    """Gives a person the addresses back that the other one still has."""
    theirs = user_addresses.list_user_addresses(work.writing, other.org_id, other.id)
    primary = next((it for it in theirs if it.address == moved.email), None)
    if primary is None:
        raise CustomersNotMerged(
            f"{moved.email} was taken from {other.name}; give it back to {other.name} first."
        )
    back = [it for it in theirs if it.id in moved.addresses]
    for it in back:
        user_addresses.move_user_address(work.writing, merged.org_id, it.id, merged.id)
    user_addresses.delete_user_address(work.writing, merged.org_id, primary.id)
    kept = [it.address for it in theirs if it not in back and it is not primary]
    accounts.reindex_person(work, other, other, [it.address for it in theirs], kept)
    after = replace(merged, email=moved.email, active=moved.was_active, merged_into=None)
    accounts.reindex_person(work, merged, after, [], [it.address for it in back])
    work.sequence.mark_renamed(accounts.save_unindexed_person(work, after))
    event_recorder.record_user(work, other)
    return after


def _give_tickets(work: UnitOfWork, numbers: tuple[int, ...], holder: int, owner: int) -> None:
    """Records another customer of the tickets that the holder still has."""
    for ticket in _read_tickets(work, numbers, holder):
        event_recorder.apply_events(work, ticket, decide_customer(ticket, owner))


def _read_tickets(work: UnitOfWork, numbers: tuple[int, ...], holder: int) -> list[Ticket]:
    found = (tickets.find_ticket(work.writing, work.actor.org_id, number) for number in numbers)
    return [ticket for ticket in found if ticket is not None and ticket.customer_id == holder]
