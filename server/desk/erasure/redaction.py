"""Redaction: takes a text out of a ticket and of everything that was recorded about it."""

from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from common.errors import Invalid
from common.text import BODY_LIMIT, SUBJECT_LIMIT
from common.tickets.redacting import (
    REDACTED,
    RedactableField,
    RedactedParts,
    RedactTicket,
    TicketRedacted,
)
from common.tickets.ticket import Ticket
from server.desk.erasure import draft_redaction
from server.desk.recording import event_recorder, ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions, ticket_commands, ticket_merging
from server.desk.tickets.ticket_commands import Versions
from server.domain.timestamps import to_microseconds
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.erasure import history_rewriting, purge_requests
from server.storage.queries.erasure.history_rewriting import RewriteRules, TextAuthor
from server.storage.queries.log import event_log
from server.storage.queries.mail import inbound_mails
from server.storage.queries.organization import idempotency
from server.storage.queries.ticket import merged_conversations, tickets

_NO_PARTS: Final = RedactedParts()


def redact_ticket(
    work: UnitOfWork, number: int, command: RedactTicket, if_match: Versions | None = None
) -> tuple[Ticket, RedactedParts]:
    """Takes out what the command names; where it finds nothing there is no event and no parts.

    Raises NotFound, Invalid and StaleVersion.
    """
    found = ticket_repository.load_ticket(work, number)
    _check_command(work, found, command)
    ticket_commands.check_version(work, found, if_match)
    ticket = due_actions.apply_due_actions(work, found)
    removed = _find_removed_file(work, ticket, command)
    rules = _Redaction(command, removed)
    after, parts = rewrite_ticket(work, ticket, rules, command.reason)
    if ticket.merged_from and command.field is UNSET:
        parts += _redact_merged_tickets(work, ticket, command, removed)
        after = ticket_repository.load_ticket(work, number)
    return after, parts


def drop_originals(work: UnitOfWork, ticket: Ticket) -> bool:
    """Removes the mails behind a ticket: an answer quotes what is removed elsewhere."""
    had_any = inbound_mails.drop_mails_of_ticket(work.writing, ticket.org_id, ticket.number)
    if had_any:
        purge_requests.request_purge(work.writing, ticket.org_id, to_microseconds(work.present))
    return had_any


def rewrite_ticket(
    work: UnitOfWork, ticket: Ticket, rules: RewriteRules, reason: str | None
) -> tuple[Ticket, RedactedParts]:
    """Rewords the ticket, records that, and requests a purge of the old words and mails."""
    drop_originals(work, ticket)
    draft_redaction.redact_drafts(work, ticket, rules)
    reworded, parts = history_rewriting.rewrite_history(work.writing, ticket, rules)
    if not parts:
        return ticket, _NO_PARTS
    after = event_recorder.record_events(
        work, reworded, [TicketRedacted(parts=parts, reason=reason)]
    )
    tickets.update_ticket(
        work.writing, ticket, after, ticket_repository.compute_wake_time(work, after)
    )
    purge_requests.request_purge(work.writing, ticket.org_id, to_microseconds(work.present))
    idempotency.delete_ticket_responses(work.writing, ticket.org_id, ticket.number)
    _record_in_survivors(work, after, parts, reason)
    return after, parts


def _redact_merged_tickets(
    work: UnitOfWork, survivor: Ticket, command: RedactTicket, removed: Attachment | None
) -> RedactedParts:
    """Rewords the tickets that a survivor shows; returns the parts as they are shown there."""
    parts = _NO_PARTS
    for number in survivor.merged_from:
        merged = ticket_repository.load_ticket(work, number)
        opening = event_log.read_opening_seq(work.writing, merged.org_id, number)
        own = command
        if command.message_id == opening:
            own = replace(command, message_id=UNSET, field=RedactableField.DESCRIPTION)
        rules = _Redaction(own, removed)
        changed = rewrite_ticket(work, merged, rules, command.reason)[1]
        parts += changed.shown_in_survivor(opening)
    return parts


