"""People: creates, changes and erases them, and ends their sessions."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from common.accounts import CreateUser, EditUser
from common.errors import Conflict, Invalid, NotFound
from common.people import AGENTS, Presence, Role
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import presence_changes, ticket_returns
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import people, sessions, undelivered_mail, user_addresses
from server.storage.queries.person.people import Person
from server.storage.queries.search import search_index

_PERSON_ROLES = frozenset({Role.CUSTOMER, *AGENTS})


class EmailTaken(Conflict):
    """`extras["user"]` is who has the address, `{id, name}`, for callers who see all people."""

    slug, title = "email-taken", "Somebody has this address already"
    occasion = (
        "Somebody in the organization has this address: `user` `{id, name}`, where the caller"
        " sees all people."
    )


class PersonMerged(Conflict):
    slug, title = "person-merged", "The person is merged into another one"
    occasion = "The person is merged into another one. Undo that first."


class LastAdmin(Conflict):
    slug, title = "last-admin", "An organization needs an admin"
    occasion = "Make another admin first."


def create_user(work: UnitOfWork, command: CreateUser, password_hash: str | None) -> Person:
    """Creates a person. Raises EmailTaken, or Invalid for a role that no person has."""
    _check_role(command.role)
    check_email_free(work, command.email)
    person = Person(
        org_id=work.actor.org_id,
        id=work.sequence.next_user_id(),
        email=command.email,
        name=command.name,
        role=command.role,
        password_hash=password_hash,
        skills=tuple(dict.fromkeys(command.skills)),
        capacity=command.capacity,
        active=command.active,
        created_at=to_microseconds(work.now),
    )
    _insert_person(work, person)
    return person


def create_customer(
    work: UnitOfWork, email: str, name: str, password_hash: str | None = None
) -> Person:
    """Creates a customer and records the event; the caller has checked that the address is free."""
    person = Person(
        org_id=work.actor.org_id,
        id=work.sequence.next_user_id(),
        email=email,
        name=name,
        role=Role.CUSTOMER,
        password_hash=password_hash,
        created_at=to_microseconds(work.now),
    )
    _insert_person(work, person)
    return person


def _insert_person(work: UnitOfWork, person: Person) -> None:
    people.add_person(work.writing, person, read_up_to=work.sequence.seq)
    search_index.index_person(work.writing, person.org_id, person.id, person.name, [person.email])
    event_recorder.record_user(work, person)


def edit_user(
    work: UnitOfWork, person_id: int, command: EditUser, password_hash: str | None
) -> Person:
    """Changes a person; no difference, no event. Raises NotFound, EmailTaken, Invalid."""
    before = load_person(work, person_id)
    check_not_merged(before)
    values = _edited_values(command, password_hash)
    if "role" in values:
        _check_role_change(before, values["role"])
    if values.get("email", before.email) != before.email:
        check_email_free(work, values["email"], besides=before.id)
    after = replace(before, **values)
    if after == before:
        return before
    if is_admin(before) and not is_admin(after):
        check_not_last_admin(work, before)
    seq = update_person(work, before, after)
    if after.email != before.email:
        # Nobody has it any more, and an erasure could not find it.
        undelivered_mail.delete_undeliverable_address(work.writing, after.org_id, before.email)
    if (after.name, after.email) != (before.name, before.email):
        work.sequence.mark_renamed(seq)
    if password_hash is not None or not after.active or after.role is not before.role:
        end_sessions(work, sessions.list_session_hashes(work.writing, after.org_id, after.id))
    return_leaver_work(work, before, after)
    return after


def update_person(work: UnitOfWork, before: Person, after: Person) -> int:
    """Writes a changed person with its event, and returns the event's seq.

    The search index finds the person's tickets by the new name and address, and no longer by the
    old ones. A further address that becomes the primary one is no further one any more.
    """
    further = user_addresses.list_user_addresses(work.writing, before.org_id, before.id)
    kept = [it for it in further if it.address != after.email]
    for it in further:
        if it not in kept:
            user_addresses.delete_user_address(work.writing, before.org_id, it.id)
    reindex_person(work, before, after, [it.address for it in further], [it.address for it in kept])
    people.save_person(work.writing, after)
    if after.email != before.email:
        undelivered_mail.delete_undeliverable_address(work.writing, after.org_id, after.email)
    return event_recorder.record_user(work, after)


def reindex_person(
    work: UnitOfWork, before: Person, after: Person, old: Sequence[str], new: Sequence[str]
) -> None:
    """Has the person's tickets found by the new name and addresses; `old` and `new` are further."""
    if (before.name, before.email, [*old]) == (after.name, after.email, [*new]):
        return
    key = work.writing, before.org_id, before.id
    search_index.unindex_person(*key, before.name, [before.email, *old])
    search_index.index_person(*key, after.name, [after.email, *new])


