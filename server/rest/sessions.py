"""Sessions and the caller's own account over REST."""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from common import endpoints
from common.accounts import ChangePassword, OpenSession, SetPresence, SignUp
from common.addresses import canonical_or_typed
from common.endpoint import Endpoint
from common.errors import Forbidden, Invalid, NotFound, Refused
from common.organization import Settings, Signup
from common.people import Actor
from common.wire import SessionView
from server.desk import accounts, presence_changes
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.passwords import Checked, Passwords
from server.rendering import views
from server.rest.core import response
from server.rest.core.authentication import Logins
from server.rest.core.dispatch import Handler
from server.rest.core.rate_limit import Attempt, Brakes
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import loaded, stored
from server.storage.queries import org_sequence, people, sessions
from server.storage.queries.name_resolver import system
from server.storage.queries.people import Person

LIFETIME: Final = timedelta(days=14)
"""How long a session lives if nobody ends it."""


class BadCredentials(Refused):
    slug, title, status = "bad-credentials", "These credentials do not open a session", 401


class Identity:
    """Signing in, out and up, and the own password."""

    def __init__(
        self, database: Database, desk: Desk, logins: Logins, passwords: Passwords, brakes: Brakes
    ) -> None:
        self._database = database
        self._desk = desk
        self._logins = logins
        self._passwords = passwords
        self._brakes = brakes

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.OPEN_SESSION: self.sign_in,
            endpoints.END_SESSION: self.sign_out,
            endpoints.READ_ME: self.me,
            endpoints.CHANGE_PASSWORD: self.change_password,
            endpoints.SET_PRESENCE: self.set_presence,
            endpoints.SIGN_UP: self.sign_up,
        }

    async def sign_in(self, call: Call) -> Answer:
        command = await call.body(OpenSession)
        # Spellings of one address are one account, so they count as one here too.
        email = canonical_or_typed(command.email)
        with self._brakes.attempt(
            "sign-in", call.address, call.org_id, email, failure=BadCredentials
        ) as attempt:
            checked, renewed = await self._checked(call, email, command.password, attempt)
            return await self._desk.write(
                _actor(checked), lambda turn: _start(turn, checked, renewed)
            )

    async def _checked(
        self, call: Call, email: str, password: str, attempt: Attempt
    ) -> tuple[Person, str | None]:
        """Returns the person with this e-mail and password, and a hash of today's form if needed.

        It takes as long for somebody who is not there: the answer's time says nothing. Raises
        BadCredentials.
        """
        org_id = call.org_id
        person = await self._database.read_snapshot(
            lambda reading: people.find_by_email(reading, org_id, email)
        )
        right = await self._passwords.check(
            person.password_hash if person else None,
            password,
            address=call.address,
            is_familiar=attempt.is_familiar,
        )
        if person is None or not right or not person.active:
            raise BadCredentials("The organization, the e-mail or the password is wrong.")
        if right is Checked.OUTDATED:
            return person, await self._passwords.hash(password, address=call.address)
        return person, None

    async def sign_out(self, call: Call) -> Answer:
        token_hash = call.login.token_hash
        await self._desk.write(call.actor, lambda turn: accounts.end_sessions(turn, [token_hash]))
        self._logins.forget()
        return Answer(204)

    async def me(self, call: Call) -> Answer:
        person = await self._own(call)
        return response.of(views.me(person))

    async def change_password(self, call: Call) -> Answer:
        command = await call.body(ChangePassword)
        own = await self._own(call)
        with self._brakes.attempt("own-password", "", own.org_id, own.id, failure=Invalid):
            if not await self._passwords.check(
                own.password_hash, command.current_password, address=call.address
            ):
                raise Invalid.at("/current_password", "is not your password")
        password_hash = await self._passwords.hash(command.new_password, address=call.address)
        kept = call.login.token_hash

        def job(turn: UnitOfWork) -> None:
            _ = turn.ledger
            person = accounts.find(turn, own.id)
            people.save(turn.writing, replace(person, password_hash=password_hash))
            others = sessions.of_user(turn.writing, own.org_id, own.id)
            accounts.end_sessions(turn, [it for it in others if it != kept])

        await self._desk.write(call.actor, job)
        self._logins.forget()
        return Answer(204)

    async def set_presence(self, call: Call) -> Answer:
        command = await call.body(SetPresence)
        own = call.actor.id or 0

        def job(turn: UnitOfWork) -> Answer:
            until = None
            if command.ttl_seconds:
                until = stored(turn.now + timedelta(seconds=command.ttl_seconds))
            person = presence_changes.change(turn, own, command.state, until)
            return response.of(views.me(person))

        return await self._desk.write(call.actor, job)

    async def sign_up(self, call: Call) -> Answer:
        command = await call.body(SignUp)
        org_id = call.org_id
        self._brakes.stranger("sign-up", call.address, org_id, command.email.lower())
        await self._database.read_snapshot(
            lambda reading: _check_open(org_sequence.read_settings(reading, org_id))
        )
        password_hash = await self._passwords.hash(command.password, address=call.address)

        def job(turn: UnitOfWork) -> Answer:
            _check_open(turn.settings)
            accounts.check_free(turn, command.email)
            person = accounts.new_customer(turn, command.email, command.name, password_hash)
            return response.of(views.user(person, whole=True), 201)

        return await self._desk.write(system(org_id), job)

    async def _own(self, call: Call) -> Person:
        actor = call.actor
        person = await self._database.read_one(
            lambda reading: people.find(reading, actor.org_id, actor.id or 0)
        )
        if person is None:
            raise NotFound
        return person


def _actor(person: Person) -> Actor:
    return Actor(person.org_id, person.role, person.id, person.name, person.email)


def _start(turn: UnitOfWork, checked: Person, password_hash: str | None) -> Answer:
    if password_hash is not None:
        _ = turn.ledger  # a row is saved whole: nobody may change it meanwhile
    person = accounts.find(turn, checked.id)
    if person.password_hash != checked.password_hash or not person.active:
        # Changed while the password was being checked: that was the old one.
        raise BadCredentials("The organization, the e-mail or the password is wrong.")
    if password_hash is not None:
        people.save(turn.writing, replace(person, password_hash=password_hash))
    now = stored(turn.now)
    expires_at = stored(turn.now + LIFETIME)
    token = sessions.start(turn.writing, person.org_id, person.id, now, expires_at)
    return response.of(SessionView(token, loaded(expires_at), views.me(person)), 201)


def _check_open(settings: Settings) -> None:
    if settings.signup is not Signup.OPEN:
        raise Forbidden("This organization does not let customers register themselves.")
