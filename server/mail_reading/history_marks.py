"""Finds where a mail's history begins: lines that programs write above a quoted mail. Pure."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from msgspec import Struct

from server.mail_reading.html_text import HISTORY_MARK
from server.mail_reading.quote_phrases import (
    FORWARDED_RULE,
    HEADER_NAMES,
    NOTES_RULE,
    ORIGINAL_RULE,
    REPLY_ABOVE_RULE,
    STARTS_ATTRIBUTION,
    WROTE,
)

_LONGEST_LINE: Final = 400
"""Of a line that a program wrote; a longer one is a person's."""
_QUOTED: Final = re.compile(r"[ \t]{0,3}>(?!From )")
_COLON_AT_END: Final = re.compile(r"[:：][\s*_>]*$")
_ADDRESS: Final = re.compile(r"[^\s@<>\[\]()\"]{1,64}@[^\s@<>\[\]()\"]{1,190}")
_TIME: Final = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時时시]\s?\d{2}(?!\d)")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_LONGEST_REPLY_RULE: Final = 80
_RULE: Final = re.compile(r"[ \t>]*[_\-=]{10,}[ \t]*")
_MOST_LINES: Final = 10_000
"""Lines among which history is looked for: nobody reads so many new ones."""
_MOST_HEAD_LINES: Final = 4
_MOST_HEADER_LINES: Final = 14
_FEWEST_FIELDS: Final = 3
_MOST_GAPS: Final = 2
"""Lines between fields that are none: blank, or the rest of a folded one."""
_MOST_BLANK_LINES: Final = 6
_MOST_FOLDS: Final = 3
"""Lines over which a program folds the name of an author."""


def _compile_names(names: str) -> re.Pattern[str]:
    return re.compile(rf"[ \t*_]{{0,4}}(?:{names})[ \t*_\xa0]{{0,4}}[:：]", re.IGNORECASE)


_FIELDS: Final = [(_compile_names(first), _compile_names(others)) for first, others in HEADER_NAMES]


class QuotedBlock(Struct, frozen=True):
    """Lines that begin with `>`: from `start` to before `end`."""

    start: int
    end: int
    head: int
    """The first of the lines above that name its author; `start` if there are none."""
    is_named: bool
    is_introduced: bool
    """True if a line with a colon stands above, as a person writes it too."""


def find_forwarded(lines: list[str]) -> int | None:
    """Returns the index of the line from which on a mail is forwarded, or None."""
    places = (
        place
        for place, line in _short_lines(lines)
        if _has_mark(line) and FORWARDED_RULE.fullmatch(line)
    )
    return next(places, None)


def find_history(lines: list[str]) -> int | None:
    """Returns the index of the line from which on everything is history, or None.

    Quoted lines are no such history: new words may stand between them.
    """
    quoted = (place for place in range(len(lines) - 1, -1, -1) if _is_quoted(lines[place]))
    last_quote = next(quoted, -1)
    has_address = ["@" in line for line in lines[: _MOST_LINES + _MOST_FOLDS]]
    places = (
        place
        for place, line in _short_lines(lines)
        if (_has_mark(line) and _is_history(lines, place, line))
        or (len(line) <= _LONGEST_REPLY_RULE and REPLY_ABOVE_RULE.fullmatch(line))
        or (
            place > last_quote
            and True in has_address[place : place + _MOST_FOLDS]
            and _is_unquoted_head(lines, place)
        )
    )
    return next(places, None)


def find_quoted_blocks(lines: list[str], *, is_reply: bool) -> list[QuotedBlock]:
    """Returns the quotes in their order; blank lines between quoted ones belong to them."""
    if not any(map(_is_quoted, lines)):
        return []
    runs = groupby(_kinds(lines), key=lambda kind: kind[1])
    found = [[place for place, _ in run] for is_quoted, run in runs if is_quoted]
    return [
        _describe_block(lines, places[0], places[-1] + 1, is_reply=is_reply) for places in found
    ]


def _short_lines(lines: list[str]) -> list[tuple[int, str]]:
    return [
        (place, line)
        for place, line in enumerate(lines[:_MOST_LINES])
        if line and len(line) <= _LONGEST_LINE and not (">" in line and _QUOTED.match(line))
    ]


def _is_quoted(line: str) -> bool:
    return ">" in line and _QUOTED.match(line) is not None


def _has_mark(line: str) -> bool:
    """Returns whether a line has what all rules below ask for, which takes longer to match."""
    return (
        ":" in line
        or "-" in line
        or "_" in line
        or "=" in line
        or "：" in line
        or HISTORY_MARK in line
    )


def _kinds(lines: list[str]) -> Iterator[tuple[int, bool]]:
    """Yields for each line with words whether it is quoted."""
    return (
        (place, _is_quoted(line))
        for place, line in enumerate(lines)
        if line.strip(f" \t\xa0{HISTORY_MARK}")
    )


