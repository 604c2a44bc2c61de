"""Following tickets over REST, and the agents whom a mention makes follow one."""

from common import telling_endpoints
from common.endpoint import Endpoint
from common.wire import MentionableView, Page
from server.desk import Desk, Turn
from server.rest import answer
from server.rest.answer import Answer
from server.rest.call import Call
from server.rest.door import Handler
from server.rest.reading import seen
from server.storage import followers, ledger
from server.storage.database import Database
from server.storage.transaction import Reading


class Following:
    """Agents follow for themselves; an API key is nobody, and follows nothing."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            telling_endpoints.FOLLOW_TICKET: self.follow,
            telling_endpoints.UNFOLLOW_TICKET: self.unfollow,
            telling_endpoints.LIST_FOLLOWERS: self.followers,
            telling_endpoints.LIST_MENTIONABLE: self.mentionable,
        }

    async def follow(self, call: Call) -> Answer:
        number = call.number("number")
        await call.nothing()

        def job(turn: Turn) -> None:
            ticket = turn.ticket(number)
            followers.add(turn.writing, ticket.org_id, number, turn.actor.id or 0)

        await self._desk.write(call.actor, job)
        return Answer(204)

    async def unfollow(self, call: Call) -> Answer:
        number = call.number("number")

        def job(turn: Turn) -> None:
            ticket = turn.ticket(number)
            followers.remove(turn.writing, ticket.org_id, number, turn.actor.id or 0)

        await self._desk.write(call.actor, job)
        return Answer(204)

    async def followers(self, call: Call) -> Answer:
        number, actor = call.number("number"), call.actor

        def job(reading: Reading) -> Answer:
            seen(reading, actor, number)
            found = followers.named(reading, actor.org_id, number)
            return answer.of_page(Page(found, None, ledger.seq_of(reading, actor.org_id)))

        return await self._database.read_snapshot(job)

    async def mentionable(self, call: Call) -> Answer:
        org_id = call.actor.org_id

        def job(reading: Reading) -> Answer:
            agents = followers.nameable(reading, org_id)
            items = [MentionableView(it.id, it.name, it.handle) for it in agents if it.active]
            return answer.of_page(Page(items, None, ledger.seq_of(reading, org_id)))

        return await self._database.read_snapshot(job)
