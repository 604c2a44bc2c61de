"""Decides what becomes of a mail. Pure; the table is in docs/mail.md, "What becomes of a mail"."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Final

from msgspec import Struct

from common.mail_in import HoldReason
from server.mail_reading.received_mail import MailOrigin
from server.storage.queries.mail.inbound_mails import InboundState

TICKETS_AN_HOUR: Final = 20
"""New tickets of one sender in an hour; further mails are held."""
MAILS_AN_HOUR: Final = 100
"""Mails of one sender in an hour, answers included."""


class Authenticity(Enum):
    """The verdict of a trusted server on the address in `From` (DMARC, RFC 7489)."""

    PASSED = auto()
    FAILED = auto()
    UNKNOWN = auto()


class SenderRelation(Enum):
    """The relation of a mail's sender to the ticket that it is about, or to the organization."""

    NOBODY = auto()
    """The mail has no usable sender."""
    INACTIVE = auto()
    STRANGER = auto()
    """A customer who has no part in the ticket, or is unknown yet."""
    PARTY = auto()
    """The requester or a participant of the ticket."""
    REQUESTING_AGENT = auto()
    """An agent who asked for the ticket."""
    AGENT = auto()


class MailThreading(Enum):
    """The way in which a mail names a ticket: none, by what anybody may claim, by our signature."""

    NONE = auto()
    CLAIMED = auto()
    PROVEN = auto()


class MailFacts(Struct, frozen=True, kw_only=True):
    """Everything that the decision depends on; the counts are those of the last hour."""

    origin: MailOrigin = MailOrigin.PERSON
    threading: MailThreading = MailThreading.NONE
    relation: SenderRelation = SenderRelation.STRANGER
    authenticity: Authenticity = Authenticity.UNKNOWN
    is_spam_ticket: bool = False
    recent_mails: int = 0
    recent_tickets: int = 0


class MailDecision(Struct, frozen=True):
    """The fate of a mail; `reason` where it is held."""

    state: InboundState
    reason: HoldReason | None = None
    verified: bool = False


_AUTOMATIC: Final = {
    MailOrigin.AUTO_REPLY: HoldReason.AUTOMATIC,
    MailOrigin.AUTO_GENERATED: HoldReason.AUTOMATIC,
    MailOrigin.BULK: HoldReason.BULK,
}


def decide_mail(facts: MailFacts) -> MailDecision:
    """Returns what becomes of the mail: the first rule that applies."""
    if facts.origin is MailOrigin.OWN:
        return MailDecision(InboundState.HELD, HoldReason.OWN_MAIL)
    if facts.origin is MailOrigin.BOUNCE:
        return MailDecision(InboundState.BOUNCE)
    doubts = _list_automatic_doubts if facts.origin in _AUTOMATIC else _list_doubts
    reason = next((reason for applies, reason in doubts(facts) if applies), None)
    if reason is not None:
        return MailDecision(InboundState.HELD, reason)
    if facts.origin in _AUTOMATIC:
        return MailDecision(InboundState.NOTE)
    state = InboundState.MESSAGE if names_ticket(facts) else InboundState.TICKET
    return MailDecision(state, verified=_is_verified(facts))


def decide_released_mail(facts: MailFacts) -> MailDecision:
    """Returns what becomes of a held mail that a supervisor accepts: nothing is held again."""
    verified = _is_verified(facts)
    is_answer = names_ticket(facts) and not facts.is_spam_ticket
    if is_answer and facts.relation not in {SenderRelation.NOBODY, SenderRelation.INACTIVE}:
        return MailDecision(InboundState.MESSAGE, verified=verified)
    return MailDecision(InboundState.TICKET, verified=verified)


def names_ticket(facts: MailFacts) -> bool:
    """Returns whether the mail belongs to the ticket it names: a mere claim counts from parties."""
    if facts.threading is MailThreading.CLAIMED:
        return facts.relation is not SenderRelation.STRANGER
    return facts.threading is MailThreading.PROVEN


def _list_automatic_doubts(facts: MailFacts) -> Iterator[tuple[bool, HoldReason]]:
    yield names_ticket(facts) and facts.is_spam_ticket, HoldReason.SPAM
    yield not names_ticket(facts), _AUTOMATIC[facts.origin]
    yield facts.recent_mails >= MAILS_AN_HOUR, HoldReason.TOO_MANY


def _list_doubts(facts: MailFacts) -> Iterator[tuple[bool, HoldReason]]:
    """Yields every reason to hold a person's mail, and whether it applies; the first one counts."""
    is_threaded = names_ticket(facts)
    is_flood = not is_threaded and facts.recent_tickets >= TICKETS_AN_HOUR
    yield is_threaded and facts.is_spam_ticket, HoldReason.SPAM
    yield facts.relation is SenderRelation.NOBODY, HoldReason.NO_SENDER
    yield facts.relation is SenderRelation.INACTIVE, HoldReason.INACTIVE_SENDER
    yield _is_doubtful_agent(facts), HoldReason.UNVERIFIED_AGENT
    yield is_flood or facts.recent_mails >= MAILS_AN_HOUR, HoldReason.TOO_MANY


def _is_verified(facts: MailFacts) -> bool:
    proven = facts.threading is MailThreading.PROVEN
    return proven or facts.authenticity is Authenticity.PASSED


def _is_doubtful_agent(facts: MailFacts) -> bool:
    """An agent's word counts when DMARC passed; what an agent asks for is a customer's word."""
    if facts.relation is not SenderRelation.AGENT:
        return False
    if names_ticket(facts):
        return facts.authenticity is not Authenticity.PASSED
    return facts.authenticity is Authenticity.FAILED
