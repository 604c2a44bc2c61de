"""A mail on its way into an organization: what was read of it, and how it came."""

import hashlib
import re
from typing import Final

from msgspec import Struct

from server.desk.mail.mail_decision import Authenticity
from server.domain.reply_addresses import ReplyTag
from server.mail_reading.received_mail import MailAddress, ReadMail
from server.storage.queries.mail.inboxes import MailInbox

_LONGEST_HEAD: Final = 262_144
_SPACE: Final = re.compile(r"\s+")


class IncomingMail(Struct, frozen=True, kw_only=True):
    """A mail for one organization. `tag` is that of the address it came to.

    `secret` signs and checks reply addresses and Message-IDs.
    """

    content: bytes
    read: ReadMail
    inbox: MailInbox
    secret: str
    tag: ReplyTag | None = None
    envelope_sender: str | None = None
    authenticity: Authenticity = Authenticity.UNKNOWN
    is_sender_given: bool = False
    """A supervisor named the sender: nothing in the mail proves who it is."""

    @property
    def sender(self) -> MailAddress | None:
        return self.read.sender

    @property
    def fingerprint(self) -> str:
        """The fingerprint by which the mail is known if it comes again."""
        if self.read.message_id is not None:
            return fingerprint_id(self.read.message_id)
        return hashlib.sha256(_strip_trace(self.content)).hexdigest()


def fingerprint_id(message_id: str) -> str:
    """Returns the fingerprint of a Message-ID."""
    return "id:" + hashlib.sha256(_SPACE.sub("", message_id).encode()).hexdigest()


def _strip_trace(content: bytes) -> bytes:
    """Returns the mail without what each delivery adds above it (RFC 5321, section 4.4).

    Headers longer than any mail server writes stay as they are, since they would take seconds.
    """
    head, gap, body = content.partition(b"\r\n\r\n")
    if not gap:
        head, gap, body = content.partition(b"\n\n")
    if len(head) > _LONGEST_HEAD:
        return content
    fields = re.split(rb"\r?\n(?![ \t])", head)
    kept = [it for it in fields if not it.lower().startswith(_TRACE)]
    return b"\n".join(kept) + gap + body


_TRACE: Final = (
    b"received:",
    b"return-path:",
    b"delivered-to:",
    b"x-original-to:",
    b"authentication-results:",
)
