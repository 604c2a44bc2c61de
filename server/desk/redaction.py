"""Redacting in a turn of the desk: a text of a ticket, or all words of a person who is erased."""

from typing import Final

from msgspec import UNSET

from common.errors import Invalid
from common.text import BODY_LIMIT, SUBJECT_LIMIT
from common.tickets.redacting import (
    ERASED,
    MARKS,
    RedactableField,
    Redacted,
    RedactedParts,
    RedactTicket,
)
from common.tickets.ticket import Ticket
from server.desk import due_actions, ticket_commands
from server.desk.ticket_commands import Versions
from server.desk.unit_of_work import UnitOfWork
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import (
    history_rewriting,
    idempotency,
    messages,
    person_erasure,
    purge_requests,
    tickets,
)
from server.storage.queries.history_rewriting import Author, Rules

_NOTHING: Final = RedactedParts()


def redact_ticket(
    turn: UnitOfWork, number: int, command: RedactTicket, if_match: Versions | None = None
) -> tuple[Ticket, RedactedParts]:
    """Takes out what the command names. Nothing there: no event, and no parts.

    Raises NotFound, Invalid and StaleVersion.
    """
    _ = turn.ledger
    found = turn.ticket(number)
    _check(turn, found, command)
    ticket_commands.check_version(turn, found, if_match)
    ticket = due_actions.catch_up(turn, found)
    after, parts = _reword(turn, ticket, _Redaction(command), command.reason)
    if parts:
        idempotency.forget_ticket(turn.writing, ticket.org_id, number)
    return after, parts


def erase_words(turn: UnitOfWork, person_id: int) -> bool:
    """Takes out all that a person wrote, and its tickets' texts and tags; whether there was any."""
    numbers = person_erasure.tickets_with_words_of(turn.writing, turn.actor.org_id, person_id)
    erased = [_erase(turn, number, person_id) for number in numbers]
    return any(erased)


def _erase(turn: UnitOfWork, number: int, person_id: int) -> bool:
    ticket = due_actions.catch_up(turn, turn.ticket(number))
    rules = _Erasure(person_id, is_own=ticket.customer_id == person_id)
    return bool(_reword(turn, ticket, rules, None)[1])


def _reword(
    turn: UnitOfWork, ticket: Ticket, rules: Rules, reason: str | None
) -> tuple[Ticket, RedactedParts]:
    """Rewords the ticket, records that, and has what is left of the old words wiped."""
    reworded, parts = history_rewriting.reword(turn.writing, ticket, rules)
    if not parts:
        return ticket, _NOTHING
    after = turn.record(reworded, [Redacted(parts=parts, reason=reason)])
    tickets.save(turn.writing, ticket, after, turn.wake_at(after))
    purge_requests.request(turn.writing, ticket.org_id, stored(turn.present))
    return after, parts


def _check(turn: UnitOfWork, ticket: Ticket, command: RedactTicket) -> None:
    """Raises Invalid for a command that contradicts itself, or names no message of the ticket."""
    faults = command.faults()
    if faults:
        raise Invalid(*faults)
    seq = command.message_id
    if seq is UNSET:
        return
    if not messages.by_seq(turn.writing, ticket.org_id, ticket.number, (seq,)):
        raise Invalid.at("/message_id", "is no message of this ticket")


class _Redaction(Rules):
    """The rest that a command leaves of each text."""

    def __init__(self, command: RedactTicket) -> None:
        self._command = command

    def _of_field(self, field: RedactableField, text: str, limit: int) -> str:
        command = self._command
        if not command.is_everywhere and command.field is not field:
            return text
        return command.redacted(text, limit)

    def subject(self, text: str) -> str:
        return self._of_field(RedactableField.SUBJECT, text, SUBJECT_LIMIT)

    def description(self, text: str) -> str:
        return self._of_field(RedactableField.DESCRIPTION, text, BODY_LIMIT)

    def tags(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """A tag in which the text stands goes whole."""
        return tuple(tag for tag in tags if self._elsewhere(tag) == tag)

    def comment(self, text: str) -> str:
        return self._elsewhere(text)

    def reason(self, author: Author, text: str) -> str:
        return self._elsewhere(text)

    def message(self, author: Author, seq: int, text: str) -> str:
        command = self._command
        if not command.is_everywhere and command.message_id != seq:
            return text
        return command.redacted(text, BODY_LIMIT)

    def _elsewhere(self, text: str) -> str:
        """Replaces a text wherever it stands beyond what the command names."""
        command = self._command
        return command.redacted(text, BODY_LIMIT) if command.is_everywhere else text


class _Erasure(Rules):
    """Nothing of an erased person's words; of its own tickets no text at all."""

    def __init__(self, person_id: int, *, is_own: bool) -> None:
        self._person_id = person_id
        self._is_own = is_own

    def _own(self, text: str) -> str:
        return ERASED if self._is_own and text not in MARKS else text

    def subject(self, text: str) -> str:
        return self._own(text)

    def description(self, text: str) -> str:
        return self._own(text)

    def tags(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        return () if self._is_own else tags

    def comment(self, text: str) -> str:
        return self._own(text)

    def reason(self, author: Author, text: str) -> str:
        return self._by(author, text)

    def message(self, author: Author, seq: int, text: str) -> str:
        return self._by(author, text)

    def _by(self, author: Author, text: str) -> str:
        return ERASED if author.is_person(self._person_id) and text not in MARKS else text
