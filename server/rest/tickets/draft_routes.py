"""Drafts over REST: each agent's own, which the agent's other terminals hear of."""

from typing import Protocol

from msgspec import UNSET

from common.drafts import DiscardDraft, DraftQuery, DraftRef, SaveDraft
from common.endpoint import Endpoint
from common.library_endpoints import DISCARD_DRAFT, LIST_DRAFTS, SAVE_DRAFT
from common.wire import Page
from server.desk.desk import Desk
from server.desk.tickets import ticket_drafts
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.path_visibility import check_ticket_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.ticket import drafts


class DraftStream(Protocol):
    """The part of the stream that these routes need."""

    def publish_draft(self, org_id: int, user_id: int, draft: DraftRef) -> None: ...


class DraftRoutes:
    """The routes of drafts. No caller can name another person's."""

    def __init__(self, database: Database, desk: Desk, stream: DraftStream) -> None:
        self._database = database
        self._desk = desk
        self._stream = stream

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            LIST_DRAFTS: self.list_drafts,
            SAVE_DRAFT: self.save_draft,
            DISCARD_DRAFT: self.discard_draft,
        }

    async def list_drafts(self, call: RequestContext) -> ApiResponse:
        query, actor = call.parse_query(DraftQuery), call.actor
        page, own = pagination.parse_id_page(query), (actor.org_id, actor.id or 0)

        def job(reading: ReadTransaction) -> ApiResponse:
            if query.number is not UNSET:
                check_ticket_visible(reading, actor, query.number)
                found = drafts.list_drafts_to_ticket(reading, *own, query.number)
                next_cursor = None
            else:
                found, next_cursor = page.fetch_items(
                    lambda after, count: drafts.list_drafts(reading, *own, after, count),
                    lambda draft: draft.place,
                )
            seq = org_sequence.read_newest_seq(reading, actor.org_id)
            items = list(map(ticket_drafts.render_draft, found))
            return response.make_page_response(Page(items, next_cursor, seq))

        return await self._database.read_snapshot(job)

    async def save_draft(self, call: RequestContext) -> ApiResponse:
        number, command = call.path_number("number"), await call.parse_body(SaveDraft)
        saved = await self._desk.write(
            call.actor, lambda work: ticket_drafts.save_draft(work, number, command)
        )
        self._signal(call, DraftRef(saved.number, saved.kind, saved.version))
        return response.make_response(ticket_drafts.render_draft(saved))

    async def discard_draft(self, call: RequestContext) -> ApiResponse:
        number, query = call.path_number("number"), call.parse_query(DiscardDraft)
        place = await self._desk.write(
            call.actor,
            lambda work: ticket_drafts.discard_draft(work, number, query.kind, query.version),
        )
        if place is not None:
            self._signal(call, DraftRef(place, query.kind, 0))
        return ApiResponse(204)

    def _signal(self, call: RequestContext, draft: DraftRef) -> None:
        self._stream.publish_draft(call.org_id, call.actor.id or 0, draft)
