"""Reads a mail: `read_mail` puts together what the other modules read. Pure."""

from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from server.mail_reading import header_text
from server.mail_reading.charsets import decode_bytes
from server.mail_reading.message_ids import parse_message_id, parse_message_ids
from server.mail_reading.received_mail import MailFile, ReadMail


def read_mail(raw: bytes, envelope_sender: str | None = None) -> ReadMail:
    """Returns what the mail says. Never raises: `faults` tells what could not be understood.

    `envelope_sender` is the reverse path of SMTP, '' for the null path, None if it is not known.
    """
    try:
        return _read_message(BytesParser(policy=compat32).parsebytes(raw), envelope_sender)
    except Exception:  # noqa: BLE001 - a mail is never lost, whatever a library makes of it
        return _keep_whole(raw)


def _read_message(message: Message, envelope_sender: str | None) -> ReadMail:
    values = header_text.list_header_values
    ids = [parse_message_id(value) for value in values(message, "Message-ID")]
    return ReadMail(
        message_id=next(filter(None, ids), None),
        in_reply_to=parse_message_ids(" ".join(values(message, "In-Reply-To"))),
        references=parse_message_ids(" ".join(values(message, "References"))),
        subject=header_text.read_header_line(message, "Subject"),
        text=_find_text(message),
        may_acknowledge=envelope_sender != "",
        authentication=tuple(values(message, "Authentication-Results")),
    )


def _find_text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                return decode_bytes(content, part.get_content_charset()).strip()
    return ""


def _keep_whole(raw: bytes) -> ReadMail:
    file = MailFile("message.eml", "message/rfc822", raw)
    return ReadMail(files=(file,), faults=("The message could not be understood.",))
