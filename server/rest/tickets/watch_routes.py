"""Watching tickets over REST: colleagues see on the stream who looks and who writes."""

from typing import Protocol

from common.endpoint import Endpoint
from common.notification_endpoints import WATCH_TICKET
from common.watching import WatchTicket, WatchView
from common.wire import PersonRef
from server.rest.core.dispatch import Handler
from server.rest.core.path_visibility import check_ticket_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database


class WatchStream(Protocol):
    """The part of the stream that these routes need."""

    def publish_watch(self, org_id: int, watch: WatchView) -> None: ...


class WatchRoutes:
    """The route that says who is at a ticket. Nothing is stored."""

    def __init__(self, database: Database, stream: WatchStream) -> None:
        self._database = database
        self._stream = stream

    def routes(self) -> dict[Endpoint, Handler]:
        return {WATCH_TICKET: self.watch_ticket}

    async def watch_ticket(self, call: RequestContext) -> ApiResponse:
        number, actor = call.path_number("number"), call.actor
        command = await call.parse_body(WatchTicket)
        await self._database.read_snapshot(
            lambda reading: check_ticket_visible(reading, actor, number)
        )
        who = PersonRef(actor.id or 0, actor.name)
        watch = WatchView(number, who, command.typing, command.left)
        self._stream.publish_watch(call.org_id, watch)
        return ApiResponse(204)
