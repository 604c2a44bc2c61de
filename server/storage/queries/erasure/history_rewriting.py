"""Rewrites a ticket's past: removed text leaves rows, log and search index together.

Nothing else ever changes the log. Only texts are rewritten, in the transaction that records why;
ids, times, values and the order of the events stay.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from common.people import Role
from common.tickets.redacting import RedactedParts
from common.tickets.replying import MessageKind
from common.tickets.ticket import Ticket
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.log import event_log
from server.storage.queries.search import search_index, shown_files
from server.storage.queries.search.search_index import Document
from server.storage.queries.ticket import tickets
from server.storage.tables import desk_tables
from server.storage.tables.desk_tables import EventModel, MessageModel

_PAGE: Final = 500
_NOTE: Final = MessageKind.NOTE.value
_MESSAGES = Statement(
    MessageModel.select(
        MessageModel.seq,
        MessageModel.kind,
        MessageModel.author_role,
        MessageModel.author_id,
        MessageModel.body,
        MessageModel.attachments,
    )
    .where((MessageModel.org_id == param("org_id")) & (MessageModel.number == param("number")))
    .order_by(MessageModel.seq)
)
_SET_MESSAGE = Statement(
    MessageModel.update({MessageModel.body: param("body")}).where(
        (MessageModel.org_id == param("org_id"))
        & (MessageModel.number == param("number"))
        & (MessageModel.seq == param("seq"))
    )
)
_SET_DESCRIPTION = Statement(
    desk_tables.TicketModel.update(
        {desk_tables.TicketModel.description: param("description")}
    ).where(
        (desk_tables.TicketModel.org_id == param("org_id"))
        & (desk_tables.TicketModel.number == param("number"))
    )
)
_EVENTS = Statement(
    EventModel.select(EventModel.seq, EventModel.actor_role, EventModel.actor_id, EventModel.body)
    .where(
        (EventModel.org_id == param("org_id"))
        & (EventModel.number == param("number"))
        & (EventModel.seq > param("after"))
    )
    .order_by(EventModel.seq)
    .limit(param("limit"))
)
_SET_EVENT = Statement(
    EventModel.update({EventModel.body: param("body")}).where(
        (EventModel.org_id == param("org_id")) & (EventModel.seq == param("seq"))
    )
)


class TextAuthor(Struct, frozen=True):
    """The author of a text; an API key's id is never a person's."""

    role: Role
    id: int | None

    def is_person(self, person_id: int) -> bool:
        return self.id == person_id and self.role is not Role.KEY


class RewriteRules(ABC):
    """The function that rewrites each text of a ticket; by default it keeps all of it."""

    @abstractmethod
    def rewrite_subject(self, text: str) -> str: ...

    @abstractmethod
    def rewrite_description(self, text: str) -> str: ...

    @abstractmethod
    def rewrite_tags(self, tags: tuple[str, ...]) -> tuple[str, ...]: ...

    @abstractmethod
    def rewrite_comment(self, text: str) -> str:
        """Returns what is left of the words to a rating."""

    @abstractmethod
    def rewrite_reason(self, author: TextAuthor, text: str) -> str:
        """Returns what is left of an event's reason."""

    @abstractmethod
    def rewrite_draft(self, text: str) -> str:
        """Returns what is left of an unsent text to the ticket."""

    @abstractmethod
    def rewrite_message(self, author: TextAuthor, seq: int, text: str) -> str: ...

    @abstractmethod
    def rewrite_file(self, uploader: TextAuthor, file: Attachment) -> str | None:
        """Returns the name that a file keeps; None removes the file."""


def rewrite_history(
    writing: WriteTransaction, ticket: Ticket, rules: RewriteRules
) -> tuple[Ticket, RedactedParts]:
    """Applies the rules to everything stored about a ticket, and names what they changed.

    The ticket's own row gets its new description here. Its other fields are the caller's to save,
    with the event that says what happened.
    """
    fields = _rewrite_log(writing, ticket, rules)
    after = _rewrite_fields(ticket, rules)
    touched = _rewrite_files(writing, ticket, rules)
    if _rewrite_description(writing, ticket, after, rules) or None in touched:
        fields.add("description")
    messages, notes = _rewrite_messages(writing, ticket, rules, touched)
    return after, RedactedParts(tuple(sorted(fields)), messages, notes)


def _rewrite_fields(ticket: Ticket, rules: RewriteRules) -> Ticket:
    rating = ticket.rating
    if rating is not None and rating.comment is not None:
        rating = replace(rating, comment=rules.rewrite_comment(rating.comment))
    return replace(
        ticket,
        subject=rules.rewrite_subject(ticket.subject),
        tags=rules.rewrite_tags(ticket.tags),
        rating=rating,
    )


