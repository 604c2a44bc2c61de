"""Reads a mail: `read_mail` puts together what the other modules read. Pure."""

from datetime import datetime
from email.errors import StartBoundaryNotFoundDefect
from email.message import Message
from typing import Final

from msgspec import Struct, structs

from common.text import BODY_LIMIT, SUBJECT_LIMIT
from server.mail_reading import address_headers, bounces, header_text, mail_parts, origin_headers
from server.mail_reading.charsets import decode_bytes
from server.mail_reading.header_text import list_header_values
from server.mail_reading.html_text import HISTORY_MARK
from server.mail_reading.message_ids import parse_message_id, parse_message_ids
from server.mail_reading.mime_parser import parse_mime
from server.mail_reading.quote_phrases import FORWARD_SUBJECT
from server.mail_reading.received_mail import MailAddress, MailFile, MailOrigin, ReadMail
from server.mail_reading.reply_split import SplitText, split_reply
from server.mail_reading.safe_characters import clean_header_line, clean_mail_block
from server.mail_reading.sent_dates import parse_sent_date

_LONGEST_SPLIT: Final = 1_000_000
"""Characters of a text in which history is looked for; the whole of a longer one is a file."""
_LONGEST_QUOTED: Final = 4 * BODY_LIMIT
_LONGEST_HEAD: Final = 1_000_000
_MOST_FAULTS: Final = 10
_CUT: Final = "\n[…]"


class _Writers(Struct, frozen=True):
    sender: MailAddress | None
    has_one_author: bool
    faults: tuple[str, ...] = ()


def read_mail(raw: bytes, envelope_sender: str | None = None) -> ReadMail:
    """Returns what the mail says. Never raises: `faults` tells what could not be understood.

    `envelope_sender` is the reverse path of SMTP, '' for the null path, None if it is not known.
    """
    try:
        return _read_message(parse_mime(raw), raw, envelope_sender)
    except Exception:  # noqa: BLE001 - a mail is never lost, whatever a library makes of it
        return keep_whole(raw, envelope_sender)


def _read_message(message: Message, raw: bytes, envelope_sender: str | None) -> ReadMail:
    parts = mail_parts.take_apart(message)
    defects = list(mail_parts.list_defects(message))
    if any(isinstance(defect, StartBoundaryNotFoundDefect) for defect in defects):
        # The parser drops what follows the end of parts that never began.
        parts.files.append(MailFile("message.eml", "message/rfc822", raw))
        parts.texts = [parts.text or _read_source(raw)]
    report = bounces.read_delivery_report(message, envelope_sender, parts.text)
    mail = _read_headers(message, envelope_sender)
    if report.is_report:
        origin = MailOrigin.BOUNCE if report.bounce else MailOrigin.AUTO_GENERATED
        mail = structs.replace(mail, origin=origin, may_acknowledge=False, bounce=report.bounce)
    text = parts.text or _read_text_file(parts.files)
    if len(text) > _LONGEST_SPLIT:
        whole = text.replace(HISTORY_MARK, "")
        parts.files.append(_make_text_file("message.txt", whole))
    split = _split(mail, text[:_LONGEST_SPLIT], message)
    malformed = (f"The message is malformed ({type(defect).__name__})." for defect in defects)
    faults = dict.fromkeys([*mail.faults, *parts.faults, *malformed])
    return _limit_texts(
        structs.replace(mail, files=tuple(parts.files), faults=tuple(faults)[:_MOST_FAULTS]),
        split,
        _find_long_subject(message),
    )


def _read_headers(message: Message, envelope_sender: str | None) -> ReadMail:
    ids = [parse_message_id(value) for value in list_header_values(message, "Message-ID")]
    writers = _find_writers(message, envelope_sender)
    origin = origin_headers.classify_headers(message, envelope_sender)
    return ReadMail(
        message_id=next(filter(None, ids), None),
        in_reply_to=_read_ids(message, "In-Reply-To"),
        references=_read_ids(message, "References"),
        sender=writers.sender,
        has_one_author=writers.has_one_author,
        reply_to=_read_addresses(message, "Reply-To"),
        to=_read_addresses(message, "To"),
        cc=_read_addresses(message, "Cc"),
        subject=_shorten_subject(header_text.read_header_line(message, "Subject")),
        sent_at=_read_date(message),
        origin=origin,
        may_acknowledge=origin_headers.allows_acknowledgement(message, envelope_sender, origin),
        authentication=tuple(
            map(clean_header_line, list_header_values(message, "Authentication-Results"))
        ),
        faults=writers.faults,
    )


