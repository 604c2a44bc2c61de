"""Matches texts against a query with the same result as the search index.

For frequent words it is quicker to check the first tickets of a list than to ask the index for all
matches.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from server.domain.tokenizer import TAIL, QueryGroup, Term, extract_tokens, fold_text

_JOINERS: Final = re.compile(r"[-'./:_@&+\\]")


class TicketTexts(Struct, frozen=True):
    """The searchable texts of a ticket, and its number."""

    number: int
    texts: Sequence[str]


class Matcher:
    """Matches tickets against the groups of a query."""

    def __init__(self, groups: Sequence[QueryGroup]) -> None:
        self._groups = groups
        self._plain = [_plain_word_pattern(group) for group in groups]
        self._parts = [[_required_parts(terms) for terms in group.alternatives] for group in groups]

    def match_groups(self, ticket: TicketTexts) -> list[bool]:
        """Returns for each group whether the ticket has it."""
        folded = fold_text("\n".join(ticket.texts))
        squeezed = _remove_joiners(folded)
        tokens: list[list[str]] = []
        matched = []
        for group, plain, parts in zip(self._groups, self._plain, self._parts, strict=True):
            is_found = group.number == ticket.number or _contains_word(plain, folded)
            if not is_found and _may_match(squeezed, parts):
                tokens = tokens or [extract_tokens(text) for text in ticket.texts]
                is_found = any(_matches_group(group, its) for its in tokens)
            matched.append(is_found)
        return matched


def _plain_word_pattern(group: QueryGroup) -> re.Pattern[str] | None:
    """A pattern of the alternatives that are one ASCII word."""
    words = [terms[0] for terms in group.alternatives if len(terms) == 1]
    patterns = [
        it.token + ("" if it.is_prefix else r"(?![a-z0-9])")
        for it in words
        if it.token.isascii() and it.token.isalnum()
    ]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(patterns)})") if patterns else None


def _contains_word(plain: re.Pattern[str] | None, folded: str) -> bool:
    """Returns whether an ASCII text has such a word."""
    return plain is not None and folded.isascii() and plain.search(folded) is not None


def _required_parts(terms: Iterable[Term]) -> list[str]:
    """Returns what a text must contain to have the terms among its tokens."""
    return [_JOINERS.sub("", _unreverse_tail(term.token)) for term in terms]


def _unreverse_tail(token: str) -> str:
    return token[:0:-1] if token.startswith(TAIL) else token


def _remove_joiners(folded: str) -> str:
    """Returns the text without joiners, so that it contains whole compounds."""
    return _JOINERS.sub("", folded)


def _may_match(folded: str, alternatives: list[list[str]]) -> bool:
    """Returns whether the text may match, so that it is worth tokenizing."""
    return any(all(part in folded for part in parts) for parts in alternatives)


def _matches_group(group: QueryGroup, tokens: list[str]) -> bool:
    return any(all(_matches_term(term, tokens) for term in terms) for terms in group.alternatives)


def _matches_term(term: Term, tokens: list[str]) -> bool:
    if term.is_prefix:
        return any(token.startswith(term.token) for token in tokens)
    return term.token in tokens
