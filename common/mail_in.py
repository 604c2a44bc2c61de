"""Mail that comes in, on the wire: inboxes, held mails, and the fate of a mail."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from common.text import Email, Slug


class HoldReason(StrEnum):
    """The reason for which a mail waits for a supervisor, instead of becoming a ticket."""

    OWN_MAIL = "own_mail"
    """It is this desk's own, and would answer itself."""
    AUTOMATIC = "automatic"
    """A program wrote it, to no ticket."""
    BULK = "bulk"
    """It went to many people, to no ticket."""
    BOUNCE = "bounce"
    """A delivery report about no mail of ours."""
    SPAM = "spam"
    """An answer to a ticket that was closed as spam."""
    UNVERIFIED_AGENT = "unverified_agent"
    """It claims to be an agent's, and nothing proves it."""
    TOO_MANY = "too_many"
    """Its sender wrote more in an hour than people do."""
    NO_SENDER = "no_sender"
    """It names nobody who could be the customer."""
    INACTIVE_SENDER = "inactive_sender"
    """Its sender is deactivated."""
    REFUSED = "refused"
    """The ticket cannot take it, for example because of its status."""
    FAILED = "failed"
    """The server could not process it; the log says why."""


class CreateInbox(Struct, frozen=True, forbid_unknown_fields=True):
    """Adds an inbox: mail to the address becomes tickets in the category."""

    address: Email
    category: Slug | UnsetType = UNSET


class InboxView(Struct, frozen=True):
    """An inbox."""

    id: int
    address: str
    category: str
    created_at: datetime


class MailQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The inbox that a mail is for; by default its headers say."""

    recipient: str | UnsetType = UNSET


class QuotedText(Struct, frozen=True):
    """The signature and the history of a mail, which its message leaves out."""

    quoted: str


class HeldMailView(Struct, frozen=True, kw_only=True):
    """A mail that waits for a supervisor; `number` is the ticket that it seems to be about."""

    id: int
    reason: HoldReason
    sender: str | None
    subject: str
    inbox: str
    number: int | None
    size: int
    received_at: datetime


class AcceptHeldMail(Struct, frozen=True, forbid_unknown_fields=True):
    """Makes a ticket of a held mail; `customer_email` replaces its sender."""

    customer_email: Email | UnsetType = UNSET


class AcceptedMail(Struct, frozen=True, kw_only=True):
    """The fate of a mail. `number` is its ticket, `message_id` its message there.

    Both are null where it has none; `message_id` also where it is the ticket's own text.
    """

    id: int
    result: Literal["ticket", "message", "note", "bounce", "held", "discarded"]
    reason: HoldReason | None = None
    number: int | None = None
    message_id: int | None = None
    repeated: bool = False
    """The mail had come before, and nothing was done again."""
