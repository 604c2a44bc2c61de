"""Removes an organization: every row with its id, and its part of the search index.

Its files are deleted after the commit, from the rows that say so.
"""

from typing import Any, Final

from common.tickets.replying import MessageKind
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log import event_log
from server.storage.queries.person import user_addresses
from server.storage.queries.search import search_index
from server.storage.queries.search.search_index import Document
from server.storage.tables.customer_tables import CUSTOMER_TABLES
from server.storage.tables.desk_tables import (
    DESK_TABLES,
    MessageModel,
    SecretModel,
    TicketModel,
    UserModel,
)
from server.storage.tables.file_tables import FILE_TABLES, AttachmentModel, FileDeletionModel
from server.storage.tables.intake_tables import INTAKE_TABLES
from server.storage.tables.library_tables import LIBRARY_TABLES
from server.storage.tables.notification_tables import NOTIFICATION_TABLES
from server.storage.tables.report_tables import REPORT_TABLES

_LARGEST_ID: Final = 2**62
_TICKETS: Final = Statement(
    TicketModel.select(
        TicketModel.number,
        TicketModel.subject,
        TicketModel.description,
        TicketModel.attachments,
        TicketModel.external_id,
    ).where(TicketModel.org_id == param("org_id"))
)
_PEOPLE: Final = Statement(
    UserModel.select(UserModel.id, UserModel.name, UserModel.email).where(
        UserModel.org_id == param("org_id")
    )
)
_MESSAGES: Final = Statement(
    MessageModel.select(
        MessageModel.number,
        MessageModel.seq,
        MessageModel.kind,
        MessageModel.body,
        MessageModel.attachments,
    ).where(MessageModel.org_id == param("org_id"))
)
_OWNED: Final[list[Any]] = [
    table
    for table in (
        *DESK_TABLES,
        *NOTIFICATION_TABLES,
        *REPORT_TABLES,
        *CUSTOMER_TABLES,
        *INTAKE_TABLES,
        *FILE_TABLES,
        *LIBRARY_TABLES,
    )
    if table not in {SecretModel, FileDeletionModel}
]
_DELETE_FILES: Final = Statement(
    FileDeletionModel.insert_from(
        AttachmentModel.select(AttachmentModel.org_id, AttachmentModel.key, 0)
        .where(AttachmentModel.org_id == param("org_id"))
        .distinct(),
        [FileDeletionModel.org_id, FileDeletionModel.key, FileDeletionModel.due_at],
    )
)
_ROWS: Final = [
    Statement(table.delete().where(table.org_id == param("org_id"))) for table in _OWNED
]


def remove_organization(writing: WriteTransaction, org_id: int) -> None:
    """Removes the organization for good. No server may write in it any more."""
    # SQLite's index keeps no texts: deleting a document needs the text that was added.
    for number, subject, text, files, external_id in writing.fetch_rows(_TICKETS, org_id=org_id):
        own = search_index.build_ticket_text(subject, text, files)
        search_index.remove_document(
            writing, Document(org_id, number, search_index.TICKET_TEXT, own)
        )
        if external_id is not None:
            search_index.remove_references(writing, org_id, number, external_id)
    further = user_addresses.group_addresses_by_person(writing, org_id, 0, _LARGEST_ID)
    for person_id, name, email in writing.fetch_rows(_PEOPLE, org_id=org_id):
        addresses = [email, *further.get(person_id, ())]
        search_index.unindex_person(writing, org_id, person_id, name, addresses)
    for number, seq, kind, body, files in writing.fetch_rows(_MESSAGES, org_id=org_id):
        version = event_log.read_message_version(writing, org_id, seq)
        is_note, text = kind == MessageKind.NOTE.value, search_index.build_message_text(body, files)
        search_index.remove_document(writing, Document(org_id, number, version, text, is_note))
    writing.write(_DELETE_FILES, org_id=org_id)
    for statement in _ROWS:
        writing.write(statement, org_id=org_id)
