"""Finds the options that a typed text means, though letters are left out. Pure."""

from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")
_NO_GAP: Final = 0


def rank_match(typed: str, text: str) -> int | None:
    """Returns how far a text is from what was typed, 0 where it begins with it; None: no match.

    The letters of each typed word must come in the text in their order; what lies between them
    counts, and what lies before the first of them a little.
    """
    ranks = [_rank_word(word, text.lower()) for word in typed.lower().split()]
    return None if None in ranks else sum(rank or 0 for rank in ranks)


def _rank_word(word: str, text: str) -> int | None:
    """Returns the smallest rank over all places where the word can begin."""
    starts = [place for place, letter in enumerate(text) if letter == word[0]]
    gaps = ((place, _sum_gaps(word, text, place)) for place in starts)
    found = [100 * gap + min(place, 99) for place, gap in gaps if gap is not None]
    return min(found, default=None)


def _sum_gaps(word: str, text: str, start: int) -> int | None:
    """Returns the number of letters between those of the word, from a start; None: no match."""
    gaps, place = _NO_GAP, start
    for letter in word[1:]:
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        gaps, place = gaps + found - place - 1, found
    return gaps


def find_matches(typed: str, options: Sequence[tuple[T, str]]) -> list[T]:
    """Returns the options whose texts match, the nearest first; all of them if nothing is typed."""
    ranked = [(rank_match(typed, text), option) for option, text in options]
    found = [(rank, option) for rank, option in ranked if rank is not None]
    return [option for _, option in sorted(found, key=lambda it: it[0])]