def _record_in_survivors(
    work: UnitOfWork, ticket: Ticket, parts: RedactedParts, reason: str | None
) -> None:
    """Records a redaction of a merged ticket on every ticket that shows its conversation."""
    if ticket.merged_into is None:
        return
    opening = event_log.read_opening_seq(work.writing, ticket.org_id, ticket.number)
    shown = parts.shown_in_survivor(opening)
    survivor = ticket_merging.find_survivor(work, ticket.merged_into)
    while survivor is not None and shown:
        event = TicketRedacted(parts=shown, reason=reason)
        after = event_recorder.record_events(work, survivor, [event])
        wake_at = ticket_repository.compute_wake_time(work, after)
        tickets.update_ticket(work.writing, survivor, after, wake_at)
        idempotency.delete_ticket_responses(work.writing, ticket.org_id, survivor.number)
        survivor = ticket_merging.find_survivor(work, survivor.merged_into)


def _check_command(work: UnitOfWork, ticket: Ticket, command: RedactTicket) -> None:
    """Raises Invalid for a command that contradicts itself, or names no message of the ticket."""
    faults = command.find_errors()
    if faults:
        raise Invalid(*faults)
    _find_removed_file(work, ticket, command)
    seq = command.message_id
    if seq is UNSET:
        return
    if not merged_conversations.list_messages_of_family(work.writing, ticket, (seq,)):
        raise Invalid.for_field("/message_id", "is no message of this ticket")


def _find_removed_file(
    work: UnitOfWork, ticket: Ticket, command: RedactTicket
) -> Attachment | None:
    """Returns the file that a command removes: of the ticket, or of one merged into it.

    Raises Invalid for another ticket's.
    """
    if command.attachment_id is UNSET:
        return None
    found = attachments.find_attachment(work.writing, ticket.org_id, command.attachment_id)
    if found is None or found.attachment.number not in {ticket.number, *ticket.merged_from}:
        raise Invalid.for_field("/attachment_id", "is no attachment of this ticket")
    return found.attachment


def _redact_lines(name: str, text: str) -> str:
    """Returns a text without the lines that are the name of a removed file, as we write them."""
    return "\n".join(REDACTED if line == name else line for line in text.split("\n"))


class _Redaction(RewriteRules):
    """The rules of a redaction: the rest that the command leaves of each text."""

    def __init__(self, command: RedactTicket, removed: Attachment | None = None) -> None:
        self._command = command
        self._removed = removed

    def _redact_field(self, field: RedactableField, text: str, limit: int) -> str:
        command = self._command
        if not command.covers_whole_ticket and command.field is not field:
            return text
        return command.redact_text(text, limit)

    def rewrite_subject(self, text: str) -> str:
        return self._redact_field(RedactableField.SUBJECT, text, SUBJECT_LIMIT)

    def rewrite_description(self, text: str) -> str:
        return self._redact_field(RedactableField.DESCRIPTION, text, BODY_LIMIT)

    def rewrite_tags(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Removes the tags that contain the text."""
        return tuple(tag for tag in tags if self._redact_everywhere(tag) == tag)

    def rewrite_comment(self, text: str) -> str:
        return self._redact_everywhere(text)

    def rewrite_reason(self, author: TextAuthor, text: str) -> str:
        return self._redact_everywhere(text)

    def rewrite_draft(self, text: str) -> str:
        return self._redact_everywhere(text)

    def rewrite_message(self, author: TextAuthor, seq: int, text: str) -> str:
        command = self._command
        if self._removed is not None and self._removed.seq == seq:
            return _redact_lines(self._removed.name, text)
        if not command.covers_whole_ticket and command.message_id != seq:
            return text
        return command.redact_text(text, BODY_LIMIT)

    def rewrite_file(self, uploader: TextAuthor, file: Attachment) -> str | None:
        return self._command.redact_file(file.id, file.seq, file.name)

    def _redact_everywhere(self, text: str) -> str:
        """Replaces a text wherever else it stands in the ticket."""
        command = self._command
        return command.redact_text(text, BODY_LIMIT) if command.covers_whole_ticket else text
