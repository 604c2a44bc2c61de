"""Every sentence of our mails. Pure."""

from datetime import datetime
from typing import Final

from msgspec import UNSET

from common.envelope import Envelope
from common.notifications import Reason
from common.tickets.filing import TicketCreated
from common.tickets.registry import describe_event_type
from common.tickets.replying import MessageKind
from common.tickets.transitions import TicketClosed, TicketReopened, TicketResolved
from server.domain.rating_links import SURVEY
from server.domain.time_zones import find_zone

DIGEST: Final = "digest"
"""The reason of a mail that sums up many events."""
SCORE_LABELS: Final = ("1 (bad)", "2", "3", "4", "5 (good)")
REOPENING_HINT: Final = "If anything is still wrong, reply to the ticket and we will reopen it."
_REQUESTER_TEXTS: Final = {
    TicketCreated.type: "We have received your request and will reply as soon as we can.",
    TicketResolved.type: "Your ticket has been resolved.",
    TicketClosed.type: "Your ticket has been closed.",
    TicketReopened.type: "Your ticket has been reopened.",
}
"""By event, for customers: other events only say who looks after the ticket, not who did what."""
_REASON_TEXTS: Final = {
    Reason.MENTIONED: "You were mentioned.",
    Reason.ASSIGNED: "The ticket was assigned to you.",
    Reason.UNASSIGNED: "The ticket is no longer assigned to you.",
    Reason.AUTHOR: "You wrote the message.",
    Reason.MINE: "The ticket is assigned to you.",
    Reason.CUSTOMER: "You are the requester of this ticket.",
    Reason.FOLLOWED: "You follow this ticket.",
    Reason.TEAM: "The ticket is not assigned to anybody.",
    Reason.SUPERVISOR: "Supervisors are notified of this.",
    DIGEST: "You chose to get your notifications together.",
    SURVEY: "We ask once each time one of your tickets is resolved.",
}


def describe_to_requester(envelope: Envelope) -> str:
    """Returns what happened, for the requester of the ticket."""
    if envelope.message is not UNSET:
        return f"{envelope.actor.name} wrote:"
    text = _REQUESTER_TEXTS.get(envelope.type)
    if text is not None:
        return text
    assignee = envelope.ticket.assignee if envelope.ticket else None
    if assignee is None:
        return "Your ticket has been updated."
    return f"{assignee.name} is looking after your ticket."


def describe_to_agent(envelope: Envelope) -> str:
    """Returns who did what, and why, for agents."""
    if envelope.message is not UNSET:
        written = "a note" if envelope.message.kind is MessageKind.NOTE else "a reply"
        return f"{envelope.actor.name} wrote {written}:"
    reason = f" ({envelope.reason})" if envelope.reason else ""
    return f"{envelope.actor.name} {describe_event_type(envelope.type)}{reason}."


def describe_score(score: int) -> str:
    return f"Rating: {score} of 5."


def format_ticket_subject(number: int, subject: str) -> str:
    return f"[#{number}] {subject}"


def format_digest_subject(organization: str, events: int, tickets: int) -> str:
    counts = f"{_format_count(events, 'update')} on {_format_count(tickets, 'ticket')}"
    return f"[{organization}] {counts}"


def format_rest_of_digest(events: int) -> str:
    """Returns the last line of a digest that is too long to name every event."""
    return f"And {_format_count(events, 'more update')}."


def ask_for_rating(number: int) -> str:
    return f"Your ticket #{number} has been resolved. How did we do?"


def describe_link_lifetime(expires_at: datetime, zone: str) -> str:
    until = format_local_time(expires_at, zone)
    return f"You do not need a password. The link works until {until}."


def explain_reason(organization: str, reason: str) -> str:
    """Returns why the recipient gets the mail, and where to answer."""
    why = _REASON_TEXTS.get(reason, "This ticket concerns you.")
    return f"{organization}. {why} Please reply in the ticket: nobody reads mail to this address."


def format_local_time(at: datetime, zone: str) -> str:
    """Returns a time in a zone of the tz database, such as `2026-02-03 10:30 CET`."""
    return at.astimezone(find_zone(zone)).strftime("%Y-%m-%d %H:%M %Z")


def _format_count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
