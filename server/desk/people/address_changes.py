"""Addresses of people: adds further ones, removes them, and makes one of them the primary."""

from typing import Final

from msgspec.structs import replace

from common.accounts import AddAddress
from common.errors import Conflict, Forbidden, NotFound
from common.people import ADMINS, Actor, Role
from server.desk.people import accounts
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.queries.person import undelivered_mail, user_addresses
from server.storage.queries.person.people import Person
from server.storage.queries.person.user_addresses import UserAddress

PRIMARY_ID: Final = 0
MAX_ADDRESSES: Final = 20
"""The most further addresses of a person."""


class TooManyAddresses(Conflict):
    slug, title = "too-many-addresses", "A person cannot have so many addresses"
    occasion = "The person has 20 further addresses. Remove one first."


def check_reads_addresses(actor: Actor, person: Person) -> None:
    """Raises Forbidden unless the caller may read the addresses: of agents, supervisors alone."""
    if person.is_agent and not actor.is_supervisor:
        raise Forbidden("Only supervisors read the addresses of agents.")


def _check_changes_addresses(work: UnitOfWork, person: Person) -> None:
    """Raises Forbidden unless the caller may change the addresses: of agents, admins alone."""
    if person.is_agent and work.actor.role not in {*ADMINS, Role.SYSTEM}:
        raise Forbidden("Only admins change the addresses of agents.")


def add_address(work: UnitOfWork, person_id: int, command: AddAddress) -> UserAddress:
    """Gives a person an address; nothing happens if they have it.

    Raises NotFound, Forbidden, EmailTaken or TooManyAddresses. The id of the primary address is 0.
    """
    person = _load_changeable(work, person_id)
    accounts.check_email_free(work, command.address, besides=person.id)
    further = user_addresses.list_user_addresses(work.writing, person.org_id, person.id)
    if command.address == person.email:
        return UserAddress(PRIMARY_ID, person.email)
    held = next((it for it in further if it.address == command.address), None)
    if held is None and len(further) >= MAX_ADDRESSES:
        raise TooManyAddresses(
            f"A person can have {MAX_ADDRESSES} further addresses; remove one first."
        )
    if command.primary:
        return _make_primary(work, person, further, held, command.address)
    return held or _record_addresses(work, person, further, added=command.address)


def remove_address(work: UnitOfWork, person_id: int, address_id: int) -> None:
    """Takes a further address from a person. Raises NotFound or Forbidden."""
    person = _load_changeable(work, person_id)
    further = user_addresses.list_user_addresses(work.writing, person.org_id, person.id)
    gone = next((it for it in further if it.id == address_id), None)
    if gone is None:
        raise NotFound
    user_addresses.delete_user_address(work.writing, person.org_id, gone.id)
    undelivered_mail.delete_undeliverable_address(work.writing, person.org_id, gone.address)
    _reindex(work, person, further, [it for it in further if it is not gone])
    event_recorder.record_user(work, person)


def remove_all_addresses(work: UnitOfWork, person: Person) -> bool:
    """Takes all further addresses from a person who is erased; returns whether there were any."""
    further = user_addresses.list_user_addresses(work.writing, person.org_id, person.id)
    for it in further:
        user_addresses.delete_user_address(work.writing, person.org_id, it.id)
    _reindex(work, person, further, [])
    return bool(further)


def _load_changeable(work: UnitOfWork, person_id: int) -> Person:
    person = accounts.load_person(work, person_id)
    _check_changes_addresses(work, person)
    accounts.check_not_merged(person)
    return person


def _make_primary(
    work: UnitOfWork,
    person: Person,
    further: list[UserAddress],
    held: UserAddress | None,
    address: str,
) -> UserAddress:
    """Makes an address the primary one; the one of before becomes a further one."""
    if held is not None:
        user_addresses.delete_user_address(work.writing, person.org_id, held.id)
    kept = [it for it in further if it is not held]
    _reindex(work, person, further, kept)
    after = replace(person, email=address)
    seq = accounts.update_person(work, person, after)
    user_addresses.add_user_address(
        work.writing, person.org_id, person.id, UserAddress(seq, person.email)
    )
    _reindex(work, after, kept, [*kept, UserAddress(seq, person.email)])
    work.sequence.mark_renamed(seq)
    return UserAddress(PRIMARY_ID, address)


def _record_addresses(
    work: UnitOfWork, person: Person, further: list[UserAddress], added: str
) -> UserAddress:
    it = UserAddress(event_recorder.record_user(work, person), added)
    user_addresses.add_user_address(work.writing, person.org_id, person.id, it)
    _reindex(work, person, further, [*further, it])
    return it


def _reindex(
    work: UnitOfWork, person: Person, old: list[UserAddress], new: list[UserAddress]
) -> None:
    accounts.reindex_person(
        work, person, person, [it.address for it in old], [it.address for it in new]
    )
