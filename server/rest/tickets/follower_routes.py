"""Followers of tickets over REST, and the agents who can be mentioned."""

from common import notification_endpoints
from common.endpoint import Endpoint
from common.wire import MentionableView, Page
from server.desk.desk import Desk
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.path_visibility import check_ticket_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.ticket import followers


class FollowerRoutes:
    """Routes with which agents follow tickets; an API key cannot follow."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            notification_endpoints.FOLLOW_TICKET: self.follow_ticket,
            notification_endpoints.UNFOLLOW_TICKET: self.unfollow_ticket,
            notification_endpoints.LIST_FOLLOWERS: self.list_followers,
            notification_endpoints.LIST_MENTIONABLE: self.list_mentionable,
        }

    async def follow_ticket(self, call: RequestContext) -> ApiResponse:
        number = call.path_number("number")
        await call.require_empty_body()

        def job(work: UnitOfWork) -> None:
            ticket = ticket_repository.load_ticket(work, number)
            followers.add_follower(work.writing, ticket.org_id, number, work.actor.id or 0)

        await self._desk.write(call.actor, job)
        return ApiResponse(204)

    async def unfollow_ticket(self, call: RequestContext) -> ApiResponse:
        number = call.path_number("number")

        def job(work: UnitOfWork) -> None:
            ticket = ticket_repository.load_ticket(work, number)
            followers.remove_follower(work.writing, ticket.org_id, number, work.actor.id or 0)

        await self._desk.write(call.actor, job)
        return ApiResponse(204)

    async def list_followers(self, call: RequestContext) -> ApiResponse:
        number, actor = call.path_number("number"), call.actor

        def job(reading: ReadTransaction) -> ApiResponse:
            check_ticket_visible(reading, actor, number)
            found = followers.list_followers(reading, actor.org_id, number)
            return response.make_page_response(
                Page(found, None, org_sequence.read_newest_seq(reading, actor.org_id))
            )

        return await self._database.read_snapshot(job)

    async def list_mentionable(self, call: RequestContext) -> ApiResponse:
        org_id = call.actor.org_id

        def job(reading: ReadTransaction) -> ApiResponse:
            agents = followers.list_mentionable_agents(reading, org_id)
            items = [MentionableView(it.id, it.name, it.handle) for it in agents if it.active]
            return response.make_page_response(
                Page(items, None, org_sequence.read_newest_seq(reading, org_id))
            )

        return await self._database.read_snapshot(job)
