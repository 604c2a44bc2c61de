"""Reading over REST: lists, tickets, conversations, counts and the log, each one snapshot."""

from typing import Final

from msgspec import UNSET

from common import endpoints, queries, wire
from common.endpoint import Endpoint
from common.envelope import Envelope, EventPage
from common.errors import Invalid, LogChanged, NotFound
from common.people import Actor
from common.permissions import may_see
from common.tickets.ticket import Status
from server.rendering import views
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.rest.tickets import conversation_reads, list_requests
from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading
from server.storage.queries import event_log, org_sequence, ticket_lists, tickets
from server.storage.queries.log_epochs import LogHead, read_head
from server.storage.queries.name_resolver import Names

_AT_ONCE: Final = 200
"""Events read at once for who sees some of them."""


class Reads:
    """The reading half of the ticket routes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest = conversation_reads.Newest()

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_TICKETS: self.tickets,
            endpoints.READ_TICKET: self.ticket,
            endpoints.READ_QUEUES: self.queues,
            endpoints.LIST_MESSAGES: self.messages,
            endpoints.LIST_EVENTS: self.events,
            endpoints.LIST_TICKET_EVENTS: self.ticket_events,
        }

    async def tickets(self, call: Call) -> Answer:
        query = call.query(queries.TicketQuery)
        within(call.actor, query.limit)
        wish = list_requests.Wish(self._database.dialect, call.actor, query)
        read = self._database.read_list if wish.is_single else self._database.read_snapshot
        return await read(lambda reading: response.of_page(wish.page(reading)))

    async def ticket(self, call: Call) -> Answer:
        number, actor = call.number("number"), call.actor
        include = call.query(queries.ReadQuery).include
        if include:
            return await self._newest.read(self._database, actor, number)
        return await self._database.read_one(
            lambda reading: conversation_reads.ticket(reading, actor, number)
        )

    async def queues(self, call: Call) -> Answer:
        actor = call.actor
        return await self._database.read_snapshot(
            lambda reading: response.of(_queues(reading, actor))
        )

    async def messages(self, call: Call) -> Answer:
        number, actor = call.number("number"), call.actor
        query = call.query(queries.MessageQuery)
        within(actor, query.limit)
        part = conversation_reads.part(query)
        return await self._database.read_one(
            lambda reading: conversation_reads.page(reading, actor, number, part)
        )

    async def events(self, call: Call) -> Answer:
        query, org_id = call.query(queries.EventQuery), call.org_id
        page = _event_page if call.actor.sees_internal else _public_page

        def job(reading: Reading) -> Answer:
            return response.of_events(page(reading, org_id, query))

        return await self._database.read_snapshot(job)

    async def ticket_events(self, call: Call) -> Answer:
        number, actor = call.number("number"), call.actor
        query = call.query(queries.EventQuery)

        def job(reading: Reading) -> Answer:
            seen(reading, actor, number)
            head = _read_log_head(reading, actor.org_id, query)
            entries = event_log.of_ticket(reading, actor.org_id, number, query.after, query.limit)
            return response.of_events(_enveloped(reading, head, entries))

        return await self._database.read_snapshot(job)


def seen(reading: Reading, actor: Actor, number: int) -> None:
    """Raises NotFound unless the ticket is there and the caller's to see."""
    ticket = tickets.find(reading, actor.org_id, number)
    if ticket is None or not may_see(actor, ticket):
        raise NotFound


def within(actor: Actor, limit: int) -> None:
    """Customers and keys take smaller pages than agents. Raises Invalid."""
    if not actor.is_agent and limit > queries.MOST_FOR_OTHERS:
        raise Invalid.query("limit", f"must be at most {queries.MOST_FOR_OTHERS}")


def _queues(reading: Reading, actor: Actor) -> wire.Queues:
    by_status, mine, unassigned = ticket_lists.counts(reading, actor.org_id, actor.id or 0)
    return wire.Queues(
        mine=mine,
        unassigned=unassigned,
        open=by_status[Status.OPEN],
        in_progress=by_status[Status.IN_PROGRESS],
        resolved=by_status[Status.RESOLVED],
        closed=by_status[Status.CLOSED],
        seq=org_sequence.seq_of(reading, actor.org_id),
    )


def _read_log_head(reading: Reading, org_id: int, query: queries.EventQuery) -> LogHead:
    """Returns the log's head. Raises LogChanged where the caller has read another log."""
    head = read_head(reading, org_id)
    if query.after > head.seq or query.epoch not in {UNSET, head.epoch}:
        raise LogChanged(head.epoch, head.seq)
    return head


def _event_page(reading: Reading, org_id: int, query: queries.EventQuery) -> EventPage:
    head = _read_log_head(reading, org_id, query)
    return _enveloped(reading, head, event_log.after(reading, org_id, query.after, query.limit))


def _enveloped(reading: Reading, head: LogHead, entries: list[event_log.Entry]) -> EventPage:
    names = Names(head.org_id)
    items = [views.envelope(reading, entry, names, head.epoch) for entry in entries]
    return EventPage(items, head.seq, head.epoch)


def _public_page(reading: Reading, org_id: int, query: queries.EventQuery) -> EventPage:
    """Reads on until the page is full, so that one without items is the end for everybody."""
    head, names = _read_log_head(reading, org_id, query), Names(org_id)
    items: list[Envelope] = []
    after = query.after
    while len(items) < query.limit:
        entries = event_log.of_tickets(reading, org_id, after, _AT_ONCE)
        if not entries:
            break
        after = entries[-1].seq
        told = (views.public_envelope(reading, entry, names, head.epoch) for entry in entries)
        items += [envelope for envelope in told if envelope is not None]
    return EventPage(items[: query.limit], head.seq, head.epoch)
