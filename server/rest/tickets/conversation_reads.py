"""Reads a ticket and its messages over REST: one statement for each response."""

from typing import Final

from msgspec import UNSET, Struct

from common.errors import NotFound
from common.people import Actor
from common.queries import MessageQuery
from common.tickets.permissions import check_visible
from common.wire import Conversation, MessageView, Page, TicketView
from server.rendering import views
from server.rest.core import pagination, response
from server.rest.core.response import ApiResponse
from server.rest.tickets.conversation_cache import ConversationCache, ConversationKey
from server.storage.engine.database import Database
from server.storage.engine.statement import CombinedStatement
from server.storage.engine.transaction import ReadTransaction, Row
from server.storage.queries.ticket import (
    conversation_version,
    listed_tickets,
    merged_conversations,
    messages,
)
from server.storage.queries.ticket.conversation_version import ConversationState
from server.storage.queries.ticket.messages import MessageSlice
from server.storage.queries.ticket.participants import PARTICIPATION

_BEYOND_ALL: Final = 2**62
_TICKET: Final = (listed_tickets.TICKET_WITH_PEOPLE, conversation_version.VERSION_LIMITS)
_TICKET_STATEMENT: Final = CombinedStatement(*_TICKET)
_TICKET_STATEMENT_FOR_CUSTOMER: Final = CombinedStatement(*_TICKET, PARTICIPATION)
_CONVERSATIONS: Final = {
    which: (listed_tickets.TICKET_WITH_PEOPLE, it, conversation_version.CONVERSATION_STATE)
    for which, it in messages.SLICE_STATEMENTS.items()
}
_CONVERSATION_STATEMENTS: Final = {
    which: CombinedStatement(*parts) for which, parts in _CONVERSATIONS.items()
}
_CONVERSATION_STATEMENTS_FOR_CUSTOMER: Final = {
    which: CombinedStatement(*parts, PARTICIPATION) for which, parts in _CONVERSATIONS.items()
}


class MessageRange(Struct, frozen=True):
    """Messages beyond a seq, in one order, at most `limit`."""

    sort: str = "-seq"
    beyond: int = _BEYOND_ALL
    limit: int = 50

    def slice_for(self, actor: Actor) -> MessageSlice:
        """Returns the slice of the conversation that the actor may read."""
        return MessageSlice(newest_first=self.sort == "-seq", notes=actor.sees_internal)


NEWEST_MESSAGES: Final = MessageRange()
"""The messages that come with a ticket that is read with its conversation."""


def parse_message_range(query: MessageQuery) -> MessageRange:
    """Returns the range that a query asks for. Raises Invalid for a cursor of another order."""
    beyond = _BEYOND_ALL if query.sort == "-seq" else 0
    if query.cursor is not UNSET:
        (beyond,) = pagination.decode_sorted_cursor(
            query.cursor, query.sort, [range(_BEYOND_ALL + 1)]
        )
    return MessageRange(query.sort, beyond, query.limit)


def read_ticket(reading: ReadTransaction, actor: Actor, number: int) -> ApiResponse:
    """Returns the ticket with its description. Raises NotFound."""
    statement = _TICKET_STATEMENT_FOR_CUSTOMER if actor.is_customer else _TICKET_STATEMENT
    rows, limits, *taking_part = reading.fetch_combined(
        statement, org_id=actor.org_id, number=number, person_id=actor.id
    )
    view = _render_ticket(rows, actor, takes_part=any(taking_part))
    return response.make_ticket_response(view, conversation_version.limits_from_row(limits[0]))


class ConversationReader:
    """Tickets with their descriptions and their newest messages."""

    def __init__(self) -> None:
        self._cache = ConversationCache()

    async def read(self, database: Database, actor: Actor, number: int) -> ApiResponse:
        """Returns the ticket with its newest messages, oldest first. Raises NotFound.

        There may be two reads; a response is made from one of them alone.
        """
        key = ConversationKey(actor.org_id, number, internal=actor.sees_internal)
        if self._cache.has_response(key):
            now = await database.read_one(
                lambda it: conversation_version.find_visible_conversation(it, actor, number)
            )
            if now is None:
                raise NotFound
            cached = self._cache.find_response(key, now)
            if cached is not None:
                return cached
        return await database.read_one_or_few(lambda it: self._build_conversation(it, actor, key))

    def _build_conversation(
        self, reading: ReadTransaction, actor: Actor, key: ConversationKey
    ) -> ApiResponse:
        view, newest, then = _read_conversation(reading, actor, key.number, NEWEST_MESSAGES)
        said = Page(newest.items[::-1], newest.next_cursor, newest.seq)
        whole = {field: getattr(view, field) for field in view.__struct_fields__}
        reply = response.make_ticket_response(Conversation(**whole, messages=said), then.limits)
        if not view.merged_from:
            # What is shown of merged tickets also changes with events of theirs.
            self._cache.store_response(key, then, reply, view.last_seq)
        return reply


async def read_message_page(
    database: Database, actor: Actor, number: int, which: MessageRange
) -> ApiResponse:
    """Returns a page of the conversation. Raises NotFound for an invisible ticket."""
    return await database.read_one_or_few(
        lambda reading: response.make_page_response(
            _read_conversation(reading, actor, number, which)[1]
        )
    )


def _read_conversation(
    reading: ReadTransaction, actor: Actor, number: int, which: MessageRange
) -> tuple[TicketView, Page[MessageView], ConversationState]:
    """Returns the ticket, a part of its conversation, and its version: one statement."""
    statements = (
        _CONVERSATION_STATEMENTS_FOR_CUSTOMER if actor.is_customer else _CONVERSATION_STATEMENTS
    )
    found, said, marked, *taking_part = reading.fetch_combined(
        statements[which.slice_for(actor)],
        org_id=actor.org_id,
        number=number,
        person_id=actor.id,
        beyond=which.beyond,
        limit=pagination.count_rows_to_fetch(which.limit),
    )
    items, next_cursor = pagination.paginate_rows(
        _add_merged_messages(reading, actor, found, said, which),
        which.limit,
        lambda message: (which.sort, message.seq),
    )
    if not actor.sees_internal:
        items = [views.hide_internal_parts(it) for it in items]
    view = _render_ticket(found, actor, takes_part=any(taking_part))
    then = conversation_version.conversation_from_row(marked[0])
    return view, Page(items, next_cursor, then.seq), then


def _add_merged_messages(
    reading: ReadTransaction, actor: Actor, found: list[Row], said: list[Row], which: MessageRange
) -> list[MessageView]:
    """Returns the messages of the rows, or with those of merged tickets where there are any."""
    ticket = listed_tickets.listed_ticket_from_row(found[0]).ticket if found else None
    if ticket is None or not ticket.merged_from:
        return [messages.message_from_row(row) for row in said]
    limit = pagination.count_rows_to_fetch(which.limit)
    return merged_conversations.list_conversation(
        reading, ticket, which.slice_for(actor), which.beyond, limit
    )


def _render_ticket(rows: list[Row], actor: Actor, *, takes_part: bool) -> TicketView:
    if not rows:
        raise NotFound
    found = listed_tickets.listed_ticket_from_row(rows[0])
    check_visible(actor, found.ticket, takes_part=takes_part)
    description, files = rows[0][listed_tickets.DESCRIPTION_INDEX :]
    view = views.render_ticket(
        found.ticket,
        found.customer,
        found.assignee,
        description,
        name_of=found.name_of if actor.sees_internal else None,
    )
    return views.show_files(view, files)
