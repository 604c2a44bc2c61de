"""The words that begin with a prefix, from SQLite's index.

FTS5 answers a prefix by joining all tickets of all its words first, however few are wanted; for the
words themselves it reads as far as it is asked to. So a prefix of few words is asked for by these.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from server.domain.tokenizer import TAIL, QueryGroup, Term
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import ReadTransaction

MAX_WORDS: Final = 32
"""The most words that are asked for one by one: each is looked at for every ticket."""
_SHORT_NUMBER: Final = range(3, 6)
"""Digits that are the beginning of many numbers, each of which few tickets have."""
_TERMS: Final = Sql(
    sqlite="""CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_terms
        USING fts5vocab('main', 'ticket_search', 'instance')""",
    postgresql="",
    places="",
)
# Each step is a seek: the index is not read from one word to the next, with all their tickets.
_WORDS: Final = Sql(
    sqlite="""WITH RECURSIVE words(word) AS (
            SELECT (SELECT term FROM temp.search_terms WHERE term >= ? LIMIT 1)
            UNION ALL
            SELECT (SELECT term FROM temp.search_terms WHERE term >= word || char(1) LIMIT 1)
            FROM words WHERE word < ? LIMIT ?
        ) SELECT json_group_array(word) FROM words WHERE word < ?""",
    postgresql="",
    places="first beyond most beyond",
)
_BEYOND: Final = "\U0010ffff"
_decode_words = msgspec.json.Decoder(list[str]).decode


def find_prefix_words(
    reading: ReadTransaction, groups: Iterable[QueryGroup]
) -> dict[str, list[str]]:
    """Returns the words of each prefix of a query; leaves out one with very many, or none."""
    alternatives = [terms for group in groups for terms in group.alternatives]
    prefixes = {it.token for terms in alternatives for it in terms if _is_worth_asking(it)}
    if prefixes:
        reading.fetch_rows(_TERMS)
    found = {prefix: _find_words(reading, prefix) for prefix in prefixes}
    return {prefix: words for prefix, words in found.items() if 0 < len(words) <= MAX_WORDS}


def _is_worth_asking(term: Term) -> bool:
    """Returns whether it is a prefix of perhaps few words, or of many tickets."""
    token = term.token
    has_few_tickets = token.startswith(TAIL) or (token.isdecimal() and len(token) in _SHORT_NUMBER)
    return term.is_prefix and not has_few_tickets


def _find_words(reading: ReadTransaction, prefix: str) -> list[str]:
    beyond, most = prefix + _BEYOND, MAX_WORDS + 1
    return _decode_words(reading.fetch_value(_WORDS, first=prefix, beyond=beyond, most=most))
