"""A ticket and what was said about it, read over REST: each answer is one statement."""

from typing import Final

from msgspec import UNSET, Struct

from common.errors import Invalid, NotFound
from common.people import Actor
from common.permissions import see
from common.queries import MessageQuery
from common.wire import Conversation, MessageView, Page, TicketView
from server.rendering import views
from server.rest.core import response
from server.rest.core.cursor import decode, encode
from server.rest.core.response import Answer
from server.rest.tickets.conversation_cache import Remembered, Whose
from server.storage.engine.database import Database
from server.storage.engine.statement import Together
from server.storage.engine.transaction import Reading, Row
from server.storage.queries import conversation_version, messages, ticket_lists
from server.storage.queries.conversation_version import Marked
from server.storage.queries.messages import Slice

_BEYOND_ALL: Final = 2**62
_TICKET: Final = Together(ticket_lists.ONE, conversation_version.VERSION_LIMITS)
_BOTH: Final = {
    which: Together(ticket_lists.ONE, it, conversation_version.MARK)
    for which, it in messages.SLICES.items()
}


class Part(Struct, frozen=True):
    """Which messages: beyond a seq, in one order, so many at most."""

    sort: str = "-seq"
    beyond: int = _BEYOND_ALL
    limit: int = 50

    def seen_by(self, actor: Actor) -> Slice:
        """The slice of the conversation that the actor may read."""
        return Slice(newest_first=self.sort == "-seq", notes=actor.sees_internal)


NEWEST: Final = Part()
"""The messages that come with a ticket that is read with its conversation."""


def part(query: MessageQuery) -> Part:
    """What a query asks for. Raises Invalid for a cursor of another order."""
    beyond = _BEYOND_ALL if query.sort == "-seq" else 0
    if query.cursor is not UNSET:
        sort, beyond = decode(query.cursor, tuple[str, int])
        if sort != query.sort:
            raise Invalid.query("cursor", "belongs to another order; start without it")
        if not 0 <= beyond <= _BEYOND_ALL:
            raise Invalid.query("cursor", "take it from next_cursor, unchanged")
    return Part(query.sort, beyond, query.limit)


def ticket(reading: Reading, actor: Actor, number: int) -> Answer:
    """The ticket with its description. Raises NotFound."""
    rows, limits = reading.together(_TICKET, org_id=actor.org_id, number=number)
    view = _view(rows, actor)
    return response.of_ticket(view, conversation_version.limits_from_row(limits[0]))


class Newest:
    """Tickets with their descriptions and their newest messages."""

    def __init__(self) -> None:
        self._remembered = Remembered()

    async def read(self, database: Database, actor: Actor, number: int) -> Answer:
        """The ticket with its newest messages, oldest first. Raises NotFound.

        Two reads, and each answer is of one of them alone.
        """
        now = await database.read_one(
            lambda it: conversation_version.find(it, actor.org_id, number)
        )
        if now is None or (actor.is_customer and now.customer_id != actor.id):
            raise NotFound
        whose = Whose(actor.org_id, number, internal=actor.sees_internal)
        known = self._remembered.find(whose, now)
        if known is not None:
            return known
        return await database.read_one(lambda it: self._put_together(it, actor, whose))

    def _put_together(self, reading: Reading, actor: Actor, whose: Whose) -> Answer:
        view, newest, then = _read(reading, actor, whose.number, NEWEST)
        said = Page(newest.items[::-1], newest.next_cursor, newest.seq)
        whole = {field: getattr(view, field) for field in view.__struct_fields__}
        reply = response.of_ticket(Conversation(**whole, messages=said), then.limits)
        self._remembered.keep(whose, then, reply, view.last_seq)
        return reply


def page(reading: Reading, actor: Actor, number: int, which: Part) -> Answer:
    """A page of the conversation. Raises NotFound where the ticket is not the actor's to see."""
    return response.of_page(_read(reading, actor, number, which)[1])


def _read(
    reading: Reading, actor: Actor, number: int, which: Part
) -> tuple[TicketView, Page[MessageView], Marked]:
    """The ticket, a part of its conversation, and its mark, read as one statement."""
    found, said, marked = reading.together(
        _BOTH[which.seen_by(actor)],
        org_id=actor.org_id,
        number=number,
        beyond=which.beyond,
        limit=which.limit + 1,
    )
    items = [messages.view(row) for row in said[: which.limit]]
    next_cursor = encode(which.sort, items[-1].seq) if len(said) > which.limit else None
    view = _view(found, actor)
    then = conversation_version.from_row(marked[0])
    return view, Page(items, next_cursor, then.seq), then


def _view(rows: list[Row], actor: Actor) -> TicketView:
    if not rows:
        raise NotFound
    found = ticket_lists.found(rows[0])
    see(actor, found.ticket)
    description: str = rows[0][ticket_lists.DESCRIPTION]
    return views.ticket(
        found.ticket,
        found.customer,
        found.assignee,
        description,
        name_of=found.name_of if actor.sees_internal else None,
    )
