"""Inboxes over REST: kept by admins, seen by agents."""

from common import mail_in_endpoints as endpoints
from common import queries
from common.endpoint import Endpoint
from common.mail_in import CreateInbox, InboxView
from common.wire import Page
from server.desk.desk import Desk
from server.desk.mail import inbox_admin
from server.domain.timestamps import from_microseconds
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.mail import inboxes
from server.storage.queries.mail.inboxes import MailInbox


class InboxRoutes:
    """The routes below `/inboxes`."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_INBOXES: self.list_inboxes,
            endpoints.CREATE_INBOX: self.create_inbox,
            endpoints.DELETE_INBOX: self.delete_inbox,
        }

    async def list_inboxes(self, call: RequestContext) -> ApiResponse:
        query, org_id = call.parse_query(queries.PageQuery), call.actor.org_id
        page = pagination.parse_id_page(query)

        def job(reading: ReadTransaction) -> ApiResponse:
            found, next_cursor = page.fetch_items(
                lambda after, count: inboxes.list_inboxes(reading, org_id, after, count),
                lambda inbox: inbox.id,
            )
            seq = org_sequence.read_newest_seq(reading, org_id)
            return response.make_page_response(
                Page([_render_inbox(it) for it in found], next_cursor, seq)
            )

        return await self._database.read_snapshot(job)

    async def create_inbox(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(CreateInbox)
        return await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: inbox_admin.create_inbox(work, command),
            lambda made: response.make_response(_render_inbox(made), 201),
        )

    async def delete_inbox(self, call: RequestContext) -> ApiResponse:
        inbox_id = call.path_number("id")
        await self._desk.write(call.actor, lambda work: inbox_admin.delete_inbox(work, inbox_id))
        return ApiResponse(204)


def _render_inbox(it: MailInbox) -> InboxView:
    return InboxView(it.id, it.address, it.category, from_microseconds(it.created_at))
