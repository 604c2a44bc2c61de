"""Builds MIME messages with headers that nobody's text can add to. Pure."""

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
from server.delivery.mail import mail_document
from server.delivery.mail.mail_document import MailDocument
from server.delivery.mail.smtp_settings import Sender

_LONGEST_NAME: Final = 60
_LONGEST_SUBJECT: Final = 250
_NOT_IN_A_NAME: Final = re.compile(r"[^\w .&+\'-]")
_ENCODED_WORD: Final = "=?"
"""The beginning of an encoded word (RFC 2047), which is read as if it were written plainly."""
_LONGEST_LINE: Final = 76
"""Of a folded subject: so nobody folds it again on its way."""
_RECEIVED_ID: Final = re.compile(r"[!-;=?-~]{1,200}@[!-;=?-~]{1,200}", re.ASCII)
"""An id of somebody else's that can stand in a header as it is: no blank, no bracket."""
_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailThread(Struct, frozen=True):
    """The place of a mail in its conversation: the parts of our own ids before the `@`.

    `received` are ids of mails that the recipient wrote, whole and oldest first.
    """

    own: str
    root: str | None = None
    received: tuple[str, ...] = ()


class UndeliverableAddress(Exception):
    """There is no way to write to this address."""


def build_message(
    document: MailDocument,
    *,
    sender: Sender,
    organization: str,
    to: str,
    thread: MailThread,
    at: datetime,
    reply_to: str | None = None,
) -> EmailMessage:
    """Returns the mail, ready to be sent. Raises UndeliverableAddress.

    The recipient's name is in no header, because anybody can choose a name. A mail has the same id
    however often it is sent, so a mail server can recognize a repeated one.
    """
    # A local part beyond ASCII has no other way to be written (RFC 6531); not every relay takes it.
    made = EmailMessage(policy=SMTP if to.rpartition("@")[0].isascii() else SMTPUTF8)
    made["From"] = Address(
        _display_name(sender.name or organization), *_split_address(sender.address)
    )
    made["To"] = Address("", *_split_address(to))
    made.set_raw("Subject", _encode_subject(document.subject))
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{thread.own}@{sender.domain}>"
    if reply_to is not None:
        made["Reply-To"] = Address("", *_split_address(reply_to))
    _add_thread_headers(made, thread, sender)
    if document.is_notice:
        # RFC 3834, and what older and Microsoft's responders look at: nothing answers a machine.
        made["Auto-Submitted"] = "auto-generated"
        made["Precedence"] = "bulk"
        made["X-Auto-Response-Suppress"] = "All"
    made.set_content(mail_document.render_plain_text(document), cte="quoted-printable")
    made.add_alternative(
        mail_document.render_html_document(document), subtype="html", cte="quoted-printable"
    )
    return made


def encode_message(message: EmailMessage, *, utf8: bool = False) -> bytes:
    """Returns the mail's bytes; `utf8` where the relay takes headers of RFC 6532.

    Headers are as long as they were written: the library would encode a long id as words
    (RFC 2047), which is then no id any more.
    """
    policy = SMTPUTF8 if utf8 else SMTP
    return message.as_bytes(policy=policy.clone(refold_source="none"))


def encode_address(address: str) -> str:
    """Returns an address as envelopes have it. Raises UndeliverableAddress."""
    return "@".join(_split_address(address))


def _add_thread_headers(made: EmailMessage, thread: MailThread, sender: Sender) -> None:
    """Adds In-Reply-To and References (RFC 5322, section 3.6.4): programs group by them."""
    if thread.root is None:
        return
    root = f"<{thread.root}@{sender.domain}>"
    received = [f"<{it}>" for it in thread.received if _RECEIVED_ID.fullmatch(it)]
    made.set_raw("In-Reply-To", received[-1] if received else root)
    made.set_raw("References", "\r\n ".join([root, *received]))


def _encode_subject(text: str) -> str:
    """Returns the subject's header, which reads as the text whatever the text is.

    The library decodes what looks like an encoded word before it writes a header. Such a word in a
    customer's text could hold line breaks, and so headers of its own.
    """
    subject = _BREAKS.sub(" ", text).strip()[:_LONGEST_SUBJECT].strip()
    is_plain = subject.isascii() and _ENCODED_WORD not in subject
    charset = "us-ascii" if is_plain else "utf-8"
    return Header(subject, charset, _LONGEST_LINE, "Subject").encode()


def _display_name(name: str) -> str:
    """Returns a display name that needs no quotes; libraries fold quoted names differently."""
    plain = _BREAKS.sub(" ", _NOT_IN_A_NAME.sub(" ", name))
    return plain.strip()[:_LONGEST_NAME].strip()


def _split_address(address: str) -> tuple[str, str]:
    """Returns local part and domain, the domain as in the DNS. Raises UndeliverableAddress."""
    local, _, domain = address.rpartition("@")
    if _ENCODED_WORD in address:
        raise UndeliverableAddress("no header can hold such an address")
    try:
        return local, encode_domain(domain)
    except ValueError as error:
        raise UndeliverableAddress("no such domain can be") from error
