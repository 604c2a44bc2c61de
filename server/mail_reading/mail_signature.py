"""Finds the signature at the end of new words: a rule (RFC 3676) or a phone's line. Pure."""

import re
from typing import Final

from server.mail_reading.quote_phrases import LIST_FOOTER, LIST_NAMED, PHONE_SIGNATURE

_RULE: Final = re.compile(r"--[ \xa0]?")
_LONGEST_SIGNATURE: Final = 12
"""Lines with words. More than these below a rule may well be meant to be read."""
_LONGEST_FOOTER: Final = 6
_MOST_FOOTER_CHARACTERS: Final = 1000
_UNDERSCORES: Final = re.compile(r"_{20,}\s*")
_LONGEST_LINE: Final = 160
_QUOTED: Final = re.compile(r"[ \t]{0,3}>")


def find_signature(lines: list[str], *, is_below_quote: bool = False) -> int:
    """Returns the index of the line at which the signature begins; their number if there is none.

    A line such as `Best regards` begins no signature: many people write on below it.
    """
    end = _skip_blank_lines(lines, len(lines))
    while end and _is_added_by_program(lines[end - 1]):
        end = _skip_blank_lines(lines, end - 1)
    end = _find_list_footer(lines[:end])
    start = _find_rule(lines[:end], is_below_quote=is_below_quote)
    if start is not None:
        return start
    return end if end < _skip_blank_lines(lines, len(lines)) else len(lines)


def _skip_blank_lines(lines: list[str], end: int) -> int:
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _is_added_by_program(line: str) -> bool:
    if len(line) > _LONGEST_LINE:
        return False
    plain = line.strip(" \t\xa0*_<>")
    return bool(LIST_FOOTER.fullmatch(line.strip()) or PHONE_SIGNATURE.fullmatch(plain))


def _find_list_footer(lines: list[str]) -> int:
    """Returns the index of a list's rule with few lines below it; the number of lines if none."""
    for place in range(len(lines) - 1, max(-1, len(lines) - 2 - _LONGEST_FOOTER), -1):
        if _UNDERSCORES.fullmatch(lines[place]):
            below = "\n".join(lines[place + 1 :])[:_MOST_FOOTER_CHARACTERS]
            return _skip_blank_lines(lines, place) if LIST_NAMED.search(below) else len(lines)
    return len(lines)


def _find_rule(lines: list[str], *, is_below_quote: bool) -> int | None:
    """Returns the last `-- `, if few lines follow and none is a quote."""
    words = 0
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if _RULE.fullmatch(line):
            is_divider = line == "--" and "--" in lines[:place]
            return None if is_divider or not (place or is_below_quote) else place
        words += bool(line.strip())
        if words > _LONGEST_SIGNATURE or _QUOTED.match(line):
            return None
    return None