def save_unindexed_person(work: UnitOfWork, after: Person) -> int:
    """Writes a changed person with its event, and returns the event's seq; not the search index."""
    people.save_person(work.writing, after)
    return event_recorder.record_user(work, after)


def find_other_person(work: UnitOfWork, person_id: int) -> Person | None:
    """Returns the person of this id that a request names, if there is one."""
    return people.find_person(work.writing, work.actor.org_id, person_id)


def check_not_merged(person: Person) -> None:
    """Raises PersonMerged for somebody who is merged into another person."""
    if person.merged_into is not None:
        raise PersonMerged(f"{person.name} is merged into another person; undo that first.")


def load_person(work: UnitOfWork, person_id: int) -> Person:
    """Returns the person. Raises NotFound."""
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    if person is None:
        raise NotFound
    return person


def check_email_free(work: UnitOfWork, email: str, besides: int | None = None) -> None:
    """Raises EmailTaken where anybody but the person `besides` has the address."""
    person = people.find_person_by_email(work.writing, work.actor.org_id, email)
    if person is not None and person.id != besides:
        named = {"user": person.ref} if work.actor.is_agent else {}
        raise EmailTaken("Somebody in this organization has this address already.", **named)


def end_sessions(work: UnitOfWork, token_hashes: list[str]) -> None:
    """Ends sessions. Where one had opened a stream, the stream gets a new generation.

    A person without any session left is offline.
    """
    users = {sessions.find_session_user(work.writing, token_hash) for token_hash in token_hashes}
    had_stream = [sessions.end_session(work.writing, token_hash) for token_hash in token_hashes]
    if any(had_stream):
        work.sequence.begin_generation()
    for user_id in users:
        if user_id and not sessions.list_session_hashes(work.writing, work.actor.org_id, user_id):
            presence_changes.mark_signed_out(work, user_id)


def return_leaver_work(work: UnitOfWork, before: Person, after: Person) -> None:
    """Puts the tickets of a person who was deactivated back into the queue."""
    if not (before.is_agent and before.active) or after.active:
        return
    presence_changes.change_presence(work, after.id, Presence.OFFLINE)
    if not ticket_returns.return_leaver_tickets(work, after):
        # There are more than one transaction may return: the timekeeper returns the rest.
        people.save_person(
            work.writing,
            replace(load_person(work, after.id), lost_at=ticket_returns.compute_grace_cutoff(work)),
        )


def _edited_values(command: EditUser, password_hash: str | None) -> dict[str, Any]:
    given = {name: getattr(command, name) for name in command.__struct_fields__}
    values = {name: value for name, value in given.items() if value is not UNSET}
    if values.pop("password", None) is not None:
        values["password_hash"] = password_hash
    return values


def _check_role(role: Role) -> None:
    if role not in _PERSON_ROLES:
        names = ", ".join(sorted(_PERSON_ROLES))
        raise Invalid.for_field("/role", f"must be one of {names}")


def _check_role_change(before: Person, role: Role) -> None:
    _check_role(role)
    if (role in AGENTS) != before.is_agent:
        raise Invalid.for_field(
            "/role", "a customer cannot become an agent, nor the other way round"
        )


def is_admin(person: Person) -> bool:
    return person.role is Role.ADMIN and person.active


def check_not_last_admin(work: UnitOfWork, person: Person) -> None:
    """Raises LastAdmin: an organization without an admin could never be changed again."""
    admins = people.list_people(work.writing, person.org_id, [Role.ADMIN], None, 0, 1000)
    if not any(admin.active and admin.id != person.id for admin in admins):
        raise LastAdmin("This is the last active admin; make another one first.")
