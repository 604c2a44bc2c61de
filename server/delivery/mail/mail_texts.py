"""Puts events into the words of a language: what happened, why a mail comes, and how to answer."""

from typing import Final

from msgspec import UNSET

from common.envelope import Envelope
from common.tickets.filing import TicketCreated
from common.tickets.replying import MessageKind
from common.tickets.transitions import TicketClosed, TicketReopened, TicketResolved
from server.domain.languages.catalogue import Catalogue

DIGEST: Final = "digest"
"""The reason of a mail that sums up many events."""
_REQUESTER_KEYS: Final = {
    TicketResolved.type: "requester.resolved",
    TicketClosed.type: "requester.closed",
    TicketReopened.type: "requester.reopened",
}
"""By event, for customers: other events only say who looks after the ticket, not who did what."""


def describe_to_requester(texts: Catalogue, envelope: Envelope) -> str:
    """Returns what happened, for the requester of the ticket."""
    if envelope.message is not UNSET:
        return texts.say("requester.wrote", name=envelope.actor.name)
    if envelope.type == TicketCreated.type:
        ticket = envelope.ticket
        by_requester = ticket and envelope.actor.id == ticket.customer.id
        return texts.say("requester.created" if by_requester else "requester.created_for_you")
    if envelope.type in _REQUESTER_KEYS:
        return texts.say(_REQUESTER_KEYS[envelope.type])
    assignee = envelope.ticket.assignee if envelope.ticket else None
    if assignee is None:
        return texts.say("requester.updated")
    return texts.say("requester.assigned", name=assignee.name)


def describe_to_agent(texts: Catalogue, envelope: Envelope) -> str:
    """Returns who did what, and why, for agents."""
    name = envelope.actor.name
    if envelope.message is not UNSET:
        is_note = envelope.message.kind is MessageKind.NOTE
        return texts.say("agent.note" if is_note else "agent.reply", name=name)
    done = texts.say_first(f"event.{envelope.type}", "event.other", name=name)
    failed = envelope.undelivered
    if failed:
        done = texts.say("undelivered.message", name=failed.recipient.name, error=failed.error)
    reason = texts.say("agent.because", reason=envelope.reason) if envelope.reason else ""
    return f"{done} {reason}".strip()


def format_ticket_subject(texts: Catalogue, number: int, subject: str) -> str:
    """Returns a subject that is the same in every mail about the ticket, so that they group."""
    return texts.say("subject.ticket", number=number, subject=subject)


def format_digest_subject(texts: Catalogue, organization: str, events: int, tickets: int) -> str:
    return texts.say(
        "subject.digest",
        organization=organization,
        updates=texts.count("updates", events),
        tickets=texts.count("tickets", tickets),
    )


def explain_reason(texts: Catalogue, organization: str, reason: str) -> str:
    """Returns the organization, and why the recipient gets the mail."""
    return f"{organization}. {texts.say_first(f'reason.{reason}', 'reason.other')}"
