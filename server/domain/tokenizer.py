"""Splits texts and queries into tokens for the search index. Pure, for both databases.

A token is a word without case, accents and invisible characters. Further tokens help to find what
is only half remembered (docs/search.md has examples):

- the whole of a compound: `email` of `e-mail`, `v2103` of `v2.10.3`;
- pairs of adjacent letters in scripts that are written without blanks, and the last letter alone;
- the end of a word with a digit, reversed after `<`, so that the last digits of a number are the
  beginning of a token;
- `#5`, if the text has it.

SQLite's index keeps no texts, so removing a text needs the same tokens again. A change of what
`extract_tokens` returns therefore needs a migration that rebuilds the index.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from msgspec import Struct

from common.invisible_characters import INVISIBLE, INVISIBLE_BEYOND

MAX_TOKEN_LENGTH: Final = 500
"""The maximal length of a token, which is less than the longest lexeme of PostgreSQL."""
TAIL: Final = "<"
TAIL_LENGTH: Final = 24
"""The maximal length of an indexed word end."""
SHORTEST_TAIL: Final = 3
_MAX_COMPOUND_LENGTH: Final = 64
_MAX_GROUPS: Final = 12
_MAX_TERMS: Final = 24
_NUMBER_DIGITS: Final = 15
_MOST_REMEMBERED: Final = 16_384
"""Words whose tokens are remembered: few words make up most of every text."""
_LONGEST_REMEMBERED: Final = 40

_VOICING: Final = "\u3099\u309a"
"""Marks that make a different letter of a kana, unlike accents on other letters."""
_UNSPACED: Final = (
    r"\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u312f"
    r"\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese, Yi, Korean."""
