"""Types of text: one line or many, the longest length, and the allowed characters.

The types carry their limits into validation and OpenAPI alike; `clean` is the only place that
normalises. Characters that no database or terminal should meet (NUL, C0, C1, lone surrogates)
are refused, not dropped: the caller learns of them.
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
Tag = Annotated[str, _text_meta("line", TAG_LIMIT)]
Slug = Annotated[str, _text_meta("line", TAG_LIMIT)]
Reason = Annotated[str, _text_meta("line", SUBJECT_LIMIT)]
Body = Annotated[str, _text_meta("block", BODY_LIMIT)]
Comment = Annotated[str, _text_meta("block", COMMENT_LIMIT)]
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
    """The text as it is stored. Raises ValueError with a sentence for the caller.

    `kind` is `line` (trimmed, no control character), `block` (newline and tab allowed; only
    CRLF and CR are touched) or `email` (in its one form, see `common.addresses`). A text that
    shows nothing is blank, whatever invisible characters it is made of.
    """
    return _CLEANERS[kind](value, limit)


def _clean_line(value: str, limit: int) -> str:
    # Python's own idea of a blank has control characters in it, which are refused everywhere.
    if _NOT_ON_A_LINE.search(value.strip(" \t\r\n")):
        raise ValueError("must be one line without control characters")
    return _check_length(value.strip(), limit)


def _clean_block(value: str, limit: int) -> str:
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    if _NOT_IN_A_BLOCK.search(value):
        raise ValueError("must not have control characters other than newline and tab")
    return _check_length(value, limit)


def _clean_email(value: str, limit: int) -> str:
    address = normalize_address(_clean_line(value, limit))
    return _check_length(address, limit)


def _check_length(value: str, limit: int) -> str:
    if is_blank(value):
        raise ValueError("must not be blank")
    if len(value) > limit:
        raise ValueError(f"must have at most {limit} characters")
    return value


_CLEANERS: Final[dict[str, Callable[[str, int], str]]] = {
    "line": _clean_line,
    "block": _clean_block,
    "email": _clean_email,
}
