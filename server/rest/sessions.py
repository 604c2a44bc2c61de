"""Sessions and the caller's own account over REST."""

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from common import endpoints
from common.accounts import ChangePassword, OpenSession, SetPresence, SignUp
from common.addresses import normalize_or_lowercase
from common.endpoint import Endpoint
from common.errors import Forbidden, Invalid, NotFound, RequestRefused
from common.organization import OrganizationSettings, Signup
from common.people import Actor
from common.wire import SessionView
from server.desk import accounts, presence_changes
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, to_microseconds
from server.passwords import PasswordCheck, Passwords
from server.rendering import views
from server.rest.core import response
from server.rest.core.authentication import Authenticator
from server.rest.core.dispatch import Handler
from server.rest.core.rate_limit import Attempt, RateLimiter
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.queries import org_sequence, people, sessions
from server.storage.queries.name_resolver import make_system_actor
from server.storage.queries.people import Person

SESSION_LIFETIME: Final = timedelta(days=14)
"""The life of a session that nobody ends."""


class BadCredentials(RequestRefused):
    slug, title, status = "bad-credentials", "These credentials do not open a session", 401


class SessionRoutes:
    """Signing in, out and up, and the own password."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        authenticator: Authenticator,
        passwords: Passwords,
        rate_limiter: RateLimiter,
    ) -> None:
        self._database = database
        self._desk = desk
        self._authenticator = authenticator
        self._passwords = passwords
        self._rate_limiter = rate_limiter

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.OPEN_SESSION: self.sign_in,
            endpoints.END_SESSION: self.sign_out,
            endpoints.READ_ME: self.read_me,
            endpoints.CHANGE_PASSWORD: self.change_password,
            endpoints.SET_PRESENCE: self.set_presence,
            endpoints.SIGN_UP: self.sign_up,
        }

    async def sign_in(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(OpenSession)
        # Spellings of one address are one account, so they count as one here too.
        email = normalize_or_lowercase(command.email)
        with self._rate_limiter.limit_attempts(
            "sign-in", call.address, call.org_id, email, failure=BadCredentials
        ) as attempt:
            checked, renewed = await self._check_credentials(call, email, command.password, attempt)
            session = await self._desk.write(
                _make_actor(checked), lambda work: _start_session(work, checked, renewed)
            )
        return response.make_response(session, 201)

    async def _check_credentials(
        self, call: RequestContext, email: str, password: str, attempt: Attempt
    ) -> tuple[Person, str | None]:
        """Returns the person with this e-mail and password, and a new hash if theirs is outdated.

        It takes as long for an unknown e-mail, so the time of a response says nothing. Raises
        BadCredentials.
        """
        org_id = call.org_id
        person = await self._database.read_snapshot(
            lambda reading: people.find_person_by_email(reading, org_id, email)
        )
        right = await self._passwords.check_password(
            person.password_hash if person else None,
            password,
            address=call.address,
            is_familiar=attempt.is_familiar,
        )
        if person is None or not right or not person.active:
            raise BadCredentials("The organization, the e-mail or the password is wrong.")
        if right is PasswordCheck.OUTDATED:
            return person, await self._passwords.hash_password(password, address=call.address)
        return person, None

    async def sign_out(self, call: RequestContext) -> ApiResponse:
        token_hash = call.login.token_hash
        await self._desk.write(call.actor, lambda work: accounts.end_sessions(work, [token_hash]))
        self._authenticator.clear_cache()
        return ApiResponse(204)

    async def read_me(self, call: RequestContext) -> ApiResponse:
        person = await self._load_caller(call)
        return response.make_response(views.render_me(person))

    async def change_password(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(ChangePassword)
        own = await self._load_caller(call)
        with self._rate_limiter.limit_attempts(
            "own-password", "", own.org_id, own.id, failure=Invalid
        ):
            if not await self._passwords.check_password(
                own.password_hash, command.current_password, address=call.address
            ):
                raise Invalid.for_field("/current_password", "is not your password")
        password_hash = await self._passwords.hash_password(
            command.new_password, address=call.address
        )
        kept = call.login.token_hash

        def job(work: UnitOfWork) -> None:
            person = accounts.load_person(work, own.id)
            people.save_person(work.writing, replace(person, password_hash=password_hash))
            others = sessions.list_session_hashes(work.writing, own.org_id, own.id)
            accounts.end_sessions(work, [it for it in others if it != kept])

        await self._desk.write(call.actor, job)
        self._authenticator.clear_cache()
        return ApiResponse(204)

    async def set_presence(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(SetPresence)
        own = call.actor.id or 0

        def job(work: UnitOfWork) -> Person:
            until = None
            if command.ttl_seconds:
                until = to_microseconds(work.now + timedelta(seconds=command.ttl_seconds))
            return presence_changes.change_presence(work, own, command.state, until)

        person = await self._desk.write(call.actor, job)
        return response.make_response(views.render_me(person))

    async def sign_up(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(SignUp)
        org_id = call.org_id
        self._rate_limiter.limit_anonymous("sign-up", call.address, org_id, command.email.lower())
        await self._database.read_snapshot(
            lambda reading: _check_signup_open(org_sequence.read_settings(reading, org_id))
        )
        password_hash = await self._passwords.hash_password(command.password, address=call.address)

        def job(work: UnitOfWork) -> Person:
            _check_signup_open(work.settings)
            accounts.check_email_free(work, command.email)
            return accounts.create_customer(work, command.email, command.name, password_hash)

        person = await self._desk.write(make_system_actor(org_id), job)
        return response.make_response(views.render_user(person, whole=True), 201)

    async def _load_caller(self, call: RequestContext) -> Person:
        actor = call.actor
        person = await self._database.read_one(
            lambda reading: people.find_person(reading, actor.org_id, actor.id or 0)
        )
        if person is None:
            raise NotFound
        return person


def _make_actor(person: Person) -> Actor:
    return Actor(person.org_id, person.role, person.id, person.name, person.email)


def _start_session(work: UnitOfWork, checked: Person, password_hash: str | None) -> SessionView:
    person = accounts.load_person(work, checked.id)
    if person.password_hash != checked.password_hash or not person.active:
        # Changed while the password was being checked: that was the old one.
        raise BadCredentials("The organization, the e-mail or the password is wrong.")
    if password_hash is not None:
        people.save_person(work.writing, replace(person, password_hash=password_hash))
    now = to_microseconds(work.now)
    expires_at = to_microseconds(work.now + SESSION_LIFETIME)
    token = sessions.start_session(work.writing, person.org_id, person.id, now, expires_at)
    return SessionView(token, from_microseconds(expires_at), views.render_me(person))


def _check_signup_open(settings: OrganizationSettings) -> None:
    if settings.signup is not Signup.OPEN:
        raise Forbidden("This organization does not let customers register themselves.")