_RUNS: Final = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_SAME_PUNCTUATION: Final = str.maketrans(
    {**dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"), "\u2019": "'"}
    | dict.fromkeys("\u2018\u02bc\u2032", "'")
)
_JOINERS: Final = r"[-'./:_@&+\\]"
_ASCII: Final = re.compile(rf"#?[a-z0-9]+(?:{_JOINERS}[a-z0-9]+)*")
_BETWEEN_WORDS: Final = re.compile(_JOINERS)
_OMITTED_JOINERS: Final = frozenset("-'")
"""Joiners that people leave out: `e-mail` and `email`, `don't` and `dont`."""
_DIGIT: Final = re.compile(r"\d")
_SHORT_NUMBER: Final = re.compile(r"\D+(\d{1,2})")
"""The `2` of `v2`, which is too short to be found as a word end."""
_HIDDEN: Final = re.compile(rf"[{INVISIBLE}{INVISIBLE_BEYOND}]")


class Term(Struct, frozen=True):
    """A token to find; with `is_prefix` also any token that begins with it."""

    token: str
    is_prefix: bool = False


class QueryGroup(Struct, frozen=True):
    """One compound of a query. It matches if all terms of one alternative are in one text.

    `number` is the ticket number that the compound may be.
    """

    alternatives: tuple[tuple[Term, ...], ...]
    number: int | None = None

    @property
    def without_short_prefixes(self) -> "QueryGroup":
        """The group without single-letter prefixes, if it has other words.

        They cost the index much and exclude few tickets.
        """
        return QueryGroup(tuple(map(_drop_short_prefixes, self.alternatives)), self.number)


def _drop_short_prefixes(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    rough = tuple(it for it in terms if not (it.is_prefix and len(it.token) == 1))
    return rough or terms


def extract_tokens(text: str) -> list[str]:
    """Returns each token of a text once, in the order in which they first come."""
    found: dict[str, None] = {}
    for chunk in dict.fromkeys(fold_text(text).split()):  # no compound has a blank in it
        if chunk.isascii() and chunk.isalpha():  # nine of ten, in no time
            found[chunk[:MAX_TOKEN_LENGTH]] = None
        elif len(chunk) <= _LONGEST_REMEMBERED:
            found.update(_remember_tokens(chunk))
        else:
            found.update(_chunk_tokens(chunk))
    return list(found)


def parse_search_query(query: str) -> list[QueryGroup]:
    """Returns what a query asks for: all of these groups. The last word may be a beginning."""
    compounds = _split_compounds(query)[:_MAX_GROUPS]
    last = len(compounds) - 1
    return [_build_group(compound, is_last=n == last) for n, compound in enumerate(compounds)]


def fold_text(text: str) -> str:
    """Returns a text as it is compared: without case, accents, invisible and compatible forms."""
    if text.isascii():
        return text.lower()
    text = _HIDDEN.sub("", text.replace("\u200b", " "))
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(
        [it for it in apart if it in _VOICING or not unicodedata.combining(it)]
    ).casefold()
    return unicodedata.normalize("NFC", plain).translate(_SAME_PUNCTUATION)


def _chunk_tokens(chunk: str) -> dict[str, None]:
    """Returns the tokens of a folded text without blanks, in their order."""
    found: dict[str, None] = {}
    for compound in _find_compounds(chunk):
        found.update(dict.fromkeys(_index_tokens(compound)))
    return found


_remember_tokens = lru_cache(_MOST_REMEMBERED)(_chunk_tokens)


def _split_compounds(text: str) -> list[str]:
    return _find_compounds(fold_text(text))


def _find_compounds(folded: str) -> list[str]:
    pattern = _ASCII if folded.isascii() else _compound_pattern()
    found: list[str] = pattern.findall(folded)
    return found


@cache
def _compound_pattern() -> re.Pattern[str]:
    """A pattern of words in any script, with vowel signs, which `re` does not count as letters."""
    marks = "".join(
        chr(point)
        for point in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
        if unicodedata.category(chr(point)).startswith("M")
    )
    word = rf"(?:[^\W_]|[{re.escape(marks)}])+"
    return re.compile(rf"#?{word}(?:{_JOINERS}{word})*")


def _index_tokens(compound: str) -> Iterator[str]:
    bare = compound.lstrip("#")
    if bare != compound and bare.isdecimal():
        yield compound
    words = _BETWEEN_WORDS.split(bare)
    whole = _join_compound(bare, words)
    for n, word in enumerate(words):
        yield from _word_tokens(word)
        # The last word has the same end as the whole.
        if whole is None or n < len(words) - 1:
            yield from _tail_tokens(word)
    if whole is not None:
        yield whole
        yield from _tail_tokens(whole)


def _word_tokens(word: str) -> Iterator[str]:
    for run in _RUNS.findall(word):
        if _is_unspaced(run):
            yield from map("".join, pairwise(run))
            yield run[-1]
        else:
            yield run[:MAX_TOKEN_LENGTH]
            short_number = _SHORT_NUMBER.fullmatch(run)
            if short_number is not None:
                yield short_number[1]


def _join_compound(compound: str, words: list[str]) -> str | None:
    """Returns the compound without joiners, if people may leave these out."""
    whole = "".join(words)
    if len(words) == 1 or len(whole) > _MAX_COMPOUND_LENGTH or _has_unspaced(whole):
        return None
    joined_closely = set(_BETWEEN_WORDS.findall(compound)) <= _OMITTED_JOINERS
    return whole if joined_closely or _DIGIT.search(whole) else None


def _tail_tokens(word: str) -> Iterator[str]:
    if len(word) > SHORTEST_TAIL and _DIGIT.search(word) and not _has_unspaced(word):
        yield _reverse_tail(word)


def _reverse_tail(word: str) -> str:
    return TAIL + word[: -TAIL_LENGTH - 1 : -1]


def _build_group(compound: str, *, is_last: bool) -> QueryGroup:
    bare = compound.lstrip("#")
    number = int(bare) if bare.isdecimal() and len(bare) <= _NUMBER_DIGITS else None
    if bare != compound and bare.isdecimal():
        return QueryGroup(((Term(compound),),), number)
    words = _BETWEEN_WORDS.split(bare)
    alternatives = [tuple(_query_terms(words, is_last=is_last))[:_MAX_TERMS]]
    whole = "".join(words)
    if not _has_unspaced(whole):
        if len(words) > 1:
            alternatives.append((Term(whole[:MAX_TOKEN_LENGTH], is_last),))
        if len(whole) >= SHORTEST_TAIL or len(words) > 1:
            alternatives.append((Term(_reverse_tail(whole), is_prefix=True),))
    return QueryGroup(tuple(alternatives), number)


def _query_terms(words: list[str], *, is_last: bool) -> Iterator[Term]:
    for n, word in enumerate(words):
        runs = _RUNS.findall(word)
        for m, run in enumerate(runs):
            at_the_end = is_last and n == len(words) - 1 and m == len(runs) - 1
            yield from _run_terms(run, is_prefix=at_the_end)


def _run_terms(run: str, *, is_prefix: bool) -> Iterator[Term]:
    if not _is_unspaced(run):
        yield Term(run[:MAX_TOKEN_LENGTH], is_prefix)
    elif len(run) == 1:
        # A letter that is not the last of its text begins a pair.
        yield Term(run, is_prefix=True)
    else:
        yield from (Term("".join(pair)) for pair in pairwise(run))


def _is_unspaced(run: str) -> bool:
    return _has_unspaced(run[0])


@cache
def _unspaced_pattern() -> re.Pattern[str]:
    return re.compile(rf"[{_UNSPACED}]")


def _has_unspaced(text: str) -> bool:
    return not text.isascii() and _unspaced_pattern().search(text) is not None
