"""Shows files where they are attached: to readers of the conversation, and to the search index."""

from typing import Final

from common.tickets.replying import MessageKind
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.attachment import attachments
from server.storage.queries.log import event_log
from server.storage.queries.search import search_index
from server.storage.queries.search.search_index import TICKET_TEXT, Document
from server.storage.tables.desk_tables import MessageModel, TicketModel

_TICKET: Final = Statement(
    TicketModel.select(TicketModel.subject, TicketModel.description, TicketModel.attachments).where(
        (TicketModel.org_id == param("org_id")) & (TicketModel.number == param("number"))
    )
)
_MESSAGE: Final = Statement(
    MessageModel.select(MessageModel.kind, MessageModel.body, MessageModel.attachments).where(
        (MessageModel.org_id == param("org_id"))
        & (MessageModel.number == param("number"))
        & (MessageModel.seq == param("seq"))
    )
)
_SHOW_ON_MESSAGE: Final = Statement(
    MessageModel.update({MessageModel.attachments: param("views")}).where(
        (MessageModel.org_id == param("org_id"))
        & (MessageModel.number == param("number"))
        & (MessageModel.seq == param("seq"))
    )
)
_SHOW_ON_TICKET: Final = Statement(
    TicketModel.update({TicketModel.attachments: param("views")}).where(
        (TicketModel.org_id == param("org_id")) & (TicketModel.number == param("number"))
    )
)


def show_attachments(writing: WriteTransaction, org_id: int, number: int, seq: int | None) -> None:
    """Writes what readers see of the files to their message, or to the ticket without `seq`.

    The message, or the ticket's own text, is found by their names from then on.
    """
    found = attachments.list_ticket_attachments(writing, org_id, number)
    views = attachments.encode_views([it.view for it in found if it.seq == seq])
    _index_files(writing, org_id, number, seq, views)
    if seq is None:
        writing.write(_SHOW_ON_TICKET, org_id=org_id, number=number, views=views)
    else:
        writing.write(_SHOW_ON_MESSAGE, org_id=org_id, number=number, seq=seq, views=views)


def _index_files(
    writing: WriteTransaction, org_id: int, number: int, seq: int | None, files: str | None
) -> None:
    """Replaces the names in the index, while the column still has the former files."""
    before, after = (
        _read_ticket_documents(writing, org_id, number, files)
        if seq is None
        else _read_message_documents(writing, org_id, number, seq, files)
    )
    if before != after:
        search_index.remove_document(writing, before)
        search_index.add_document(writing, after)


def _read_ticket_documents(
    writing: WriteTransaction, org_id: int, number: int, files: str | None
) -> tuple[Document, Document]:
    subject, description, former = writing.fetch_rows(_TICKET, org_id=org_id, number=number)[0]
    before, after = (
        search_index.build_ticket_text(subject, description, its) for its in (former, files)
    )
    return (
        Document(org_id, number, TICKET_TEXT, before),
        Document(org_id, number, TICKET_TEXT, after),
    )


def _read_message_documents(
    writing: WriteTransaction, org_id: int, number: int, seq: int, files: str | None
) -> tuple[Document, Document]:
    found = writing.fetch_rows(_MESSAGE, org_id=org_id, number=number, seq=seq)
    kind, body, former = found[0]
    version = event_log.read_message_version(writing, org_id, seq)
    before, after = (search_index.build_message_text(body, its) for its in (former, files))
    is_note = kind == MessageKind.NOTE.value
    return (
        Document(org_id, number, version, before, is_note),
        Document(org_id, number, version, after, is_note),
    )
