"""Sessions and the caller's own account over REST."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from common import endpoints
from common.accounts import ChangePassword, OpenSession, SetPresence
from common.endpoint import Endpoint
from common.errors import Invalid, NotFound
from server.desk.desk import Desk
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.routing import presence_changes
from server.domain.timestamps import to_microseconds
from server.passwords import Passwords
from server.rendering import views
from server.rest.core import response
from server.rest.core.authentication import Authenticator
from server.rest.core.dispatch import Handler
from server.rest.core.password_sign_in import PasswordSignIn
from server.rest.core.rate_limit import RateLimiter
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.queries.person import people, sessions
from server.storage.queries.person.people import Person


class SessionRoutes:
    """Signing in and out, and the own password."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        authenticator: Authenticator,
        passwords: Passwords,
        rate_limiter: RateLimiter,
        public_url: Callable[[], str],
    ) -> None:
        self._database = database
        self._desk = desk
        self._authenticator = authenticator
        self._passwords = passwords
        self._rate_limiter = rate_limiter
        self._public_url = public_url
        self._sign_in = PasswordSignIn(database, desk, passwords, rate_limiter)

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.OPEN_SESSION: self.sign_in,
            endpoints.END_SESSION: self.sign_out,
            endpoints.READ_ME: self.read_me,
            endpoints.CHANGE_PASSWORD: self.change_password,
            endpoints.SET_PRESENCE: self.set_presence,
        }

    async def sign_in(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(OpenSession)
        session = await self._sign_in.open_session(
            call.org_id, call.address, command.email, command.password
        )
        public_url = self._public_url().rstrip("/")
        return response.make_response(replace(session, public_url=public_url), 201)

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

    async def _load_caller(self, call: RequestContext) -> Person:
        actor = call.actor
        person = await self._database.read_one(
            lambda reading: people.find_person(reading, actor.org_id, actor.id or 0)
        )
        if person is None:
            raise NotFound
        return person
