"""Saved views over REST: seen by agents and keys, changed by their owners."""

from typing import Protocol

from msgspec.structs import replace

from common import library_endpoints as endpoints
from common.endpoint import TICKETS_READ, Endpoint
from common.errors import NotFound
from common.people import Actor
from common.queries import TicketQuery
from common.saved_views import CreateView, EditView, SavedView, ViewQuery
from common.tickets.permissions import check_access
from common.wire import Page
from server.clock import Clock
from server.desk.administration import view_admin
from server.desk.administration.view_admin import render_saved_view
from server.desk.desk import Desk
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.entity_tags import make_version_etag
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.tickets.list_requests import TicketListRequest
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.organization import saved_views
from server.storage.queries.organization.saved_views import StoredView


class ViewStream(Protocol):
    """The part of the stream that these routes need."""

    def publish_own_views(self, org_id: int, user_id: int) -> None: ...


class SavedViewRoutes:
    """The routes below `/views`."""

    def __init__(self, database: Database, desk: Desk, stream: ViewStream, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._stream = stream
        self._clock = clock

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_VIEWS: self.list_views,
            endpoints.CREATE_VIEW: self.create_view,
            endpoints.READ_VIEW: self.read_view,
            endpoints.EDIT_VIEW: self.edit_view,
            endpoints.DELETE_VIEW: self.delete_view,
        }

    async def list_views(self, call: RequestContext) -> ApiResponse:
        query, actor = call.parse_query(ViewQuery), call.actor
        if query.include:  # a count says what a list would say
            check_access(actor, endpoints.LIST_VIEWS.roles, TICKETS_READ)

        def job(reading: ReadTransaction) -> ApiResponse:
            found = saved_views.list_views(reading, actor.org_id, _find_viewer(actor))
            views = [render_saved_view(view) for view in found]
            if query.include:
                views = [self._count_view(reading, actor, view) for view in views]
            seq = org_sequence.read_newest_seq(reading, actor.org_id)
            return response.make_page_response(Page(views, None, seq))

        return await self._database.read_snapshot(job)

    def _count_view(self, reading: ReadTransaction, actor: Actor, view: SavedView) -> SavedView:
        query = TicketQuery(filter=view.filter)
        wanted = TicketListRequest(self._database.dialect, actor, query, self._clock())
        return replace(view, count=wanted.count_tickets(reading))

    async def read_view(self, call: RequestContext) -> ApiResponse:
        view_id, actor = call.path_number("id"), call.actor

        def job(reading: ReadTransaction) -> StoredView:
            found = saved_views.find_view(reading, actor.org_id, view_id, _find_viewer(actor))
            if found is None:
                raise NotFound
            return found

        return _make_view_response(await self._database.read_snapshot(job))

    async def create_view(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(CreateView)
        reply = await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: view_admin.create_view(work, command),
            lambda made: _make_view_response(made, 201),
        )
        self._signal_change(call)
        return reply

    async def edit_view(self, call: RequestContext) -> ApiResponse:
        view_id, if_match = call.path_number("id"), call.if_match
        command = await call.parse_body(EditView)
        after = await self._desk.write(
            call.actor, lambda work: view_admin.edit_view(work, view_id, command, if_match)
        )
        self._signal_change(call)
        return _make_view_response(after)

    async def delete_view(self, call: RequestContext) -> ApiResponse:
        view_id, if_match = call.path_number("id"), call.if_match
        await self._desk.write(
            call.actor, lambda work: view_admin.delete_view(work, view_id, if_match)
        )
        self._signal_change(call)
        return ApiResponse(204)

    def _signal_change(self, call: RequestContext) -> None:
        """Has the caller's other terminals read the views again; a shared one has its event."""
        self._stream.publish_own_views(call.org_id, call.actor.id or 0)


def _find_viewer(actor: Actor) -> int | None:
    """Returns the person whose own views the caller may see; a key is nobody."""
    return actor.id if actor.is_agent else None


def _make_view_response(view: StoredView, status: int = 200) -> ApiResponse:
    return response.make_response(
        render_saved_view(view), status, ETag=make_version_etag(view.version)
    )
