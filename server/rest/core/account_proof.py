"""Proving an address by a mailed code, and the account that the proof opens."""

import secrets
from collections.abc import Callable
from typing import TypeAlias

from common.accounts import FinishProof
from common.addresses import normalize_or_lowercase
from common.errors import Invalid, NotFound, Unavailable
from common.wire import SessionView
from server.desk.desk import Desk
from server.desk.people import address_proving
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain import proof_codes
from server.passwords import Passwords
from server.rest.core.customer_mailer import CustomerMailer
from server.rest.core.password_sign_in import start_person_session
from server.rest.core.rate_limit import RateLimiter
from server.storage.queries.organization.installation_secrets import InstallationSecret
from server.storage.queries.person.name_resolver import make_system_actor

_SessionJob: TypeAlias = Callable[[UnitOfWork], SessionView | None]


class AccountProof:
    """Mails codes, and exchanges the right one for a password and a session."""

    def __init__(
        self,
        desk: Desk,
        passwords: Passwords,
        rate_limiter: RateLimiter,
        secret: InstallationSecret,
        mailer: CustomerMailer | None,
    ) -> None:
        self._desk = desk
        self._passwords = passwords
        self._rate_limiter = rate_limiter
        self._secret = secret
        self._mailer = mailer

    @property
    def can_mail(self) -> bool:
        """Returns whether this installation sends mails."""
        return self._mailer is not None

    async def begin(self, org_id: int, address: str, email: str) -> None:
        """Mails a code where the address may have an account; says nothing about that.

        `address` is the caller's network address. Raises RateLimited, and Unavailable where no
        mail can be sent.
        """
        if self._mailer is None:
            raise Unavailable("This installation sends no mails.")
        email = normalize_or_lowercase(email)
        self._rate_limiter.limit_mails("code", address, org_id, email)
        secret = await self._secret.get()
        code = proof_codes.format_code(secrets.randbelow(10**proof_codes.CODE_DIGITS))
        hashes = (
            proof_codes.hash_address(org_id, email, secret),
            proof_codes.hash_code(org_id, email, code, secret),
        )
        if await self._write_proof(org_id, email, hashes):
            self._mailer.send_code(org_id, email, code)

    async def _write_proof(self, org_id: int, email: str, hashes: tuple[str, str]) -> bool:
        try:
            return await self._desk.write(
                make_system_actor(org_id),
                lambda work: address_proving.begin_address_proof(work, email, *hashes),
            )
        except NotFound:
            return False  # no such organization: answered as if there were one

    async def finish(self, org_id: int, address: str, proof: FinishProof) -> SessionView:
        """Returns a session of the person, who has the new password.

        Raises Invalid for a code that does not count and for a missing name, and RateLimited.
        """
        email, secret = normalize_or_lowercase(proof.email), await self._secret.get()
        code = proof_codes.clean_code(proof.code)
        address_hash = proof_codes.hash_address(org_id, email, secret)
        code_hash = proof_codes.hash_code(org_id, email, code, secret)
        with self._rate_limiter.limit_attempts("proof", address, org_id, email, failure=Invalid):
            password_hash = await self._passwords.hash_password(proof.password, address=address)

            def job(work: UnitOfWork) -> SessionView | None:
                person = address_proving.finish_address_proof(
                    work, email, address_hash, code_hash, proof.name or "", password_hash
                )
                return None if person is None else start_person_session(work, person)

            session = await self._write_session(org_id, job)
            if session is None:
                raise Invalid.for_field("/code", "is wrong, used, or too old: have a new one sent")
            return session

    async def _write_session(self, org_id: int, job: _SessionJob) -> SessionView | None:
        try:
            return await self._desk.write(make_system_actor(org_id), job)
        except NotFound:
            return None
