"""Refusals of mail in mail systems' words: cleaned for the screen, and whom they blame. Pure."""

import re
import unicodedata
from typing import Final

REFUSAL_LIMIT: Final = 200
"""Characters of a refusal as it is stored."""
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_STATUS: Final = re.compile(r"(?<![\d.])[245]\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.ASCII)
_CODE: Final = re.compile(r"([245]\d\d)(?!\d)", re.ASCII)
_ADDRESS_SUBJECTS: Final = frozenset({"1", "2", "4"})
"""Subjects of enhanced status codes about the address, its mailbox and the way to it.

The others are about the mail system, the protocol, the content and policy (RFC 3463, section 2).
"""
_TOO_LARGE: Final = ("2", "3")
_ADDRESS_CODES: Final = frozenset({"550", "551", "553", "556"})
"""Replies about the mailbox or its domain (RFC 5321, section 4.2.3, and RFC 7504)."""


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
    """Returns whether a permanent refusal means the address, and not this message or the relay.

    A relay that relays for nobody, or takes a message for spam, says nothing about the address. A
    refusal without any code is our own.
    """
    status, code = _STATUS.search(refusal), _CODE.match(refusal)
    if status is not None:
        subject, detail = status[1], status[2]
        return subject in _ADDRESS_SUBJECTS and (subject, detail) != _TOO_LARGE
    return code is None or code[1] in _ADDRESS_CODES
