"""The types of texts: one line or many, their length and their characters.

Validation and OpenAPI take the limits from the types. Only `clean_text` normalizes. Characters
that are bad for databases and terminals (NUL, C0, C1, lone surrogates) are refused instead of
dropped, so that the caller learns of them.
"""

import re
from collections.abc import Callable
from typing import Annotated, Final

from msgspec import Meta

from common.addresses import normalize_address
from common.invisible_characters import is_blank

SUBJECT_LIMIT: Final = 200
BODY_LIMIT: Final = 65_536
COMMENT_LIMIT: Final = 2_000
NAME_LIMIT: Final = 200
TAG_LIMIT: Final = 50
EMAIL_LIMIT: Final = 254

_NOT_ON_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_NOT_IN_A_BLOCK = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _text_meta(kind: str, limit: int) -> Meta:
    return Meta(min_length=1, max_length=limit, extra={"text": kind, "limit": limit})


Subject = Annotated[str, _text_meta("line", SUBJECT_LIMIT)]
Name = Annotated[str, _text_meta("line", NAME_LIMIT)]
ShortName = Annotated[str, _text_meta("line", TAG_LIMIT)]
Tag = Annotated[str, _text_meta("line", TAG_LIMIT)]
Slug = Annotated[str, _text_meta("line", TAG_LIMIT)]
Reason = Annotated[str, _text_meta("line", SUBJECT_LIMIT)]
Body = Annotated[str, _text_meta("block", BODY_LIMIT)]
Comment = Annotated[str, _text_meta("block", COMMENT_LIMIT)]
Unfinished = Annotated[
    str, Meta(max_length=BODY_LIMIT, extra={"text": "unfinished", "limit": BODY_LIMIT})
]
"""A body that is not finished: it may be blank."""
Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=EMAIL_LIMIT,
        extra={"text": "email", "limit": EMAIL_LIMIT},
        extra_json_schema={"format": "email"},
    ),
]
Password = Annotated[
    str, Meta(min_length=8, max_length=1024, extra_json_schema={"format": "password"})
]
TimeOfDay = Annotated[
    str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="HH:MM, to 24:00")
]


def clean_text(kind: str, limit: int, value: str) -> str:
    """Returns the text as it is stored. Raises ValueError with a sentence for the caller.

    `kind` is `line` (trimmed, no control character), `block` (newline and tab allowed; only
    CRLF and CR are changed), `unfinished` (as a block; it may be blank) or `email` (normalized, see
    `common.addresses`). A text of invisible characters is blank.
    """
    return _CLEANERS[kind](value, limit)


def _clean_line(value: str, limit: int) -> str:
    # `strip()` would also remove control characters, which must be refused.
    if _NOT_ON_A_LINE.search(value.strip(" \t\r\n")):
        raise ValueError("must be one line without control characters")
    return _check_length(value.strip(), limit)


def _clean_block(value: str, limit: int) -> str:
    return _check_length(_clean_unfinished(value, limit), limit)


def _clean_unfinished(value: str, limit: int) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if _NOT_IN_A_BLOCK.search(value):
        raise ValueError("must not contain control characters other than newline and tab")
    return _check_longest(value, limit)


def _clean_email(value: str, limit: int) -> str:
    address = normalize_address(_clean_line(value, limit))
    return _check_length(address, limit)


def _check_length(value: str, limit: int) -> str:
    if is_blank(value):
        raise ValueError("must not be blank")
    return _check_longest(value, limit)


def _check_longest(value: str, limit: int) -> str:
    if len(value) > limit:
        raise ValueError(f"must have at most {limit} characters")
    return value


_CLEANERS: Final[dict[str, Callable[[str, int], str]]] = {
    "line": _clean_line,
    "block": _clean_block,
    "unfinished": _clean_unfinished,
    "email": _clean_email,
}
