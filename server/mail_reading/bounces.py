"""Reads delivery reports: RFC 3464, and with `flufl.bounce` what older mail servers write. Pure."""

import logging
import re
from collections.abc import Iterator
from email.message import Message
from email.policy import compat32
from typing import Any, Final

from flufl.bounce import all_failures
from msgspec import Struct

from common.addresses import normalize_or_lowercase
from server.mail_reading import origin_headers
from server.mail_reading.header_text import decode_header_text, list_header_values
from server.mail_reading.message_ids import parse_message_ids
from server.mail_reading.part_content import (
    find_mime_type,
    find_parameter,
    list_subparts,
    read_content,
)
from server.mail_reading.received_mail import BounceReport
from server.mail_reading.safe_characters import clean_header_line

logging.getLogger("flufl.bounce").disabled = True
"""It logs each message, and a traceback for each that a detector does not understand."""

_DEEPEST_PART: Final = 8
_MOST_PARTS: Final = 200
_LONGEST_DIAGNOSTIC: Final = 500
_LONGEST_TEXT: Final = 100_000
_MOST_IDS: Final = 20
_MOST_LINES: Final = 2_000
_LONGEST_LINE: Final = 1_000
_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_LINE: Final = re.compile(
    r"(?:^|[\s:;(<\[\"'])([45]\d\d)[ -]((?:[245]\.\d{1,3}\.\d{1,3} )?.{3,400})"
)
_ID_LINE: Final = re.compile(r"(?im)^[> \t]*Message-ID:\s*(<[^<>\s]{1,250}>)")
_DELIVERED: Final = {"delivered", "relayed", "expanded"}


class DeliveryReport(Struct, frozen=True):
    """The content of a mail as a delivery report; without `bounce` it reports no failure."""

    is_report: bool
    bounce: BounceReport | None = None


def read_delivery_report(
    message: Message, envelope_sender: str | None, text: str
) -> DeliveryReport:
    """Returns the report on the recipient who matters most: one that failed, before one delayed.

    `text` is the readable text of the mail, in which older servers write what happened.
    """
    parts = list(_walk(message))
    status_parts = [part for part in parts if _is_status(part)]
    ids = _find_returned_ids(message, parts)
    for part in status_parts:
        reports = [_read_recipient(fields, ids) for fields in _list_recipients(part)]
        failed = sorted(filter(None, reports), key=lambda report: not report.permanent)
        if failed:
            return DeliveryReport(is_report=True, bounce=failed[0])
    if status_parts or _is_report(message):
        return DeliveryReport(is_report=True)
    if not origin_headers.is_from_mail_server(message, envelope_sender):
        return DeliveryReport(is_report=False)
    found = _detect_failure(message, text, ids)
    return DeliveryReport(is_report=found is not None, bounce=found)


def _walk(message: Message, depth: int = 0) -> Iterator[Message]:
    """Yields the message and its parts, but not the parts of messages in it."""
    yield message
    if find_mime_type(message).startswith("multipart/") and depth < _DEEPEST_PART:
        for part in list_subparts(message)[:_MOST_PARTS]:
            yield from _walk(part, depth + 1)


def _is_status(part: Message) -> bool:
    return find_mime_type(part) in {"message/delivery-status", "message/global-delivery-status"}


def _is_report(message: Message) -> bool:
    kind = find_mime_type(message)
    report = find_parameter(message, "content-type", "report-type").lower()
    return kind == "multipart/report" and report == "delivery-status"


def _list_recipients(part: Message) -> list[Message]:
    """Returns the fields of each recipient, behind those of the message (RFC 3464, section 2.1)."""
    blocks = list_subparts(part)[:_MOST_PARTS]
    return [block for block in blocks if _read_field(block, "Action")]


def _read_field(block: Message, name: str) -> str:
    values = list_header_values(block, name)
    return clean_header_line(decode_header_text(values[0])) if values else ""


