"""People over REST: listed by agents, kept by admins."""

from msgspec import UNSET, UnsetType

from common import endpoints, queries
from common.accounts import CreateUser, EditUser
from common.endpoint import Endpoint
from common.errors import Invalid, NotFound
from common.wire import Page
from server.desk import accounts
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.passwords import Passwords
from server.rendering import views
from server.rest.core import response
from server.rest.core.authentication import Logins
from server.rest.core.cursor import decode, encode
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import Job, write
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence, people


class People:
    """The routes below `/users`."""

    def __init__(
        self, database: Database, desk: Desk, logins: Logins, passwords: Passwords
    ) -> None:
        self._database = database
        self._desk = desk
        self._logins = logins
        self._passwords = passwords

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_USERS: self.page,
            endpoints.READ_USER: self.read,
            endpoints.CREATE_USER: self.create,
            endpoints.EDIT_USER: self.edit,
            endpoints.ERASE_USER: self.erase,
        }

    async def page(self, call: Call) -> Answer:
        query, actor = call.query(queries.UserQuery), call.actor
        after = 0 if query.cursor is UNSET else place_of(query.cursor)
        words = None if query.q is UNSET else query.q

        def job(reading: Reading) -> Answer:
            found = people.page(reading, actor.org_id, query.role, words, after, query.limit + 1)
            more, found = len(found) > query.limit, found[: query.limit]
            items = [views.user(person, whole=actor.is_supervisor) for person in found]
            next_cursor = encode(found[-1].id) if more else None
            return response.of_page(
                Page(items, next_cursor, org_sequence.seq_of(reading, actor.org_id))
            )

        return await self._database.read_snapshot(job)

    async def read(self, call: Call) -> Answer:
        actor, person_id = call.actor, call.number("id")
        person = await self._database.read_snapshot(
            lambda reading: people.find(reading, actor.org_id, person_id)
        )
        if person is None:
            raise NotFound
        return response.of(views.user(person, whole=actor.is_supervisor))

    async def create(self, call: Call) -> Answer:
        command = await call.body(CreateUser)
        password_hash = await self._hash(call, command.password)

        def job(turn: UnitOfWork) -> Answer:
            person = accounts.create(turn, command, password_hash)
            location = f"/v1/orgs/{person.org_id}/users/{person.id}"
            return response.of(views.user(person, whole=True), 201, Location=location)

        return await write(self._desk, call, command, job)

    async def edit(self, call: Call) -> Answer:
        person_id = call.number("id")
        command = await call.body(EditUser)
        password_hash = await self._hash(call, command.password)

        def job(turn: UnitOfWork) -> Answer:
            person = accounts.edit(turn, person_id, command, password_hash)
            return response.of(views.user(person, whole=True))

        return await self._changed(call, command, job)

    async def erase(self, call: Call) -> Answer:
        person_id = call.number("id")
        await call.nothing()

        def job(turn: UnitOfWork) -> Answer:
            return response.of(views.user(accounts.erase(turn, person_id), whole=True))

        return await self._changed(call, None, job)

    async def _hash(self, call: Call, password: str | UnsetType) -> str | None:
        """Returns the hash of a password; None where the body has none."""
        return await self._passwords.hash(password, address=call.address) if password else None

    async def _changed(self, call: Call, body: object, job: Job) -> Answer:
        reply = await write(self._desk, call, body, job)
        self._logins.forget()
        return reply


def place_of(cursor: str) -> int:
    """The id after which a page begins. Raises Invalid."""
    (place,) = decode(cursor, tuple[int])
    if not 0 <= place <= 2**53:
        raise Invalid.query("cursor", "take it from next_cursor, unchanged")
    return int(place)