def _read_ids(message: Message, name: str) -> tuple[str, ...]:
    return parse_message_ids(" ".join(list_header_values(message, name)))


def _read_addresses(message: Message, name: str) -> tuple[MailAddress, ...]:
    return address_headers.parse_address_list(", ".join(list_header_values(message, name)))


def _read_date(message: Message) -> datetime | None:
    dates = map(parse_sent_date, list_header_values(message, "Date"))
    return next(filter(None, dates), None)


def _find_writers(message: Message, envelope_sender: str | None) -> _Writers:
    """Returns the author, or who stands in where `From` names none (RFC 5322, section 3.6.2)."""
    values = list_header_values(message, "From")
    authors = _read_addresses(message, "From")
    is_single = len(values) == 1 and address_headers.count_mailboxes(values[0]) == 1
    if authors:
        faults = () if is_single else ("The mail has several authors; the first one counts.",)
        return _Writers(authors[0], is_single, faults)
    others = (*_read_addresses(message, "Sender"), *_read_addresses(message, "Reply-To"))
    others += address_headers.parse_address_list(envelope_sender or "")
    return _Writers(
        next(iter(others), None), has_one_author=False, faults=("The mail names no valid author.",)
    )


def _shorten_subject(subject: str) -> str:
    if len(subject) <= SUBJECT_LIMIT:
        return subject
    return f"{subject[: SUBJECT_LIMIT - 1].rstrip()}…"


def _find_long_subject(message: Message) -> str:
    subject = header_text.read_header_line(message, "Subject")
    return subject if len(subject) > SUBJECT_LIMIT else ""


def _split(mail: ReadMail, text: str, message: Message) -> SplitText:
    if mail.origin is MailOrigin.BOUNCE:
        return SplitText(text.strip())
    subject = header_text.read_header_line(message, "Subject")
    is_reply = bool(mail.in_reply_to or mail.references)
    return split_reply(
        text, is_reply=is_reply, is_forward=FORWARD_SUBJECT.match(subject) is not None
    )


def _read_text_file(files: list[MailFile]) -> str:
    """Returns the first file of plain text: gateways of phones send a mail's words as one."""
    texts = (file for file in files if file.content_type == "text/plain")
    contents = (decode_bytes(file.content[:BODY_LIMIT]) for file in texts)
    return clean_mail_block(next(contents, "")).strip()


def _limit_texts(mail: ReadMail, split: SplitText, long_subject: str) -> ReadMail:
    """Returns the mail with its texts; what is longer than a message may be is a file as well."""
    new = "\n\n".join(filter(None, (long_subject, split.new.strip()))).replace(HISTORY_MARK, "")
    files = mail.files
    if len(new) > BODY_LIMIT:
        files += (_make_text_file("message.txt", new),)
    if len(split.old) > _LONGEST_QUOTED:
        files += (_make_text_file("history.txt", split.old),)
    return structs.replace(
        mail, text=_cut(new, BODY_LIMIT), quoted=_cut(split.old, _LONGEST_QUOTED), files=files
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def _make_text_file(name: str, text: str) -> MailFile:
    return MailFile(name, "text/plain", text.encode())


def keep_whole(raw: bytes, envelope_sender: str | None) -> ReadMail:
    """Returns the mail as a file, with its headers as far as they can be read. Never raises."""
    start = raw[:_LONGEST_HEAD].replace(b"\r\n", b"\n")
    try:
        head = start.partition(b"\n\n")[0]
        mail = _read_headers(parse_mime(head + b"\n\n"), envelope_sender)
    except Exception:  # noqa: BLE001 - likewise
        mail = ReadMail()
    return structs.replace(
        mail,
        text=_read_source(start),
        files=(MailFile("message.eml", "message/rfc822", raw),),
        may_acknowledge=False,
        faults=(*mail.faults, "The parts of the message could not be understood."),
    )


def _read_source(raw: bytes) -> str:
    """Returns the beginning of what stands below the headers, or of all if there are no others."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    source = body if body.strip() else head
    return clean_mail_block(decode_bytes(source[:BODY_LIMIT])).strip()[:BODY_LIMIT]
