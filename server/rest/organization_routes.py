"""The organization's settings and its API keys over REST."""

from functools import partial

from msgspec import UNSET

from common import endpoints, queries
from common.accounts import CreateApiKey
from common.endpoint import Endpoint
from common.organization import (
    ApplyPolicies,
    EditOrganization,
    Organization,
    PoliciesApplied,
)
from common.wire import ApiKeyView, Page
from server.desk.administration import api_keys, organization_settings
from server.desk.desk import Desk
from server.desk.tickets import sla_reapplication
from server.domain.timestamps import from_microseconds
from server.rendering import views
from server.rest.core import pagination, response
from server.rest.core.authentication import Authenticator
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.attachment import attachments
from server.storage.queries.log import org_sequence
from server.storage.queries.organization import organizations
from server.storage.queries.person import sessions


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
        org_id, is_told_sizes = call.org_id, call.actor.is_supervisor

        def job(reading: ReadTransaction) -> Organization:
            settings = organizations.read_settings(reading, org_id)
            used = attachments.read_total_size(reading, org_id) if is_told_sizes else UNSET
            return views.render_organization(org_id, settings, used)

        return response.make_response(await self._database.read_snapshot(job))

    async def edit_organization(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(EditOrganization)
        after = await self._desk.write(
            call.actor, lambda work: organization_settings.edit_settings(work, command)
        )
        return response.make_response(views.render_organization(call.org_id, after))

    async def apply_policies(self, call: RequestContext) -> ApiResponse:
        """Applies the policies in steps, so that nobody waits for all of it; a retry continues."""
        await call.parse_body(ApplyPolicies)
        tickets, step = 0, sla_reapplication.ReapplyProgress(after=0)
        while step.after is not None:
            step = await self._desk.write(
                call.actor, partial(sla_reapplication.reapply_next_tickets, after=step.after)
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
        made = await self._desk.write(
            call.actor, lambda work: api_keys.create_api_key(work, command)
        )
        return response.make_response(made, 201)

    async def delete_api_key(self, call: RequestContext) -> ApiResponse:
        key_id = call.path_number("id")
        await self._desk.write(call.actor, lambda work: api_keys.delete_api_key(work, key_id))
        self._authenticator.clear_cache()
        return ApiResponse(204)
