"""Refusals of mail in mail systems' words: cleaned for the screen, and whom they blame. Pure."""

import re
import unicodedata
from typing import Final

REFUSAL_LIMIT: Final = 200
"""Characters of a refusal as it is stored."""
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_STATUS: Final = re.compile(r"(?<![\d.])[245]\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.ASCII)
_NOT_THE_ADDRESS: Final = frozenset({"5", "6"})
"""Subjects of enhanced status codes about the protocol and the content (RFC 3463, section 2)."""
_TOO_LARGE: Final = frozenset({("2", "3"), ("3", "4")})


def clean_refusal(text: str) -> str:
    """Returns a refusal on one line, without addresses, of at most `REFUSAL_LIMIT` characters.

    Rows outlive an erased person, and a relay's words are nobody's to trust: no control character,
    no invisible one and none that changes the direction of text is left.
    """
    visible = "".join(
        " " if unicodedata.category(letter) in _HIDDEN_CATEGORIES else letter for letter in text
    )
    line = " ".join(_ADDRESS.sub("(address)", visible).split())
    return line[:REFUSAL_LIMIT].strip() or "refused without a reason"


def blames_address(refusal: str) -> bool:
    """Returns whether a permanent refusal means the address, and not this one message.

    Only an enhanced status code (RFC 3463) says otherwise: too large, or content or protocol.
    """
    found = _STATUS.search(refusal)
    if found is None:
        return True
    subject, detail = found[1], found[2]
    return subject not in _NOT_THE_ADDRESS and (subject, detail) not in _TOO_LARGE
