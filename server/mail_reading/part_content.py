"""Reads one MIME part: its type, disposition, bytes and text, whatever its headers hold. Pure."""

import re
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32, compat32
from io import BytesIO
from typing import Any, Final

from server.mail_reading.charsets import decode_bytes, find_codec
from server.mail_reading.flowed_text import unfold_flowed
from server.mail_reading.header_text import list_header_values
from server.mail_reading.mime_parser import parse_mime
from server.mail_reading.safe_characters import clean_mail_block
from server.mail_reading.transfer_encodings import decode_base64

_TYPE: Final = re.compile(r"\s*([\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80})\s*(?:;|$)", re.ASCII)
DEEPEST_PART: Final = 40
"""Levels of parts in parts that are taken apart."""
_DEFAULT_TYPE: Final = "text/plain"
_REPLACEMENT: Final = "\ufffd"
_COMMON_PREAMBLE: Final = re.compile(
    r"(?is)\s*(?:this (?:is|message is)|dies ist eine|if you (?:see|can see)|--+\s*$).{0,400}"
)
_LONGEST_PARAMETERS: Final = 4_000
"""Characters of a header: for each parameter the library looks at all others."""
_LONGEST_LOOSE_TEXT: Final = 100_000


def find_mime_type(part: Message) -> str:
    """Returns the type in lower case; `text/plain` where it is missing or malformed (RFC 2045)."""
    values = list_header_values(part, "Content-Type")
    match = _TYPE.match(values[0]) if values else None
    if match is None:
        return "application/octet-stream" if values and is_attachment(part) else _default(part)
    return match[1].lower()


def _default(part: Message) -> str:
    return "message/rfc822" if part.get_default_type() == "message/rfc822" else _DEFAULT_TYPE


def find_parameter(part: Message, header: str, name: str) -> str:
    """Returns a parameter (RFC 2231), or '' where there is none or it is malformed."""
    values = list_header_values(part, header)
    if not values or name not in values[0].lower():
        return ""
    bounded = Message(policy=compat32)
    bounded[header] = values[0][:_LONGEST_PARAMETERS]
    try:
        found: Any = bounded.get_param(name, "", header)
        if isinstance(found, tuple):
            charset, _, value = found
            raw = str(value).encode("latin-1", "replace")
            return decode_bytes(raw, charset or "utf-8")
        return str(found)
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def find_disposition(part: Message) -> str:
    """Returns `attachment`, `inline` or ''."""
    values = list_header_values(part, "Content-Disposition")
    word = values[0].partition(";")[0].strip().lower() if values else ""
    return word if word in {"attachment", "inline"} or not word else "attachment"


def is_attachment(part: Message) -> bool:
    """Returns whether the part says so, or has the name of a file."""
    return find_disposition(part) == "attachment" or bool(
        find_parameter(part, "content-disposition", "filename")
        or find_parameter(part, "content-type", "name")
    )


def is_body(part: Message, kind: str, *, is_alone: bool = False) -> bool:
    """Returns whether the part is words of the sender: a plain or HTML text that is no file.

    A text that is the whole of a mail is no file, whatever its header says.
    """
    return kind in {"text/plain", "text/html"} and (is_alone or not is_attachment(part))


def is_inline(part: Message) -> bool:
    """Returns whether the mail shows the file amid its text: images with an id, mostly."""
    has_id = bool(list_header_values(part, "Content-ID"))
    disposition = find_disposition(part)
    return disposition == "inline" or (has_id and disposition != "attachment")


def find_first_text_type(part: Message, depth: int = 0) -> str:
    """Returns the type of the first text in a part, '' if it has none."""
    kind = find_mime_type(part)
    children = list_subparts(part)
    if not (kind.startswith("multipart/") and children):
        return kind if is_body(part, kind) else ""
    if depth > DEEPEST_PART:
        return ""
    kinds = (find_first_text_type(child, depth + 1) for child in children)
    return next(filter(None, kinds), "")