def _read_recipient(fields: Message, ids: tuple[str, ...]) -> BounceReport | None:
    action = _read_field(fields, "Action").split(" ")[0].strip(";,.").lower()
    if action in _DELIVERED:
        return None
    recipients = (
        _strip_type(_read_field(fields, name)) for name in ("Original-Recipient", "Final-Recipient")
    )
    status = _STATUS.search(_read_field(fields, "Status"))
    diagnostic = _strip_type(_read_field(fields, "Diagnostic-Code"))
    return BounceReport(
        recipient=normalize_or_lowercase(next(filter(None, recipients), "").strip("<> ")),
        status=status[1] if status else _find_status(diagnostic),
        diagnostic=diagnostic[:_LONGEST_DIAGNOSTIC],
        permanent=action != "delayed",
        message_ids=ids,
    )


def _strip_type(value: str) -> str:
    """Returns the value behind its type, as in `rfc822; bob@example.org`."""
    kind, separator, rest = value.partition(";")
    return rest.strip() if separator and "@" not in kind else value.strip()


def _find_status(text: str) -> str:
    match = _STATUS.search(text)
    return match[1] if match else ""


def _find_returned_ids(message: Message, parts: list[Message]) -> tuple[str, ...]:
    """Returns the ids of the returned mail, then those that the report itself refers to."""
    found: list[str] = []
    for part in parts:
        kind = find_mime_type(part)
        if kind in {"message/rfc822", "message/global"}:
            for inner in list_subparts(part)[:1]:
                found += list_header_values(inner, "Message-ID")
        elif kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            found += _ID_LINE.findall(_read_start(part))
    for name in ("In-Reply-To", "References"):
        found += list_header_values(message, name)
    return parse_message_ids(" ".join(found))[:_MOST_IDS]


def _read_start(part: Message) -> str:
    for inner in list_subparts(part)[:1]:
        headers: Any = inner.raw_items()
        return "\n".join(f"{name}: {value}" for name, value in headers)
    return read_content(part)[:_LONGEST_TEXT].decode("ascii", "replace")


def _detect_failure(message: Message, text: str, ids: tuple[str, ...]) -> BounceReport | None:
    """Returns a failure that is told in words, with what can be found of its reason."""
    try:
        delayed, failed = all_failures(_copy_shortened(message, [_MOST_LINES]))
    except Exception:  # noqa: BLE001 - its detectors raise what their patterns did not foresee
        return None
    recipients = sorted(failed) or sorted(delayed)
    if not recipients:
        return None
    shown = text[:_LONGEST_TEXT]
    reply = _find_reply(shown)
    return BounceReport(
        recipient=normalize_or_lowercase(
            clean_header_line(recipients[0].decode("ascii", "replace"))
        ),
        status=_find_status(reply) or _find_status(shown),
        diagnostic=reply,
        permanent=bool(failed),
        message_ids=ids or parse_message_ids(" ".join(_ID_LINE.findall(shown)))[:_MOST_IDS],
    )


def _copy_shortened(message: Message, room: list[int]) -> Message:
    """Returns the message with the first lines of its texts, so many as there is room for.

    The library matches every line against dozens of patterns.
    """
    short = Message(policy=compat32)
    headers: Any = message.raw_items()
    for name, value in headers:
        short.set_raw(name, str(value)[:_LONGEST_LINE])
    short.set_default_type(message.get_default_type())
    if message.is_multipart():
        parts: Any = [_copy_shortened(it, room) for it in list_subparts(message)[:_MOST_PARTS]]
        short.set_payload(parts)
        return short
    payload: Any = vars(message).get("_payload")
    lines = payload.split("\n", room[0])[: room[0]] if isinstance(payload, str) else []
    room[0] -= len(lines)
    short.set_payload("\n".join([it[:_LONGEST_LINE] for it in lines]))
    return short


def _find_reply(text: str) -> str:
    """Returns the line in which the other server's reply is quoted, from its code on."""
    for line in text.split("\n"):
        match = _REPLY_LINE.search(line[:1000])
        if match:
            return clean_header_line(f"{match[1]} {match[2]}")[:_LONGEST_DIAGNOSTIC]
    return ""
