"""Erasing a person's words: what they wrote goes from the rows and from the search index."""

from typing import Any, Final

import msgspec

from common.people import Role
from common.tickets.rating import Rated
from common.tickets.replying import MessageKind
from server.storage import followers, idempotency, notices, readers, search
from server.storage.search import Document
from server.storage.statement import Sql, Statement, param
from server.storage.tables import Event, Message, Ticket
from server.storage.transaction import Writing

ERASED: Final = "(erased)"

_MESSAGES = Statement(
    Message.select(Message.number, Message.seq, Message.kind, Message.body).where(
        (Message.org_id == param("org_id"))
        & (Message.author_id == param("person_id"))
        & (Message.author_role != Role.KEY.value)
        & (Message.body != ERASED)
    )
)
_BLANK_MESSAGE = Statement(
    Message.update({Message.body: ERASED}).where(
        (Message.org_id == param("org_id"))
        & (Message.number == param("number"))
        & (Message.seq == param("seq"))
    )
)
_TICKETS = Statement(
    Ticket.select(Ticket.number, Ticket.subject, Ticket.description).where(
        (Ticket.org_id == param("org_id"))
        & (Ticket.customer_id == param("person_id"))
        & (Ticket.description != ERASED)
    )
)
_BLANK_TICKET = Statement(
    Ticket.update({Ticket.description: ERASED}).where(
        (Ticket.org_id == param("org_id")) & (Ticket.number == param("number"))
    )
)
_RATINGS = Statement(
    # A rating's words stand on the ticket: in its row, and in every event from the rating on.
    Event.select(Event.seq, Event.body)
    .join(Ticket, on=(Ticket.org_id == Event.org_id) & (Ticket.number == Event.number))
    .where(
        (Ticket.org_id == param("org_id"))
        & (Ticket.customer_id == param("person_id"))
        & (Ticket.rating.is_null(False) | (Event.type == Rated.type))
    )
)
_RATED_TICKETS = Statement(
    Ticket.select(Ticket.number, Ticket.rating).where(
        (Ticket.org_id == param("org_id"))
        & (Ticket.customer_id == param("person_id"))
        & Ticket.rating.is_null(False)
    )
)
_BLANK_TICKETS_RATING = Statement(
    Ticket.update({Ticket.rating: param("rating")}).where(
        (Ticket.org_id == param("org_id")) & (Ticket.number == param("number"))
    )
)
_BLANK_RATING = Statement(
    Event.update({Event.body: param("body")}).where(
        (Event.org_id == param("org_id")) & (Event.seq == param("seq"))
    )
)
_VERSION = Sql(
    sqlite="""SELECT json_extract(body, '$.ticket.version') FROM events
        WHERE org_id = ? AND seq = ?""",
    postgresql="""SELECT (body::json -> 'ticket' ->> 'version')::integer FROM events
        WHERE org_id = %s AND seq = %s""",
    places="org_id seq",
)


def erase_words(writing: Writing, org_id: int, person_id: int) -> None:
    """Blanks every message the person wrote, and the words of every ticket that is its own.

    Answers that are kept for retries would tell them still: those go, and so does what the person
    was told, followed and wished.
    """
    _erase_messages(writing, org_id, person_id)
    _erase_descriptions(writing, org_id, person_id)
    _erase_ratings(writing, org_id, person_id)
    idempotency.forget_person(writing, org_id, person_id)
    notices.forget(writing, org_id, person_id)
    followers.forget(writing, org_id, person_id)
    readers.forget(writing, org_id, person_id)


def version_of(writing: Writing, org_id: int, seq: int) -> int:
    """The version that a message's ticket had with it: what it is indexed under."""
    version: int = writing.value(_VERSION, org_id=org_id, seq=seq)
    return version


def _erase_messages(writing: Writing, org_id: int, person_id: int) -> None:
    for number, seq, kind, body in writing.rows(_MESSAGES, org_id=org_id, person_id=person_id):
        version = version_of(writing, org_id, seq)
        is_note = kind == MessageKind.NOTE.value
        search.remove(writing, Document(org_id, number, version, body, is_note))
        writing.write(_BLANK_MESSAGE, org_id=org_id, number=number, seq=seq)


def _erase_descriptions(writing: Writing, org_id: int, person_id: int) -> None:
    for number, subject, text in writing.rows(_TICKETS, org_id=org_id, person_id=person_id):
        for step, said in ((search.remove, text), (search.add, ERASED)):
            own = search.own_text(subject, said)
            step(writing, Document(org_id, number, search.OWN_TEXT, own))
        writing.write(_BLANK_TICKET, org_id=org_id, number=number)


def _erase_ratings(writing: Writing, org_id: int, person_id: int) -> None:
    for seq, body in writing.rows(_RATINGS, org_id=org_id, person_id=person_id):
        blanked = _without_comments(body)
        if blanked != body:
            writing.write(_BLANK_RATING, org_id=org_id, seq=seq, body=blanked)
    for number, text in writing.rows(_RATED_TICKETS, org_id=org_id, person_id=person_id):
        rating = msgspec.json.decode(text)
        _blank(rating)
        blanked = msgspec.json.encode(rating).decode()
        writing.write(_BLANK_TICKETS_RATING, org_id=org_id, number=number, rating=blanked)


def _without_comments(body: str) -> str:
    """An event's text, with every rating in it and nobody's words to one."""
    detail = msgspec.json.decode(body)
    ticket, changes = detail.get("ticket", {}), detail.get("changes", {})
    for rating in (detail.get("rating"), ticket.get("rating"), *changes.get("rating", ())):
        _blank(rating)
    return msgspec.json.encode(detail).decode()


def _blank(rating: dict[str, Any] | None) -> None:
    if rating is not None and "comment" in rating:
        rating["comment"] = ERASED
