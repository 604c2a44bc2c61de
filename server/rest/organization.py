"""The organization's settings and its API keys over REST."""

from functools import partial

import msgspec

from common import endpoints, queries
from common.accounts import CreateApiKey
from common.endpoint import Endpoint
from common.errors import Invalid, NotFound
from common.organization import (
    ApplyPolicies,
    EditOrganization,
    OrganizationSettings,
    PoliciesApplied,
)
from common.wire import ApiKeyView, Page
from server.desk import due_actions, event_recorder, reapply_sla
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain import settings_rules
from server.domain.timestamps import from_microseconds, to_microseconds
from server.rendering import views
from server.rest.core import pagination, response
from server.rest.core.authentication import Authenticator
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries import org_sequence, people, sessions


class OrganizationRoutes:
    """Routes of settings and API keys, which admins change."""

    def __init__(self, database: Database, desk: Desk, authenticator: Authenticator) -> None:
        self._database = database
        self._desk = desk
        self._authenticator = authenticator

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.READ_ORGANIZATION: self.read_organization,
            endpoints.EDIT_ORGANIZATION: self.edit_organization,
            endpoints.APPLY_POLICIES: self.apply_policies,
            endpoints.LIST_API_KEYS: self.list_api_keys,
            endpoints.CREATE_API_KEY: self.create_api_key,
            endpoints.DELETE_API_KEY: self.delete_api_key,
        }

    async def read_organization(self, call: RequestContext) -> ApiResponse:
        org_id = call.org_id
        settings = await self._database.read_snapshot(
            lambda reading: org_sequence.read_settings(reading, org_id)
        )
        return response.make_response(views.render_organization(org_id, settings))

    async def edit_organization(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(EditOrganization)
        after = await self._desk.write(call.actor, lambda work: _edit_settings(work, command))
        return response.make_response(views.render_organization(call.org_id, after))

    async def apply_policies(self, call: RequestContext) -> ApiResponse:
        """Applies the policies in steps, so that nobody waits for all of it; a retry continues."""
        await call.parse_body(ApplyPolicies)
        tickets, step = 0, reapply_sla.ReapplyProgress(after=0)
        while step.after is not None:
            step = await self._desk.write(
                call.actor, partial(reapply_sla.reapply_next_tickets, after=step.after)
            )
            tickets += step.tickets
        return response.make_response(PoliciesApplied(tickets))

    async def list_api_keys(self, call: RequestContext) -> ApiResponse:
        query, org_id = call.parse_query(queries.PageQuery), call.org_id
        page = pagination.parse_id_page(query)

        def job(reading: ReadTransaction) -> ApiResponse:
            found, next_cursor = page.fetch_items(
                lambda after, count: sessions.list_api_keys(reading, org_id, after, count),
                lambda row: int(row[0]),
            )
            items = [ApiKeyView(it[0], it[1], it[2], from_microseconds(it[3])) for it in found]
            return response.make_page_response(
                Page(items, next_cursor, org_sequence.read_newest_seq(reading, org_id))
            )

        return await self._database.read_snapshot(job)

    async def create_api_key(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(CreateApiKey)
        made = await self._desk.write(call.actor, lambda work: _create_api_key(work, command))
        return response.make_response(made, 201)

    async def delete_api_key(self, call: RequestContext) -> ApiResponse:
        key_id = call.path_number("id")

        def job(work: UnitOfWork) -> None:
            if not sessions.end_api_key(work.writing, work.actor.org_id, key_id):
                raise NotFound

        await self._desk.write(call.actor, job)
        self._authenticator.clear_cache()
        return ApiResponse(204)


def _edit_settings(work: UnitOfWork, command: EditOrganization) -> OrganizationSettings:
    before = work.settings
    after = command.apply_to(before)
    faults = settings_rules.find_settings_errors(after)
    if command.categories:
        skills = people.read_agent_skills(work.writing, work.actor.org_id)
        faults += settings_rules.find_unstaffed_skills(after, skills)
    if faults:
        raise Invalid(*faults)
    if after != before:
        work.sequence.save_settings(after)
        due_actions.reschedule_due_actions(work, before, after)
        event_recorder.record_organization(work)
    return after


def _create_api_key(work: UnitOfWork, command: CreateApiKey) -> ApiKeyView:
    now, key_id = to_microseconds(work.now), work.sequence.next_api_key_id()
    scopes = tuple(dict.fromkeys(command.scopes))
    key = sessions.add_api_key(
        work.writing,
        org_id=work.actor.org_id,
        key_id=key_id,
        name=command.name,
        scopes=msgspec.json.encode(scopes).decode(),
        now=now,
    )
    return ApiKeyView(key_id, command.name, scopes, from_microseconds(now), key)
