"""Proves addresses by codes, and gives whoever has proven one an account with a password."""

from hmac import compare_digest

from msgspec.structs import replace

from common.errors import FieldError, Invalid
from common.organization import Signup
from common.people import Role
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.proof_codes import CODE_LIFETIME, MAX_ATTEMPTS, RESEND_PAUSE
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import address_proofs, people, sessions
from server.storage.queries.person.address_proofs import AddressProof
from server.storage.queries.person.people import Person


def begin_address_proof(work: UnitOfWork, email: str, address_hash: str, code_hash: str) -> bool:
    """Stores a code for an address; returns whether it is to be mailed.

    The row is written whether the address may have an account or not, so that both take the same
    time. A code that was made within `RESEND_PAUSE` stays.
    """
    org_id, now = work.actor.org_id, to_microseconds(work.now)
    address_proofs.purge_address_proofs(work.writing, org_id, now)
    former = address_proofs.find_address_proof(work.writing, org_id, address_hash)
    if former is not None and now - former.created_at < RESEND_PAUSE.total_seconds() * 1_000_000:
        return False
    proof = AddressProof(
        org_id=org_id,
        address_hash=address_hash,
        code_hash=code_hash,
        created_at=now,
        expires_at=to_microseconds(work.now + CODE_LIFETIME),
    )
    address_proofs.save_address_proof(work.writing, proof)
    return may_have_account(work, people.find_person_by_email(work.writing, org_id, email))


def may_have_account(work: UnitOfWork, person: Person | None) -> bool:
    """Returns whether a proven address may get a password: of a customer, or of somebody new.

    Agents get their passwords from admins: a mailbox alone does not open the desk.
    """
    if person is None:
        return work.settings.signup is Signup.OPEN
    return person.active and person.role is Role.CUSTOMER


def finish_address_proof(
    work: UnitOfWork, email: str, address_hash: str, code_hash: str, name: str, password_hash: str
) -> Person | None:
    """Returns the person with the new password; None for a wrong, used or expired code.

    A wrong code counts, so the transaction must be committed. Ends the person's other sessions.
    Raises Invalid where somebody new has given no name: the code can be sent again.
    """
    if not _check_code(work, address_hash, code_hash):
        return None
    person = people.find_person_by_email(work.writing, work.actor.org_id, email)
    if not may_have_account(work, person):
        return None
    if person is None and not name:
        raise Invalid(FieldError("is required on the first visit", pointer="/name"))
    address_proofs.delete_address_proof(work.writing, work.actor.org_id, address_hash)
    if person is None:
        return accounts.create_customer(work, email, name, password_hash)
    after = replace(person, password_hash=password_hash)
    people.save_person(work.writing, after)
    others = sessions.list_session_hashes(work.writing, person.org_id, person.id)
    accounts.end_sessions(work, others)
    return after


def _check_code(work: UnitOfWork, address_hash: str, code_hash: str) -> bool:
    org_id = work.actor.org_id
    proof = address_proofs.find_address_proof(work.writing, org_id, address_hash)
    if (
        proof is None
        or proof.expires_at <= to_microseconds(work.now)
        or proof.attempts >= MAX_ATTEMPTS
    ):
        return False
    if not compare_digest(proof.code_hash, code_hash):
        address_proofs.count_failed_attempt(work.writing, org_id, address_hash)
        return False
    return True
