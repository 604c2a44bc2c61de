"""The organization's settings and its API keys over REST."""

from functools import partial

import msgspec
from msgspec import UNSET

from common import endpoints, queries
from common.accounts import CreateApiKey
from common.endpoint import Endpoint
from common.errors import Invalid, NotFound
from common.organization import ApplyPolicies, EditOrganization, PoliciesApplied
from common.wire import ApiKeyView, Page
from server.desk import due_actions, reapply_sla
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain import settings_rules
from server.rendering import views
from server.rest.core import response
from server.rest.core.authentication import Logins
from server.rest.core.cursor import encode
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.rest.users import place_of
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import loaded, stored
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence, people, sessions


class Administration:
    """What admins keep, and agents may read."""

    def __init__(self, database: Database, desk: Desk, logins: Logins) -> None:
        self._database = database
        self._desk = desk
        self._logins = logins

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.READ_ORGANIZATION: self.read,
            endpoints.EDIT_ORGANIZATION: self.edit,
            endpoints.APPLY_POLICIES: self.apply_policies,
            endpoints.LIST_API_KEYS: self.keys,
            endpoints.CREATE_API_KEY: self.create_key,
            endpoints.DELETE_API_KEY: self.delete_key,
        }

    async def read(self, call: Call) -> Answer:
        org_id = call.org_id
        settings = await self._database.read_snapshot(
            lambda reading: org_sequence.read_settings(reading, org_id)
        )
        return response.of(views.organization(org_id, settings))

    async def edit(self, call: Call) -> Answer:
        command = await call.body(EditOrganization)
        return await self._desk.write(call.actor, lambda turn: _edit(turn, command))

    async def apply_policies(self, call: Call) -> Answer:
        """In steps, so that nobody waits for all of it; asked again, it goes on where it was."""
        await call.body(ApplyPolicies)
        tickets, step = 0, reapply_sla.Step(after=0)
        while step.after is not None:
            step = await self._desk.write(call.actor, partial(reapply_sla.apply, after=step.after))
            tickets += step.tickets
        return response.of(PoliciesApplied(tickets))

    async def keys(self, call: Call) -> Answer:
        query, org_id = call.query(queries.PageQuery), call.org_id
        after = 0 if query.cursor is UNSET else place_of(query.cursor)

        def job(reading: Reading) -> Answer:
            found = sessions.keys(reading, org_id, after, query.limit + 1)
            more, found = len(found) > query.limit, found[: query.limit]
            items = [ApiKeyView(it[0], it[1], it[2], loaded(it[3])) for it in found]
            next_cursor = encode(found[-1][0]) if more else None
            return response.of_page(Page(items, next_cursor, org_sequence.seq_of(reading, org_id)))

        return await self._database.read_snapshot(job)

    async def create_key(self, call: Call) -> Answer:
        command = await call.body(CreateApiKey)
        return await self._desk.write(call.actor, lambda turn: _create_key(turn, command))

    async def delete_key(self, call: Call) -> Answer:
        key_id = call.number("id")

        def job(turn: UnitOfWork) -> None:
            if not sessions.end_key(turn.writing, turn.actor.org_id, key_id):
                raise NotFound

        await self._desk.write(call.actor, job)
        self._logins.forget()
        return Answer(204)


def _edit(turn: UnitOfWork, command: EditOrganization) -> Answer:
    before = turn.settings
    after = command.applied_to(before)
    faults = settings_rules.faults(after)
    if command.categories:
        skills = people.skills_of_agents(turn.writing, turn.actor.org_id)
        faults += settings_rules.unstaffed(after, skills)
    if faults:
        raise Invalid(*faults)
    if after != before:
        turn.ledger.save_settings(after)
        due_actions.rescheduled(turn, before, after)
        turn.record_organization()
    return response.of(views.organization(turn.actor.org_id, after))


def _create_key(turn: UnitOfWork, command: CreateApiKey) -> Answer:
    now, key_id = stored(turn.now), turn.ledger.next_api_key()
    scopes = tuple(dict.fromkeys(command.scopes))
    key = sessions.add_key(
        turn.writing,
        org_id=turn.actor.org_id,
        key_id=key_id,
        name=command.name,
        scopes=msgspec.json.encode(scopes).decode(),
        now=now,
    )
    return response.of(ApiKeyView(key_id, command.name, scopes, loaded(now), key), 201)
