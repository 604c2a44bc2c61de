"""Erasing a person's words: what they wrote goes from the rows and from the search index."""

from typing import Final

from common.people import Role
from common.tickets.replying import MessageKind
from server.storage import search
from server.storage.search import Document
from server.storage.statement import Sql, Statement, param
from server.storage.tables import Message, Ticket
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
_VERSION = Sql(
    sqlite="""SELECT json_extract(body, '$.ticket.version') FROM events
        WHERE org_id = ? AND seq = ?""",
    postgresql="""SELECT (body::json -> 'ticket' ->> 'version')::integer FROM events
        WHERE org_id = %s AND seq = %s""",
    places="org_id seq",
)


def erase_words(writing: Writing, org_id: int, person_id: int) -> None:
    """Blanks every message the person wrote and the description of every ticket it filed."""
    for number, seq, kind, body in writing.rows(_MESSAGES, org_id=org_id, person_id=person_id):
        version = writing.value(_VERSION, org_id=org_id, seq=seq)
        is_note = kind == MessageKind.NOTE.value
        search.remove(writing, Document(org_id, number, version, body, is_note))
        writing.write(_BLANK_MESSAGE, org_id=org_id, number=number, seq=seq)
    for number, subject, text in writing.rows(_TICKETS, org_id=org_id, person_id=person_id):
        search.remove(writing, Document(org_id, number, 1, f"{subject}\n{text}"))
        search.add(writing, Document(org_id, number, 1, f"{subject}\n{ERASED}"))
        writing.write(_BLANK_TICKET, org_id=org_id, number=number)
