"""Conversations of merged tickets: a survivor shows the messages of the tickets merged into it.

Messages stay under the number of the ticket that they were written to. The description of a merged
ticket is shown as a message of its own, whose id is the seq of the event that created the ticket.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from common.people import Actor
from common.tickets.replying import MessageKind
from common.tickets.ticket import Ticket
from common.wire import MessageView
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.attachment.attachments import decode_views
from server.storage.queries.log import event_log
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.ticket import messages, tickets
from server.storage.queries.ticket.messages import MessageSlice

_EVERYTHING: Final = MessageSlice(newest_first=False, notes=True)


def list_conversation(
    reading: ReadTransaction, ticket: Ticket, which: MessageSlice, beyond: int, limit: int
) -> list[MessageView]:
    """Returns messages beyond a seq, in the slice's order, with those of merged tickets."""
    key = ticket.org_id, ticket.number
    found = messages.list_messages(reading, *key, which, beyond, limit)
    if not ticket.merged_from:
        return found
    names = NameResolver(ticket.org_id)
    for number in ticket.merged_from:
        theirs = messages.list_messages(reading, ticket.org_id, number, which, beyond, limit)
        found += [replace(it, ticket=number) for it in theirs]
        found += _find_opening(reading, ticket.org_id, number, names, which, beyond)
    found.sort(key=lambda it: it.seq, reverse=which.newest_first)
    return found[:limit]


def list_unread_ids(
    reading: ReadTransaction, actor: Actor, ticket: Ticket, after: int
) -> tuple[int, ...]:
    """Returns the ids of messages after a seq, by others, that the actor may read."""
    ids = [
        it
        for number in (ticket.number, *ticket.merged_from)
        for it in messages.list_unread_ids_of_ticket(reading, actor, number, after)
    ]
    return tuple(sorted(ids))


def list_messages_of_family(
    reading: ReadTransaction, ticket: Ticket, seqs: tuple[int, ...]
) -> list[MessageView]:
    """Returns these messages of a ticket and of those merged into it, oldest first."""
    reach = seqs[-1] - seqs[0] + 1
    found = list_conversation(reading, ticket, _EVERYTHING, seqs[0] - 1, reach)
    return [message for message in found if message.seq in seqs]


def _find_opening(
    reading: ReadTransaction,
    org_id: int,
    number: int,
    names: NameResolver,
    which: MessageSlice,
    beyond: int,
) -> Iterator[MessageView]:
    """Yields the description of a merged ticket as a message, if it lies beyond the seq."""
    for entry in event_log.list_ticket_events(reading, org_id, number, 0, 1):
        if entry.seq < beyond if which.newest_first else entry.seq > beyond:
            description, files = tickets.read_opening(reading, org_id, number)
            yield MessageView(
                id=entry.seq,
                kind=MessageKind.REPLY,
                body=description,
                author=names.actor_ref(reading, entry.actor_role, entry.actor_id),
                created_at=entry.at,
                seq=entry.seq,
                attachments=decode_views(files),
                ticket=number,
            )
