"""Removing an organization: every row that bears its number, and its part of the search index."""

from typing import Any, Final

from common.tickets.replying import MessageKind
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Writing
from server.storage.queries import search_index
from server.storage.queries.history_rewriting import version_of
from server.storage.queries.search_index import Document
from server.storage.tables.desk_tables import TABLES, Message, Secret, Ticket, User
from server.storage.tables.notification_tables import TELLING_TABLES
from server.storage.tables.report_tables import REPORT_TABLES

_TICKETS: Final = Statement(
    Ticket.select(Ticket.number, Ticket.subject, Ticket.description, Ticket.external_id).where(
        Ticket.org_id == param("org_id")
    )
)
_PEOPLE: Final = Statement(
    User.select(User.id, User.name, User.email).where(User.org_id == param("org_id"))
)
_MESSAGES: Final = Statement(
    Message.select(Message.number, Message.seq, Message.kind, Message.body).where(
        Message.org_id == param("org_id")
    )
)
_OWNED: Final[list[Any]] = [
    table for table in (*TABLES, *TELLING_TABLES, *REPORT_TABLES) if table is not Secret
]
_ROWS: Final = [
    Statement(table.delete().where(table.org_id == param("org_id"))) for table in _OWNED
]


def remove(writing: Writing, org_id: int) -> None:
    """Takes the organization out, for good. Nobody may be at work in it any more."""
    # SQLite's index keeps no texts: to take a document out, it wants to be told what it said.
    for number, subject, text, external_id in writing.rows(_TICKETS, org_id=org_id):
        own = search_index.own_text(subject, text)
        search_index.remove(writing, Document(org_id, number, search_index.OWN_TEXT, own))
        if external_id is not None:
            search_index.remove_references(writing, org_id, number, external_id)
    for person_id, name, email in writing.rows(_PEOPLE, org_id=org_id):
        search_index.remove_person(writing, org_id, person_id, name, email)
    for number, seq, kind, body in writing.rows(_MESSAGES, org_id=org_id):
        version = version_of(writing, org_id, seq)
        is_note = kind == MessageKind.NOTE.value
        search_index.remove(writing, Document(org_id, number, version, body, is_note))
    for statement in _ROWS:
        writing.write(statement, org_id=org_id)
