"""Erasure of a person: name, addresses, password and words go; rows and figures stay."""

from msgspec.structs import replace

from server.desk.erasure import person_words
from server.desk.people import accounts, address_changes
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.storage.queries.erasure import person_erasure, purge_requests
from server.storage.queries.mail import inbound_mails
from server.storage.queries.person import (
    people,
    person_merges,
    sessions,
    undelivered_mail,
    user_addresses,
)
from server.storage.queries.person.people import Person


def erase_user(work: UnitOfWork, person_id: int) -> Person:
    """Anonymizes a person, with whoever is merged into it, and returns it as it is now.

    Raises NotFound, LastAdmin.
    """
    before = accounts.load_person(work, person_id)
    person_merges.delete_merge(work.writing, before.org_id, before.id)
    for merged_id in person_merges.list_merged_people(work.writing, before.org_id, before.id):
        erase_user(work, merged_id)
    if accounts.is_admin(before):
        accounts.check_not_last_admin(work, before)
    after = replace(
        before,
        email=f"erased-{before.id}@invalid",
        name="Erased",
        password_hash=None,
        skills=(),
        active=False,
    )
    addresses = _list_addresses(work, before)
    had_words = person_words.erase_words(work, before.id, addresses)
    had_mails = inbound_mails.erase_mails_of_person(
        work.writing, before.org_id, before.id, addresses
    )
    was_named = inbound_mails.drop_mails_naming(work.writing, before.org_id, addresses)
    had_words = had_words or had_mails or was_named
    _forget_refusals(work, before, addresses)
    if not address_changes.remove_all_addresses(work, before) and after == before and not had_words:
        return before
    person_erasure.delete_person_data(work.writing, before.org_id, before.id)
    purge_requests.request_purge(work.writing, before.org_id, to_microseconds(work.present))
    work.sequence.mark_renamed(accounts.update_person(work, before, after))
    accounts.end_sessions(work, sessions.list_session_hashes(work.writing, after.org_id, after.id))
    accounts.return_leaver_work(work, before, after)
    return after


def _list_addresses(work: UnitOfWork, person: Person) -> list[str]:
    """Returns the person's addresses, and those that they wrote from and nobody has any more."""
    further = user_addresses.list_user_addresses(work.writing, person.org_id, person.id)
    own = [person.email, *(it.address for it in further)]
    used = inbound_mails.list_sender_addresses(work.writing, person.org_id, person.id)
    return own + [it for it in used if it not in own and not _is_held(work, it)]


def _is_held(work: UnitOfWork, address: str) -> bool:
    return people.find_person_by_email(work.writing, work.actor.org_id, address) is not None


def _forget_refusals(work: UnitOfWork, person: Person, addresses: list[str]) -> None:
    """Removes what mail systems said about the person's addresses, and the stop of mail to them."""
    for address in addresses:
        undelivered_mail.delete_undeliverable_address(work.writing, person.org_id, address)
    undelivered_mail.shorten_errors(work.writing, person.org_id, person.id)
