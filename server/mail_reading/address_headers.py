"""Reads addresses from headers (RFC 5322, section 3.4): lists, names, comments, groups. Pure.

The scanner is our own because those of the library raise on some inputs, differ between versions
of Python, and find addresses in display names. An address is taken before encoded words are
decoded, so that no word can decode to one.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from common.addresses import normalize_address
from common.text import EMAIL_LIMIT, NAME_LIMIT
from server.mail_reading.header_text import decode_header_text
from server.mail_reading.received_mail import MailAddress
from server.mail_reading.safe_characters import clean_header_line

_MOST_ADDRESSES: Final = 200
_TOKENS: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|"'  # a quoted string, or a quote without a partner
    r"|<[^<>]*>?"
    r"|\\.|[()\\,;:]"
    r'|[^"<()\\,;:]+',
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_PREFIX: Final = re.compile(r"^\s*(?:@[^:]*:|mailto:)", re.IGNORECASE)
"""A source route (RFC 5322, section 4.4), or what links are pasted with."""
_BLANK: Final = re.compile(r"\s")
_LAST_WORD: Final = re.compile(r"(?:^|.*\s)([^\s@]+@[^\s@]+)\s*", re.DOTALL)


class _Mailbox(Struct):
    """Collects what stands since the last comma: words, comments, and angle brackets."""

    words: list[str]
    comments: list[str]
    angles: list[str]


def parse_address_list(raw: str) -> tuple[MailAddress, ...]:
    """Returns the valid addresses of a raw header in their order, each once, at most 200."""
    found: dict[str, MailAddress] = {}
    for mailbox in _split_mailboxes(raw):
        address = _read_mailbox(mailbox)
        if address is not None:
            found.setdefault(address.address, address)
        if len(found) == _MOST_ADDRESSES:
            break
    return tuple(found.values())


def count_mailboxes(raw: str) -> int:
    """Returns how many addresses a raw header claims, valid or not."""
    boxes = list(_split_mailboxes(raw))
    claims = (len(box.angles) or int("@" in "".join(box.words)) for box in boxes)
    return sum(claims)


def _split_mailboxes(raw: str) -> Iterator[_Mailbox]:
    """Yields the mailboxes; the name of a group, before its colon, belongs to none."""
    box, depth = _Mailbox([], [], []), 0
    for match in _TOKENS.finditer(raw):
        symbol = match[0]
        if symbol in {"(", ")"}:
            depth = max(0, depth + (1 if symbol == "(" else -1))
        elif depth:
            box.comments.append(symbol)
        elif symbol in {",", ";", ":"}:
            if symbol != ":":
                yield box
            box = _Mailbox([], [], [])
        elif symbol.startswith("<"):
            box.angles.append(symbol.strip("<>"))
        elif raw.startswith("@", match.end()):
            box.words.append(_keep_blanks(_unquote(symbol)))
        else:
            box.words.append(_unquote(symbol))
    yield box


def _unquote(symbol: str) -> str:
    return _ESCAPED.sub(r"\1", symbol.strip('"')) if symbol.startswith('"') else symbol


def _keep_blanks(local_part: str) -> str:
    """Returns a quoted local part whose blanks separate nothing: it is not its last word alone."""
    return _BLANK.sub('"', local_part)


def _read_mailbox(box: _Mailbox) -> MailAddress | None:
    """Returns the address in angle brackets, or the words as an address (RFC 822 with comment)."""
    raw, name = _find_address(box)
    try:
        address = normalize_address(_PREFIX.sub("", _decode_address_bytes(raw)))
    except ValueError:
        return None
    if len(address) > EMAIL_LIMIT or clean_header_line(address) != address:
        return None
    shown = clean_header_line(decode_header_text(name)).strip("\"' ")[:NAME_LIMIT].strip()
    return MailAddress(address, "" if shown.lower() == address else shown)


def _find_address(box: _Mailbox) -> tuple[str, str]:
    """Returns the raw address and what names its owner."""
    words, comments = "".join(box.words), "".join(box.comments)
    if box.angles:
        return box.angles[-1], words
    last = _LAST_WORD.fullmatch(words)
    return (last[1], words[: last.start(1)].strip() or comments) if last else (words, comments)


def _decode_address_bytes(raw: str) -> str:
    """Returns an address whose bytes beyond ASCII are read as UTF-8 (RFC 6532)."""
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
