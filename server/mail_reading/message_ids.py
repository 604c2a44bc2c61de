"""Reads the ids of messages from `Message-ID`, `In-Reply-To` and `References`. Pure."""

import re
from typing import Final

_LONGEST_ID: Final = 250
_MOST_REFERENCES: Final = 100
_BRACKETED: Final = re.compile(r"<\s*([^<>\s]+)\s*>")
_WORD: Final = re.compile(r"[^<>\s,;\"()]+")
_PRINTABLE: Final = re.compile(r"[!-~]+")


def parse_message_id(raw: str) -> str | None:
    """Returns the id (RFC 5322, section 3.6.4), or None if it is absent or absurd."""
    ids = parse_message_ids(raw)
    return ids[0] if ids else None


def parse_message_ids(raw: str) -> tuple[str, ...]:
    """Returns the ids in their order, each once: of very many the first and the last ones.

    The first is the root of the conversation, the last is the mail that was answered.
    """
    found = _BRACKETED.findall(raw) if "<" in raw else _find_bare_ids(raw)
    ids = [one for one in dict.fromkeys(found) if len(one) <= _LONGEST_ID]
    plain = [one for one in ids if _PRINTABLE.fullmatch(one)]
    if len(plain) > _MOST_REFERENCES:
        plain = [plain[0], *plain[1 - _MOST_REFERENCES :]]
    return tuple(plain)


def _find_bare_ids(raw: str) -> list[str]:
    """Returns the words with an `@` inside: a pattern of them takes the square of a long word."""
    return [word for word in _WORD.findall(raw) if "@" in word[1:-1]]
