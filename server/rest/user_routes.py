"""People over REST: listed by agents, kept by admins."""

from collections.abc import Callable, Sequence

from msgspec import UNSET, UnsetType

from common import endpoints, person_endpoints, queries
from common.accounts import CreateUser, EditUser, MergeUser
from common.endpoint import Endpoint
from common.errors import NotFound
from common.wire import Page
from server.desk.desk import Desk
from server.desk.erasure import user_erasure
from server.desk.mail import delivery_failures
from server.desk.people import accounts, person_merging
from server.desk.recording.unit_of_work import UnitOfWork
from server.passwords import Passwords
from server.rendering import views
from server.rest.core import pagination, response
from server.rest.core.authentication import Authenticator
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.person import people, undelivered_mail
from server.storage.queries.person.people import Person
from server.storage.queries.person.undelivered_mail import UndeliverableAddressMark


class UserRoutes:
    """The routes below `/users`."""

    def __init__(
        self, database: Database, desk: Desk, authenticator: Authenticator, passwords: Passwords
    ) -> None:
        self._database = database
        self._desk = desk
        self._authenticator = authenticator
        self._passwords = passwords

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_USERS: self.list_users,
            endpoints.READ_USER: self.read_user,
            endpoints.CREATE_USER: self.create_user,
            endpoints.EDIT_USER: self.edit_user,
            endpoints.ERASE_USER: self.erase_user,
            person_endpoints.MERGE_USER: self.merge_user,
            person_endpoints.UNMERGE_USER: self.unmerge_user,
            endpoints.CLEAR_UNDELIVERABLE: self.clear_undeliverable,
        }

    async def list_users(self, call: RequestContext) -> ApiResponse:
        query, actor = call.parse_query(queries.UserQuery), call.actor
        page = pagination.parse_id_page(query)
        words = None if query.q is UNSET else query.q

        def job(reading: ReadTransaction) -> ApiResponse:
            found, next_cursor = page.fetch_items(
                lambda after, count: people.list_people(
                    reading, actor.org_id, query.role, words, after, count
                ),
                lambda person: person.id,
            )
            stopped = _list_stopped(reading, actor.org_id, found)
            items = [
                views.render_user(it, whole=actor.is_supervisor, stopped=stopped.get(it.id))
                for it in found
            ]
            return response.make_page_response(
                Page(items, next_cursor, org_sequence.read_newest_seq(reading, actor.org_id))
            )

        return await self._database.read_snapshot(job)

    async def read_user(self, call: RequestContext) -> ApiResponse:
        actor, person_id = call.actor, call.path_number("id")

        def job(reading: ReadTransaction) -> ApiResponse:
            person = people.find_person(reading, actor.org_id, person_id)
            if person is None:
                raise NotFound
            stopped = _list_stopped(reading, actor.org_id, [person]).get(person_id)
            return response.make_response(
                views.render_user(person, whole=actor.is_supervisor, stopped=stopped)
            )

        return await self._database.read_snapshot(job)

    async def clear_undeliverable(self, call: RequestContext) -> ApiResponse:
        person_id = call.path_number("id")
        await self._desk.write(
            call.actor, lambda work: delivery_failures.resume_mail(work, person_id)
        )
        return ApiResponse(204)

    async def create_user(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(CreateUser)
        password_hash = await self._hash_password(call, command.password)

        def render(person: Person) -> ApiResponse:
            location = f"/v1/orgs/{person.org_id}/users/{person.id}"
            return response.make_response(
                views.render_user(person, whole=True), 201, Location=location
            )

        return await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: accounts.create_user(work, command, password_hash),
            render,
        )

    async def edit_user(self, call: RequestContext) -> ApiResponse:
        person_id = call.path_number("id")
        command = await call.parse_body(EditUser)
        password_hash = await self._hash_password(call, command.password)
        return await self._write_change(
            call, command, lambda work: accounts.edit_user(work, person_id, command, password_hash)
        )

    async def erase_user(self, call: RequestContext) -> ApiResponse:
        person_id = call.path_number("id")
        return await self._write_change(
            call, None, lambda work: user_erasure.erase_user(work, person_id)
        )

    async def merge_user(self, call: RequestContext) -> ApiResponse:
        person_id = call.path_number("id")
        command = await call.parse_body(MergeUser)
        return await self._write_change(
            call, command, lambda work: person_merging.merge_person(work, person_id, command)
        )

    async def unmerge_user(self, call: RequestContext) -> ApiResponse:
        person_id = call.path_number("id")
        await call.require_empty_body()
        return await self._write_change(
            call, None, lambda work: person_merging.unmerge_person(work, person_id)
        )

    async def _hash_password(self, call: RequestContext, password: str | UnsetType) -> str | None:
        """Returns the hash of a password; None where the body has none."""
        return (
            await self._passwords.hash_password(password, address=call.address)
            if password
            else None
        )

    async def _write_change(
        self, call: RequestContext, body: object, job: Callable[[UnitOfWork], Person]
    ) -> ApiResponse:
        reply = await write_idempotently(
            self._desk,
            call,
            body,
            job,
            lambda person: response.make_response(views.render_user(person, whole=True)),
        )
        self._authenticator.clear_cache()
        return reply


def _list_stopped(
    reading: ReadTransaction, org_id: int, found: Sequence[Person]
) -> dict[int, UndeliverableAddressMark]:
    """Returns for the people to whom nothing is mailed why, by id."""
    ids = [person.id for person in found]
    if not ids:
        return {}
    return undelivered_mail.list_undeliverable_people(reading, org_id, min(ids), max(ids))
