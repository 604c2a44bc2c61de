"""The content of a received mail, as the rest of the server sees it.

Every text is free of control characters and of those that change the direction of what follows.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class MailOrigin(StrEnum):
    """The kind of a mail's author. Only `person` and `mailing_list` are somebody's own words."""

    PERSON = "person"
    MAILING_LIST = "mailing_list"
    """A person's mail that came through a list or a group address (RFC 2919, RFC 2369)."""
    AUTO_REPLY = "auto_reply"
    """A vacation notice or a receipt (RFC 3834, RFC 8098)."""
    AUTO_GENERATED = "auto_generated"
    """A notice of a program (RFC 3834)."""
    BULK = "bulk"
    BOUNCE = "bounce"
    """A delivery report (RFC 3464, or what older mail servers wrote)."""
    OWN = "own"
    """A mail of this installation. `read_mail` cannot know; the caller sets it."""


class MailAddress(Struct, frozen=True):
    """An address, normalized as people's addresses are, and the name beside it, or ''."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class MailFile(Struct, frozen=True):
    """A part of a mail that is no text of its author; `name` is one safe component of a path.

    `content_type` is what the mail claims. `inline` means that the mail shows it amid its text.
    """

    name: str
    content_type: str
    content: bytes
    inline: bool = False


class BounceReport(Struct, frozen=True):
    """The failed delivery to one recipient; '' stands for what the report does not say.

    `permanent` says that nobody tries again. Whether the address is at fault is another question:
    a `status` of class 4 then means that a mail server could not be reached for days.
    """

    recipient: str
    status: str
    """An enhanced status code (RFC 3463), as in `5.1.1`."""
    diagnostic: str
    """One line, as in `550 5.1.1 no such user`."""
    permanent: bool
    message_ids: tuple[str, ...] = ()
    """The ids of the mail that was returned, and those that the report refers to."""


class ReadMail(Struct, frozen=True):
    """A mail that was read. Message ids are without angle brackets."""

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: MailAddress | None = None
    has_one_author: bool = False
    """True for one `From` with one address: with more, authentication proves nothing."""
    reply_to: tuple[MailAddress, ...] = ()
    to: tuple[MailAddress, ...] = ()
    cc: tuple[MailAddress, ...] = ()
    subject: str = ""
    """One line of at most `SUBJECT_LIMIT` characters; a longer one is also part of the text."""
    sent_at: datetime | None = None
    """In UTC; what the sender's clock said."""
    text: str = ""
    """The new words, of at most `BODY_LIMIT` characters; the whole of a longer text is a file."""
    quoted: str = ""
    """The signature and the history that were taken off the text, in their order."""
    files: tuple[MailFile, ...] = ()
    origin: MailOrigin = MailOrigin.PERSON
    may_acknowledge: bool = True
    """False where no automatic answer is wanted (RFC 3834, and Exchange's suppression header)."""
    bounce: BounceReport | None = None
    authentication: tuple[str, ...] = ()
    """The values of the `Authentication-Results` headers, the topmost first."""
    faults: tuple[str, ...] = ()
    """Sentences about what could not be understood; then the original message should be kept."""
