"""Search indexing of tickets: their own texts, their messages, their external ids."""

from common.tickets.ticket import Ticket
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.search import search_index
from server.storage.queries.search.search_index import TICKET_TEXT, Document
from server.storage.queries.ticket import tickets


def index_new_ticket(writing: WriteTransaction, ticket: Ticket, description: str) -> None:
    """Adds a ticket's subject and description, and its external id if it has one.

    Names of files follow when these are attached.
    """
    search_index.add_document(writing, _ticket_document(ticket, description, None))
    if ticket.external_id is not None:
        search_index.add_references(writing, ticket.org_id, ticket.number, ticket.external_id)


def index_message(writing: WriteTransaction, ticket: Ticket, text: str, *, is_note: bool) -> None:
    """Adds the message that made this version of the ticket."""
    document = Document(ticket.org_id, ticket.number, ticket.version, text, is_note)
    search_index.add_document(writing, document)


def reindex_subject(writing: WriteTransaction, before: Ticket, after: Ticket) -> None:
    """Replaces the words of an old subject by those of the new one."""
    if before.subject == after.subject:
        return
    opening = tickets.read_opening(writing, after.org_id, after.number)
    search_index.remove_document(writing, _ticket_document(before, *opening))
    search_index.add_document(writing, _ticket_document(after, *opening))


def _ticket_document(ticket: Ticket, description: str, files: str | None) -> Document:
    text = search_index.build_ticket_text(ticket.subject, description, files)
    return Document(ticket.org_id, ticket.number, TICKET_TEXT, text)
