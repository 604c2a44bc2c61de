"""From a letter to a message as it travels, with headers that nobody can add to. Pure."""

import re
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from common.addresses import encode_domain
from server.delivery.mail import document as letters
from server.delivery.mail.document import MailDocument
from server.delivery.mail.smtp_settings import Sender

_LONGEST_NAME: Final = 60
_LONGEST_SUBJECT: Final = 250
_NOT_IN_A_NAME: Final = re.compile(r"[^\w .&+\'-]")
_ENCODED_WORD: Final = "=?"
"""How one begins (RFC 2047): what stands in it is read as if it had been written plainly."""
_LONGEST_LINE: Final = 76
"""Of a folded subject: so nobody folds it again on its way."""
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailThread(Struct, frozen=True):
    """The ids of a mail and of its conversation: the parts before the `@`."""

    own: str
    root: str | None = None


class UndeliverableAddress(Exception):
    """There is no way to write to this address."""


def build_message(
    letter: MailDocument,
    *,
    sender: Sender,
    organization: str,
    to: str,
    thread: MailThread,
    at: datetime,
) -> EmailMessage:
    """The mail, ready to be sent. Raises Undeliverable.

    The recipient's own name is in no header: a name is anybody's text. Ids are the same however
    often a mail is sent, so that a repeated one is known as such.
    """
    # A local part beyond ASCII has no other way to be written (RFC 6531); not every relay takes it.
    made = EmailMessage(policy=SMTP if to.rpartition("@")[0].isascii() else SMTPUTF8)
    made["From"] = Address(
        _display_name(sender.name or organization), *_split_address(sender.address)
    )
    made["To"] = Address("", *_split_address(to))
    made.set_raw("Subject", _encode_subject(letter.subject))
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{thread.own}@{sender.domain}>"
    if thread.root is not None:
        made["In-Reply-To"] = made["References"] = f"<{thread.root}@{sender.domain}>"
    # RFC 3834, and what older and Microsoft's responders look at: nothing answers a machine.
    made["Auto-Submitted"] = "auto-generated"
    made["Precedence"] = "bulk"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(letters.render_plain_text(letter), cte="quoted-printable")
    made.add_alternative(
        letters.render_html_document(letter), subtype="html", cte="quoted-printable"
    )
    return made


def _encode_subject(text: str) -> str:
    """The subject's header, which reads as the text whatever that is.

    The library decodes what looks like an encoded word before it writes a header; one in a
    customer's text could so hold line breaks, and headers of its own.
    """
    subject = _BREAKS.sub(" ", text).strip()[:_LONGEST_SUBJECT].strip()
    is_plain = subject.isascii() and _ENCODED_WORD not in subject
    charset = "us-ascii" if is_plain else "utf-8"
    return Header(subject, charset, _LONGEST_LINE, "Subject").encode()


def _display_name(name: str) -> str:
    """A display name that needs no quoting; how quoted ones are folded differs by library."""
    plain = _BREAKS.sub(" ", _NOT_IN_A_NAME.sub(" ", name))
    return plain.strip()[:_LONGEST_NAME].strip()


def _split_address(address: str) -> tuple[str, str]:
    """Local part and domain, the domain as it is in the DNS. Raises Undeliverable."""
    local, _, domain = address.rpartition("@")
    if _ENCODED_WORD in address:
        raise UndeliverableAddress("no header can hold such an address")
    try:
        return local, encode_domain(domain)
    except ValueError as error:
        raise UndeliverableAddress("no such domain can be") from error
