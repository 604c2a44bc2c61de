"""Signing in with a password: the same limits, time and answers over REST and on pages."""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from common.addresses import normalize_or_lowercase
from common.errors import RequestRefused
from common.people import Actor
from common.wire import SessionView
from server.desk.desk import Desk
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, to_microseconds
from server.passwords import PasswordCheck, Passwords
from server.rendering import views
from server.rest.core.rate_limit import Attempt, RateLimiter
from server.storage.engine.database import Database
from server.storage.queries.person import people, sessions
from server.storage.queries.person.people import Person

SESSION_LIFETIME: Final = timedelta(days=14)
"""The life of a session that nobody ends."""


class BadCredentials(RequestRefused):
    slug, title, status = "bad-credentials", "These credentials do not open a session", 401
    occasion = "Organization, e-mail and password do not fit together."


class PasswordSignIn:
    """Opens sessions for whoever knows a password."""

    def __init__(
        self, database: Database, desk: Desk, passwords: Passwords, rate_limiter: RateLimiter
    ) -> None:
        self._database = database
        self._desk = desk
        self._passwords = passwords
        self._rate_limiter = rate_limiter

    async def open_session(
        self, org_id: int, address: str, email: str, password: str
    ) -> SessionView:
        """Returns a new session; `address` is the caller's. Raises BadCredentials, RateLimited."""
        # Spellings of one address are one account, so they count as one here too.
        email = normalize_or_lowercase(email)
        with self._rate_limiter.limit_attempts(
            "sign-in", address, org_id, email, failure=BadCredentials
        ) as attempt:
            checked, renewed = await self._check_credentials(
                org_id, address, email, password, attempt
            )
            actor = Actor(org_id, checked.role, checked.id, checked.name, checked.email)
            return await self._desk.write(
                actor, lambda work: _start_checked_session(work, checked, renewed)
            )

    async def _check_credentials(
        self, org_id: int, address: str, email: str, password: str, attempt: Attempt
    ) -> tuple[Person, str | None]:
        """Returns the person with this e-mail and password, and a new hash if theirs is outdated.

        It takes as long for an unknown e-mail, so the time of a response says nothing. Raises
        BadCredentials.
        """
        person = await self._database.read_snapshot(
            lambda reading: people.find_person_by_email(reading, org_id, email)
        )
        right = await self._passwords.check_password(
            person.password_hash if person else None,
            password,
            address=address,
            is_familiar=attempt.is_familiar,
        )
        if person is None or not right or not person.active:
            raise BadCredentials("The organization, the e-mail or the password is wrong.")
        if right is PasswordCheck.OUTDATED:
            return person, await self._passwords.hash_password(password, address=address)
        return person, None


def start_person_session(work: UnitOfWork, person: Person) -> SessionView:
    """Starts a session for a person whose right to it has been checked in this transaction."""
    now = to_microseconds(work.now)
    expires_at = to_microseconds(work.now + SESSION_LIFETIME)
    token = sessions.start_session(work.writing, person.org_id, person.id, now, expires_at)
    return SessionView(token, from_microseconds(expires_at), views.render_me(person))


def _start_checked_session(
    work: UnitOfWork, checked: Person, password_hash: str | None
) -> SessionView:
    person = accounts.load_person(work, checked.id)
    if person.password_hash != checked.password_hash or not person.active:
        # Changed while the password was being checked: that was the old one.
        raise BadCredentials("The organization, the e-mail or the password is wrong.")
    if password_hash is not None:
        people.save_person(work.writing, replace(person, password_hash=password_hash))
    return start_person_session(work, person)
