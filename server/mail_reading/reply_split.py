"""Separates the new words of a mail from the history and the signature around them. Pure.

What is not certainly history stays: answers between quotes keep the quotes around them, forwarded
mails are part of what the sender says, and a text is never empty because of these rules.
"""

import re
from itertools import pairwise
from typing import Final

from msgspec import Struct

from server.mail_reading import history_marks, mail_signature
from server.mail_reading.history_marks import QuotedBlock
from server.mail_reading.html_text import HISTORY_MARK
from server.mail_reading.quote_phrases import ANSWERS_BELOW

_MOST_WORDS_BEFORE: Final = 20_000
"""Characters above the history in which somebody may say that answers stand below."""
_BLANK_LINES: Final = re.compile(r"\n{4,}")


class SplitText(Struct, frozen=True):
    """A text in two: together they hold every word."""

    new: str
    old: str = ""


def split_reply(text: str, *, is_reply: bool = False, is_forward: bool = False) -> SplitText:
    """Returns the new words, and the history and signature that were taken off, in their order.

    `is_reply` says that the mail answers another: then less is asked of a quote at its end.
    `is_forward` says that the subject calls the mail below one that is passed on.
    """
    lines = text.split("\n")
    is_old = bytearray(len(lines))
    forwarded = history_marks.find_forwarded(lines)
    history = history_marks.find_history(lines[:forwarded])
    if history is None and forwarded is None:
        end = len(lines)
    elif history is None or is_forward or _announces_answers(lines[:history]):
        return SplitText(_join(lines))
    else:
        end = history
        _mark(is_old, end, len(lines))
    _mark_quotes(lines[:end], is_old, is_reply=is_reply)
    _mark_signature(lines, is_old)
    return _divide(lines, is_old)


def _announces_answers(lines: list[str]) -> bool:
    return ANSWERS_BELOW.search("\n".join(lines)[:_MOST_WORDS_BEFORE]) is not None


def _mark(is_old: bytearray, start: int, end: int) -> None:
    is_old[start:end] = b"\1" * (end - start)


def _mark_quotes(lines: list[str], is_old: bytearray, *, is_reply: bool) -> None:
    """Marks the quotes if they stand together at one end of the mail, and nothing between them."""
    blocks = history_marks.find_quoted_blocks(lines, is_reply=is_reply)
    if not blocks or _has_words_between(lines, blocks):
        return
    first, last = blocks[0], blocks[-1]
    rest = lines[last.end :]
    is_last = not _has_words(rest[: mail_signature.find_signature(rest, is_below_quote=True)])
    is_first = not _has_words(lines[: first.head])
    is_named = first.is_named or (is_reply and is_last and not first.is_introduced)
    if is_named and (is_last or is_first):
        _mark(is_old, first.head, last.end)


def _has_words_between(lines: list[str], blocks: list[QuotedBlock]) -> bool:
    return any(_has_words(lines[before.end : after.head]) for before, after in pairwise(blocks))


def _has_words(lines: list[str]) -> bool:
    return any(line.strip(f" \t\xa0{HISTORY_MARK}") for line in lines)


def _mark_signature(lines: list[str], is_old: bytearray) -> None:
    """Marks the signature of the new words, unless they have nothing else."""
    places = [place for place in range(len(lines)) if not is_old[place]]
    new = [lines[place] for place in places]
    start = mail_signature.find_signature(new)
    if start < len(new) and _has_words(new[:start]):
        for place in places[start:]:
            is_old[place] = 1


def _divide(lines: list[str], is_old: bytearray) -> SplitText:
    new = _join([line for line, old in zip(lines, is_old, strict=True) if not old])
    if not new:
        return SplitText(_join(lines))
    return SplitText(new, _join([line for line, old in zip(lines, is_old, strict=True) if old]))


def _join(lines: list[str]) -> str:
    text = "\n".join([line.rstrip() for line in lines if line != HISTORY_MARK])
    if "\n\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n\n", text)
    return text.strip("\n")
