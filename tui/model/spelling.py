"""Spelling: the words of a text that a dictionary does not have.

Left alone: addresses, code, numbers, names that are known, words with digits or capitals inside,
and quoted lines.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from msgspec import Struct

MOST_SUGGESTIONS: Final = 9
_LEFT_ALONE: Final = re.compile(
    r"`[^`]*`|\{\{[^}]*\}\}|<[^>\s]*>|[a-z][a-z0-9+.\-]*://\S+|www\.\S+|[^\s@]+@[^\s@]+"
    r"|[@#/\\~$]\S+|\S*[/\\_=]\S*|\S*\d\S*|\S+\.[a-z]{2,4}\b(?=[^\s]|\s|$)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_QUOTED: Final = (">", "    ", "\t", "```")
_SHORTEST: Final = 2


class WordList(Protocol):
    """A dictionary of one language."""

    def spell(self, word: str) -> bool:
        """Returns whether the word is right."""

    def suggest(self, word: str) -> Sequence[str]:
        """Returns words that may be meant, the likeliest first."""


class FoundWord(Struct, frozen=True):
    """A word of a line, and the columns from its first letter to behind its last."""

    text: str
    start: int
    end: int


def find_checked_words(line: str) -> list[FoundWord]:
    """Returns the words of a line that are ordinary ones."""
    if line.startswith(_QUOTED):
        return []
    left_alone = [found.span() for found in _LEFT_ALONE.finditer(line)]
    words = (FoundWord(it.group(), *it.span()) for it in _WORD.finditer(line))
    return [
        word
        for word in words
        if _is_ordinary(word.text)
        and not any(start < word.end and word.start < end for start, end in left_alone)
    ]


def _is_ordinary(word: str) -> bool:
    """Returns whether it is a word and no abbreviation or name of a program (`VPN`, `macOS`)."""
    return len(word) >= _SHORTEST and not any(letter.isupper() for letter in word[1:])


class SpellChecker:
    """Checks words by a dictionary, and remembers what it said. `names` are right, too."""

    def __init__(self, words: WordList) -> None:
        self._words = words
        self._known: dict[str, bool] = {}
        self._names: set[str] = set()

    def learn_names(self, names: Iterable[str]) -> None:
        """Takes words as right: of people, or what the agent wants to keep."""
        for name in names:
            self._names |= {found.group().casefold() for found in _WORD.finditer(name)}

    def find_misspelt(self, line: str, typed_at: int | None = None) -> list[FoundWord]:
        """Returns the words of a line that are wrong; not the one that ends where one types."""
        return [
            word
            for word in find_checked_words(line)
            if word.end != typed_at and not self._is_right(word.text)
        ]

    def _is_right(self, word: str) -> bool:
        base = word.removesuffix("'s").removesuffix("’s").casefold()
        if base in self._names or word.casefold() in self._names:
            return True
        if word not in self._known:
            self._known[word] = self._words.spell(word.replace("’", "'"))
        return self._known[word]

    def list_suggestions(self, word: str) -> list[str]:
        """Returns words that may be meant; it may take some tenths of a second."""
        return list(self._words.suggest(word.replace("’", "'")))[:MOST_SUGGESTIONS]
