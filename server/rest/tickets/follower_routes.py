"""Following tickets over REST, and the agents whom a mention makes follow one."""

from common import notification_endpoints
from common.endpoint import Endpoint
from common.wire import MentionableView, Page
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.rest.tickets.ticket_reads import seen
from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading
from server.storage.queries import followers, org_sequence


class Following:
    """Agents follow for themselves; an API key is nobody, and follows nothing."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            notification_endpoints.FOLLOW_TICKET: self.follow,
            notification_endpoints.UNFOLLOW_TICKET: self.unfollow,
            notification_endpoints.LIST_FOLLOWERS: self.followers,
            notification_endpoints.LIST_MENTIONABLE: self.mentionable,
        }

    async def follow(self, call: Call) -> Answer:
        number = call.number("number")
        await call.nothing()

        def job(turn: UnitOfWork) -> None:
            ticket = turn.ticket(number)
            followers.add(turn.writing, ticket.org_id, number, turn.actor.id or 0)

        await self._desk.write(call.actor, job)
        return Answer(204)

    async def unfollow(self, call: Call) -> Answer:
        number = call.number("number")

        def job(turn: UnitOfWork) -> None:
            ticket = turn.ticket(number)
            followers.remove(turn.writing, ticket.org_id, number, turn.actor.id or 0)

        await self._desk.write(call.actor, job)
        return Answer(204)

    async def followers(self, call: Call) -> Answer:
        number, actor = call.number("number"), call.actor

        def job(reading: Reading) -> Answer:
            seen(reading, actor, number)
            found = followers.named(reading, actor.org_id, number)
            return response.of_page(Page(found, None, org_sequence.seq_of(reading, actor.org_id)))

        return await self._database.read_snapshot(job)

    async def mentionable(self, call: Call) -> Answer:
        org_id = call.actor.org_id

        def job(reading: Reading) -> Answer:
            agents = followers.nameable(reading, org_id)
            items = [MentionableView(it.id, it.name, it.handle) for it in agents if it.active]
            return response.of_page(Page(items, None, org_sequence.seq_of(reading, org_id)))

        return await self._database.read_snapshot(job)