def read_content(part: Message) -> bytes:
    """Returns the decoded bytes of a part; what cannot be decoded, as it stands in the mail."""
    if part.is_multipart():
        return read_whole(part)
    encodings = list_header_values(part, "Content-Transfer-Encoding")
    if encodings and encodings[0].strip().lower() == "base64":
        return decode_base64(_read_source(part))
    try:
        content: Any = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        content = None
    return content if isinstance(content, bytes) else _read_source(part)


def list_subparts(part: Message) -> list[Message]:
    """Returns the parts of a multipart, or the message in a message; of other parts none.

    The library would decode a text at the same call, with any codec that the mail names.
    """
    payload: Any = part.get_payload() if part.is_multipart() else []
    return [one for one in payload if isinstance(one, Message)]


def _read_source(part: Message) -> bytes:
    """Returns the bytes of a part that is no multipart, as they stand in the mail."""
    plain = Message(policy=compat32)
    payload: Any = vars(part).get("_payload")
    plain.set_payload(payload if isinstance(payload, str) else "")
    source: Any = plain.get_payload(decode=True)
    return source if isinstance(source, bytes) else b""


def read_text(part: Message) -> tuple[str, bool]:
    """Returns the clean text of a part, and whether its characters were understood."""
    label = find_parameter(part, "content-type", "charset")
    text = clean_mail_block(decode_bytes(read_content(part), label))
    is_understood = _REPLACEMENT not in text and (not label or find_codec(label) is not None)
    if find_parameter(part, "content-type", "format").lower() == "flowed":
        joins = find_parameter(part, "content-type", "delsp").lower() == "yes"
        text = unfold_flowed(text, deletes_space=joins)
    return text, is_understood


def read_whole(part: Message) -> bytes:
    """Returns the bytes of what a part contains: of a message its headers and its body."""
    if not part.is_multipart():
        return read_content(part)
    inner = find_inner_message(part)
    whole = [inner] if inner is not None else list_subparts(part)
    return b"\n".join(map(_flatten, whole))


def find_inner_message(part: Message) -> Message | None:
    """Returns the message that a `message/rfc822` part is, or None.

    RFC 2046 forbids to encode it; where that was done nevertheless, it is decoded and parsed.
    """
    children = list_subparts(part)
    if len(children) != 1:
        return None
    encodings = list_header_values(part, "Content-Transfer-Encoding")
    if encodings and encodings[0].strip().lower() == "base64":
        decoded = decode_base64(_flatten(children[0]))
        return parse_mime(decoded)
    return children[0]


class _UnfoldedHeaders(Compat32):
    """Writes headers as they stand in the mail.

    The library measures the whole line again for each word, and so takes the square of a long one,
    even where it is not to fold.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}".replace("\r\n", "\n")
        return f"{line}\n".encode("utf-8", "surrogateescape")


_UNFOLDED: Final = _UnfoldedHeaders()


def _flatten(message: Message) -> bytes:
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, policy=_UNFOLDED).flatten(message)
    except Exception:  # noqa: BLE001 - the generator raises many errors on what it cannot write
        return out.getvalue() + _flatten_plainly(message)
    return out.getvalue()


def _flatten_plainly(message: Message) -> bytes:
    headers: Any = message.raw_items()
    lines = "".join(f"{name}: {value}\n" for name, value in headers)
    body = b"\n".join(map(_flatten_plainly, list_subparts(message))) or _read_source(message)
    return f"{lines}\n".encode("utf-8", "surrogateescape") + body


def decode_loose_text(text: Any) -> str:
    """Returns the words outside of a message's parts, without what programs say there."""
    if not isinstance(text, str) or not text.strip():
        return ""
    shown = decode_bytes(text[:_LONGEST_LOOSE_TEXT].encode("utf-8", "surrogateescape"), "utf-8")
    return "" if _COMMON_PREAMBLE.fullmatch(shown) else clean_mail_block(shown).strip()
