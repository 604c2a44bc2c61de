"""Rewording a ticket's past: what is taken out leaves rows, log and search index together.

The log is else never changed. Here its texts alone are, in the transaction that records why; ids,
times, values and the order of the events stay.
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
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import search_index, tickets
from server.storage.queries.search_index import Document
from server.storage.tables import desk_tables
from server.storage.tables.desk_tables import Event, Message

_PAGE: Final = 500
_MESSAGES = Statement(
    Message.select(Message.seq, Message.kind, Message.author_role, Message.author_id, Message.body)
    .where((Message.org_id == param("org_id")) & (Message.number == param("number")))
    .order_by(Message.seq)
)
_SET_MESSAGE = Statement(
    Message.update({Message.body: param("body")}).where(
        (Message.org_id == param("org_id"))
        & (Message.number == param("number"))
        & (Message.seq == param("seq"))
    )
)
_SET_DESCRIPTION = Statement(
    desk_tables.Ticket.update({desk_tables.Ticket.description: param("description")}).where(
        (desk_tables.Ticket.org_id == param("org_id"))
        & (desk_tables.Ticket.number == param("number"))
    )
)
_EVENTS = Statement(
    Event.select(Event.seq, Event.actor_role, Event.actor_id, Event.body)
    .where(
        (Event.org_id == param("org_id"))
        & (Event.number == param("number"))
        & (Event.seq > param("after"))
    )
    .order_by(Event.seq)
    .limit(param("limit"))
)
_SET_EVENT = Statement(
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


class Author(Struct, frozen=True):
    """The author of a text: an API key's id is no person's."""

    role: Role
    id: int | None

    def is_person(self, person_id: int) -> bool:
        return self.id == person_id and self.role is not Role.KEY


class Rules(ABC):
    """The rest of each text of a ticket; the text itself where nothing is taken out."""

    @abstractmethod
    def subject(self, text: str) -> str: ...

    @abstractmethod
    def description(self, text: str) -> str: ...

    @abstractmethod
    def tags(self, tags: tuple[str, ...]) -> tuple[str, ...]: ...

    @abstractmethod
    def comment(self, text: str) -> str:
        """Returns what is left of the words to a rating."""

    @abstractmethod
    def reason(self, author: Author, text: str) -> str:
        """Returns what is left of an event's reason."""

    @abstractmethod
    def message(self, author: Author, seq: int, text: str) -> str: ...


def reword(writing: Writing, ticket: Ticket, rules: Rules) -> tuple[Ticket, RedactedParts]:
    """Applies the rules to all that is kept of a ticket, and names what they changed.

    The ticket's own row gets its new description here; its other fields are the caller's to save,
    with the event that says what happened.
    """
    fields = _reword_log(writing, ticket, rules)
    after = _reworded(ticket, rules)
    if _reword_description(writing, ticket, after, rules):
        fields.add("description")
    messages, notes = _reword_messages(writing, ticket, rules)
    return after, RedactedParts(tuple(sorted(fields)), messages, notes)


def version_of(reading: Reading, org_id: int, seq: int) -> int:
    """Returns the version that a message's ticket had with it: what it is indexed under."""
    version: int = reading.value(_VERSION, org_id=org_id, seq=seq)
    return version


def _reworded(ticket: Ticket, rules: Rules) -> Ticket:
    rating = ticket.rating
    if rating is not None and rating.comment is not None:
        rating = replace(rating, comment=rules.comment(rating.comment))
    return replace(
        ticket, subject=rules.subject(ticket.subject), tags=rules.tags(ticket.tags), rating=rating
    )


def _reword_description(writing: Writing, before: Ticket, after: Ticket, rules: Rules) -> bool:
    """Subject and description are one document of the index: either changes it."""
    org_id, number = before.org_id, before.number
    text = tickets.description(writing, org_id, number)
    left = rules.description(text)
    if (before.subject, text) == (after.subject, left):
        return False
    for step, subject, said in (
        (search_index.remove, before.subject, text),
        (search_index.add, after.subject, left),
    ):
        step(
            writing,
            Document(org_id, number, search_index.OWN_TEXT, search_index.own_text(subject, said)),
        )
    if text != left:
        writing.write(_SET_DESCRIPTION, org_id=org_id, number=number, description=left)
    return text != left


def _reword_messages(
    writing: Writing, ticket: Ticket, rules: Rules
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Answers the ids of the replies and of the notes that changed."""
    org_id, number = ticket.org_id, ticket.number
    changed: dict[str, list[int]] = {MessageKind.REPLY: [], MessageKind.NOTE: []}
    for seq, kind, role, author_id, text in writing.rows(_MESSAGES, org_id=org_id, number=number):
        left = rules.message(Author(Role(role), author_id), seq, text)
        if left == text:
            continue
        version, is_note = version_of(writing, org_id, seq), kind == MessageKind.NOTE
        search_index.remove(writing, Document(org_id, number, version, text, is_note))
        search_index.add(writing, Document(org_id, number, version, left, is_note))
        writing.write(_SET_MESSAGE, org_id=org_id, number=number, seq=seq, body=left)
        changed[kind].append(seq)
    return tuple(changed[MessageKind.REPLY]), tuple(changed[MessageKind.NOTE])


def _reword_log(writing: Writing, ticket: Ticket, rules: Rules) -> set[str]:
    """Rewrites every event of the ticket in which a text stands; answers which fields did."""
    fields: set[str] = set()
    after = 0
    while page := writing.rows(
        _EVENTS, org_id=ticket.org_id, number=ticket.number, after=after, limit=_PAGE
    ):
        for seq, role, actor_id, body in page:
            detail = msgspec.json.decode(body)
            changed = _reword_detail(detail, Author(Role(role), actor_id), rules)
            if changed:
                fields |= changed
                text = msgspec.json.encode(detail).decode()
                writing.write(_SET_EVENT, org_id=ticket.org_id, seq=seq, body=text)
        after = page[-1][0]
    return fields


def _reword_detail(detail: dict[str, Any], author: Author, rules: Rules) -> set[str]:
    """Applies the rules to an event's stored text: the ticket after it, old and new values."""
    ticket, changes = detail.get("ticket", {}), detail.get("changes", {})
    changed = set()
    for name, rule in _FIELDS.items():
        its = partial(rule, rules)
        pair = changes.get(name, [])
        done = [_replace(ticket, name, its), *(_replace(pair, at, its) for at in range(len(pair)))]
        if any(done):
            changed.add(name)
    if _replace(detail, "rating", partial(_reword_rating, rules)):
        changed.add("rating")
    if _replace(detail, "reason", partial(rules.reason, author)):
        changed.add("reason")
    return changed


def _replace(holder: Any, key: Any, rule: Callable[[Any], Any]) -> bool:
    """Puts what the rule leaves in the place of a value, where there is one."""
    before = holder[key] if isinstance(holder, list) else holder.get(key)
    if before is None:
        return False
    holder[key] = after = rule(before)
    return bool(after != before)


def _reword_rating(rules: Rules, rating: dict[str, Any]) -> dict[str, Any]:
    if rating.get("comment") is None:
        return rating
    return {**rating, "comment": rules.comment(rating["comment"])}


_FIELDS: Final[dict[str, Callable[[Rules, Any], Any]]] = {
    "subject": lambda rules, it: rules.subject(it),
    "tags": lambda rules, it: list(rules.tags(tuple(it))),
    "rating": _reword_rating,
}
"""Fields of a ticket that are words, and how one of them is reworded in an event's JSON."""
