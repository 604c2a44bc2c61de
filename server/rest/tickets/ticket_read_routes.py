"""Reading over REST: lists, tickets, conversations, counts and the log, each one snapshot."""

from typing import Final

from msgspec import UNSET

from common import endpoints, queries, wire
from common.endpoint import Endpoint
from common.envelope import Envelope, EventPage
from common.errors import LogChanged
from common.people import Actor
from common.tickets.ticket import Status
from server.clock import Clock
from server.rendering import views
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.path_visibility import check_ticket_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.tickets import conversation_reads, list_requests
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import event_log, org_sequence
from server.storage.queries.organization.log_epochs import LogHead, read_head
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.ticket import ticket_lists

_READ_BATCH: Final = 200
"""Events read at once for who sees some of them."""


class TicketReadRoutes:
    """The reading half of the ticket routes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._newest = conversation_reads.ConversationReader()

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_TICKETS: self.list_tickets,
            endpoints.READ_TICKET: self.read_ticket,
            endpoints.READ_QUEUES: self.read_queues,
            endpoints.LIST_MESSAGES: self.list_messages,
            endpoints.LIST_EVENTS: self.list_events,
            endpoints.LIST_TICKET_EVENTS: self.list_ticket_events,
        }

    async def list_tickets(self, call: RequestContext) -> ApiResponse:
        query = call.parse_query(queries.TicketQuery)
        pagination.check_page_limit(call.actor, query.limit)
        wish = list_requests.TicketListRequest(
            self._database.dialect, call.actor, query, self._clock()
        )
        read = (
            self._database.read_list if wish.is_single_statement else self._database.read_snapshot
        )
        return await read(lambda reading: response.make_page_response(wish.read_page(reading)))

    async def read_ticket(self, call: RequestContext) -> ApiResponse:
        number, actor = call.path_number("number"), call.actor
        include = call.parse_query(queries.ReadQuery).include
        if include:
            return await self._newest.read(self._database, actor, number)
        return await self._database.read_one(
            lambda reading: conversation_reads.read_ticket(reading, actor, number)
        )

    async def read_queues(self, call: RequestContext) -> ApiResponse:
        actor = call.actor
        return await self._database.read_snapshot(
            lambda reading: response.make_response(_count_queues(reading, actor))
        )

    async def list_messages(self, call: RequestContext) -> ApiResponse:
        number, actor = call.path_number("number"), call.actor
        query = call.parse_query(queries.MessageQuery)
        pagination.check_page_limit(actor, query.limit)
        part = conversation_reads.parse_message_range(query)
        return await conversation_reads.read_message_page(self._database, actor, number, part)

    async def list_events(self, call: RequestContext) -> ApiResponse:
        query, org_id = call.parse_query(queries.EventQuery), call.org_id
        page = _read_event_page if call.actor.sees_internal else _read_public_page

        def job(reading: ReadTransaction) -> ApiResponse:
            return response.make_events_response(page(reading, org_id, query))

        return await self._database.read_snapshot(job)

    async def list_ticket_events(self, call: RequestContext) -> ApiResponse:
        number, actor = call.path_number("number"), call.actor
        query = call.parse_query(queries.EventQuery)

        def job(reading: ReadTransaction) -> ApiResponse:
            check_ticket_visible(reading, actor, number)
            head = _read_log_head(reading, actor.org_id, query)
            entries = event_log.list_ticket_events(
                reading, actor.org_id, number, query.after, query.limit
            )
            return response.make_events_response(_make_event_page(reading, head, entries))

        return await self._database.read_snapshot(job)


def _count_queues(reading: ReadTransaction, actor: Actor) -> wire.Queues:
    by_status, mine, unassigned = ticket_lists.count_by_status(reading, actor.org_id, actor.id or 0)
    return wire.Queues(
        mine=mine,
        unassigned=unassigned,
        open=by_status[Status.OPEN],
        in_progress=by_status[Status.IN_PROGRESS],
        resolved=by_status[Status.RESOLVED],
        closed=by_status[Status.CLOSED],
        seq=org_sequence.read_newest_seq(reading, actor.org_id),
    )


def _read_log_head(reading: ReadTransaction, org_id: int, query: queries.EventQuery) -> LogHead:
    """Returns the log's head. Raises LogChanged where the caller has read another log."""
    head = read_head(reading, org_id)
    if query.after > head.seq or query.epoch not in {UNSET, head.epoch}:
        raise LogChanged(head.epoch, head.seq)
    return head


def _read_event_page(reading: ReadTransaction, org_id: int, query: queries.EventQuery) -> EventPage:
    head = _read_log_head(reading, org_id, query)
    return _make_event_page(
        reading, head, event_log.list_events(reading, org_id, query.after, query.limit)
    )


def _make_event_page(
    reading: ReadTransaction, head: LogHead, entries: list[event_log.LogEntry]
) -> EventPage:
    names = NameResolver(head.org_id)
    items = [views.render_envelope(reading, entry, names, head.epoch) for entry in entries]
    return EventPage(items, head.seq, head.epoch)


def _read_public_page(
    reading: ReadTransaction, org_id: int, query: queries.EventQuery
) -> EventPage:
    """Reads on until the page is full, so that one without items is the end for everybody."""
    head, names = _read_log_head(reading, org_id, query), NameResolver(org_id)
    items: list[Envelope] = []
    after = query.after
    while len(items) < query.limit:
        entries = event_log.list_events_of_tickets(reading, org_id, after, _READ_BATCH)
        if not entries:
            break
        after = entries[-1].seq
        rendered = (
            views.render_public_envelope(reading, entry, names, head.epoch) for entry in entries
        )
        items += [envelope for envelope in rendered if envelope is not None]
    return EventPage(items[: query.limit], head.seq, head.epoch)