def _rewrite_description(
    writing: WriteTransaction, before: Ticket, after: Ticket, rules: RewriteRules
) -> bool:
    """Rewrites subject and description, which are one document of the index with the files."""
    org_id, number = before.org_id, before.number
    text, files = tickets.read_opening(writing, org_id, number)
    left = rules.rewrite_description(text)
    if (before.subject, text) == (after.subject, left):
        return False
    for step, subject, said in (
        (search_index.remove_document, before.subject, text),
        (search_index.add_document, after.subject, left),
    ):
        step(
            writing,
            Document(
                org_id,
                number,
                search_index.TICKET_TEXT,
                search_index.build_ticket_text(subject, said, files),
            ),
        )
    if text != left:
        writing.write(_SET_DESCRIPTION, org_id=org_id, number=number, description=left)
    return text != left


def _rewrite_files(
    writing: WriteTransaction, ticket: Ticket, rules: RewriteRules
) -> set[int | None]:
    """Removes or renames files; returns the seqs of their messages, None for the description."""
    org_id, touched = ticket.org_id, set()
    for file in attachments.list_ticket_attachments(writing, org_id, ticket.number):
        name = rules.rewrite_file(TextAuthor(file.uploader_role, file.uploader_id), file)
        if name == file.name:
            continue
        touched.add(file.seq)
        if name is None:
            attachments.remove_attachment(writing, org_id, file)
        else:
            attachments.rename_attachment(writing, org_id, file.id, name)
    for seq in touched:
        shown_files.show_attachments(writing, org_id, ticket.number, seq)
    return touched


def _rewrite_messages(
    writing: WriteTransaction, ticket: Ticket, rules: RewriteRules, touched: set[int | None]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the ids of the replies and of the notes that changed, or whose files did."""
    org_id, number = ticket.org_id, ticket.number
    changed: dict[str, list[int]] = {MessageKind.REPLY: [], MessageKind.NOTE: []}
    for seq, kind, role, author_id, text, files in writing.fetch_rows(
        _MESSAGES, org_id=org_id, number=number
    ):
        left = rules.rewrite_message(TextAuthor(Role(role), author_id), seq, text)
        if left != text or seq in touched:
            changed[kind].append(seq)
        if left == text:
            continue
        version, is_note = event_log.read_message_version(writing, org_id, seq), kind == _NOTE
        for step, said in ((search_index.remove_document, text), (search_index.add_document, left)):
            indexed = search_index.build_message_text(said, files)
            step(writing, Document(org_id, number, version, indexed, is_note))
        writing.write(_SET_MESSAGE, org_id=org_id, number=number, seq=seq, body=left)
    return tuple(changed[MessageKind.REPLY]), tuple(changed[MessageKind.NOTE])


def _rewrite_log(writing: WriteTransaction, ticket: Ticket, rules: RewriteRules) -> set[str]:
    """Rewrites every event of the ticket that holds a text; returns the fields that changed."""
    fields: set[str] = set()
    after = 0
    while page := writing.fetch_rows(
        _EVENTS, org_id=ticket.org_id, number=ticket.number, after=after, limit=_PAGE
    ):
        for seq, role, actor_id, body in page:
            detail = msgspec.json.decode(body)
            changed = _rewrite_detail(detail, TextAuthor(Role(role), actor_id), rules)
            if changed:
                fields |= changed
                text = msgspec.json.encode(detail).decode()
                writing.write(_SET_EVENT, org_id=ticket.org_id, seq=seq, body=text)
        after = page[-1][0]
    return fields


def _rewrite_detail(detail: dict[str, Any], author: TextAuthor, rules: RewriteRules) -> set[str]:
    """Applies the rules to an event's stored text: the ticket after it, old and new values."""
    ticket, changes = detail.get("ticket", {}), detail.get("changes", {})
    changed = set()
    for name, rule in _FIELDS.items():
        its = partial(rule, rules)
        pair = changes.get(name, [])
        done = [
            _replace_value(ticket, name, its),
            *(_replace_value(pair, at, its) for at in range(len(pair))),
        ]
        if any(done):
            changed.add(name)
    if _replace_value(detail, "rating", partial(_rewrite_rating, rules)):
        changed.add("rating")
    if _replace_value(detail, "reason", partial(rules.rewrite_reason, author)):
        changed.add("reason")
    return changed


def _replace_value(holder: Any, key: Any, rule: Callable[[Any], Any]) -> bool:
    """Replaces a value by what the rule leaves of it, where there is one."""
    before = holder[key] if isinstance(holder, list) else holder.get(key)
    if before is None:
        return False
    holder[key] = after = rule(before)
    return bool(after != before)


def _rewrite_rating(rules: RewriteRules, rating: dict[str, Any]) -> dict[str, Any]:
    if rating.get("comment") is None:
        return rating
    return {**rating, "comment": rules.rewrite_comment(rating["comment"])}


_FIELDS: Final[dict[str, Callable[[RewriteRules, Any], Any]]] = {
    "subject": lambda rules, it: rules.rewrite_subject(it),
    "tags": lambda rules, it: list(rules.rewrite_tags(tuple(it))),
    "rating": _rewrite_rating,
}
"""The text fields of a ticket, and how each is rewritten in an event's JSON."""