def _is_history(lines: list[str], place: int, line: str) -> bool:
    if line == HISTORY_MARK:
        return not _is_followed_by_quote(lines, place + 1)
    if ORIGINAL_RULE.fullmatch(line) or NOTES_RULE.fullmatch(line):
        return True
    if _RULE.fullmatch(line):
        return any(_count_fields(lines, after) > 1 for after in range(place + 1, place + 3))
    if ":" in line or "：" in line:
        return _count_fields(lines, place) >= _FEWEST_FIELDS
    return False


def _is_followed_by_quote(lines: list[str], place: int) -> bool:
    """Returns whether a quote or a forwarded mail follows soon, which other rules judge."""
    following = [line for line in lines[place : place + 12] if line.strip(f" \t{HISTORY_MARK}")]
    return any(_is_quoted(line) for line in following[: _MOST_HEAD_LINES + 1])


def _count_fields(lines: list[str], place: int) -> int:
    """Returns how many header fields stand from this line on, in the language that has most."""
    following = lines[place : place + _MOST_HEADER_LINES]
    if not following or not any(mark in following[0] for mark in ":："):
        return 0
    counts = (_count_in_language(following, *names) for names in _FIELDS)
    return max(counts)


def _count_in_language(lines: list[str], first: re.Pattern[str], others: re.Pattern[str]) -> int:
    """Returns the number of fields; a line between them may be folded, or blank.

    The sender is named first, or after the date as GMX and Web.de do.
    """
    place = next((place for place, line in enumerate(lines[:2]) if first.match(line)), None)
    if place is None or (place == 1 and not others.match(lines[0])):
        return 0
    names, gaps = {""}, 0
    for line in lines[:place] + lines[place + 1 :]:
        field = others.match(line[:_LONGEST_LINE])
        gaps = 0 if field else gaps + 1
        if gaps > _MOST_GAPS:
            break
        if field:
            names.add(field[0].strip(" \t*_\xa0:：").lower())
    return len(names)


def _is_unquoted_head(lines: list[str], place: int) -> bool:
    """Returns whether a line names an author, perhaps folded, below the last quote of the mail.

    An address is asked for, because people write `On Monday you wrote:` themselves.
    """
    if not STARTS_ATTRIBUTION.match(lines[place]):
        return False
    return any(_is_certain_head(" ".join(lines[place : place + count])) for count in (1, 2, 3))


def _is_certain_head(text: str) -> bool:
    return (
        len(text) <= _LONGEST_LINE
        and STARTS_ATTRIBUTION.match(text) is not None
        and _COLON_AT_END.search(text) is not None
        and _ADDRESS.search(text) is not None
        and WROTE.search(text) is not None
    )


def _describe_block(lines: list[str], start: int, end: int, *, is_reply: bool) -> QuotedBlock:
    above = start
    while above and start - above < _MOST_BLANK_LINES and not lines[above - 1].strip():
        above -= 1
    marked = _find_mark(lines, start)
    if marked is not None:
        return QuotedBlock(start, end, marked, is_named=True, is_introduced=False)
    head = _find_head(lines, above, is_reply=is_reply)
    if head is None and _begins_with_head(lines[start : min(end, start + _MOST_HEAD_LINES)]):
        head = start
    is_introduced = bool(above and _COLON_AT_END.search(lines[above - 1][-20:]))
    return QuotedBlock(start, end, start if head is None else head, head is not None, is_introduced)


def _begins_with_head(lines: list[str]) -> bool:
    """Returns whether the author is named inside the quote, as Apple's phones do."""
    plain = [line.strip("> \t") for line in lines]
    texts = (" ".join(plain[:count]) for count in range(1, len(plain) + 1))
    return any(_names_author(text, is_reply=False) for text in texts) or any(
        sum(bool(first.match(line) or others.match(line)) for line in plain) >= _FEWEST_FIELDS
        for first, others in _FIELDS
    )


def _find_mark(lines: list[str], start: int) -> int | None:
    """Returns where a program marked in HTML that the lines above the quote name its author."""
    words = 0
    for place in range(start - 1, max(-1, start - 13), -1):
        if lines[place] == HISTORY_MARK:
            return place
        words += bool(lines[place].strip())
        if words > _MOST_HEAD_LINES or _is_quoted(lines[place]):
            return None
    return None


def _find_head(lines: list[str], above: int, *, is_reply: bool) -> int | None:
    """Returns the first of the lines that name the author of the quote below."""
    fewest = None
    for place in range(above - 1, max(-1, above - 1 - _MOST_HEAD_LINES), -1):
        line = lines[place]
        if not line.strip() or len(line) > _LONGEST_LINE or _is_quoted(line):
            break
        joined = " ".join(lines[place:above])
        if fewest is None and _names_author(joined, is_reply=is_reply):
            fewest = place
        if fewest is not None and STARTS_ATTRIBUTION.match(line):
            return place
    return fewest


def _names_author(text: str, *, is_reply: bool) -> bool:
    wrote = WROTE.search(text) is not None
    if not (_COLON_AT_END.search(text) or (wrote and not text.isascii())):
        return False
    time, year = _TIME.search(text) is not None, _YEAR.search(text) is not None
    is_certain = _ADDRESS.search(text) is not None or (wrote and (time or year))
    return is_certain or (is_reply and (wrote or (time and year)))
