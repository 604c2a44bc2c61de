"""Decides from the texts themselves, as the index would, whether they match a query.

For a word that is in every tenth ticket it is quicker to read the first tickets of a list than to
have the index name them all.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from server.domain.tokenizer import TAIL, QueryGroup, Term, extract_tokens, fold_text

_JOINERS: Final = re.compile(r"[-'./:_@&+\\]")


class TicketTexts(Struct, frozen=True):
    """The texts by which a ticket is found, each alone, and its number."""

    number: int
    texts: Sequence[str]


class Matcher:
    """Finds the groups of a query in tickets."""

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
    """Those alternatives that are one word of plain letters and digits."""
    words = [terms[0] for terms in group.alternatives if len(terms) == 1]
    patterns = [
        it.token + ("" if it.is_prefix else r"(?![a-z0-9])")
        for it in words
        if it.token.isascii() and it.token.isalnum()
    ]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(patterns)})") if patterns else None


def _contains_word(plain: re.Pattern[str] | None, folded: str) -> bool:
    """Returns whether a text of plain signs, each a token of its own, has such a word."""
    return plain is not None and folded.isascii() and plain.search(folded) is not None


def _required_parts(terms: Iterable[Term]) -> list[str]:
    """Returns what a text must contain to have the terms among its tokens."""
    return [_JOINERS.sub("", _unreverse_tail(term.token)) for term in terms]


def _unreverse_tail(token: str) -> str:
    return token[:0:-1] if token.startswith(TAIL) else token


def _remove_joiners(folded: str) -> str:
    """A text without what joins words, so that a whole compound is a part of it."""
    return _JOINERS.sub("", folded)


def _may_match(folded: str, alternatives: list[list[str]]) -> bool:
    """Returns whether it is worth the while to take the text apart."""
    return any(all(part in folded for part in parts) for parts in alternatives)


def _matches_group(group: QueryGroup, tokens: list[str]) -> bool:
    return any(all(_matches_term(term, tokens) for term in terms) for terms in group.alternatives)


def _matches_term(term: Term, tokens: list[str]) -> bool:
    if term.is_prefix:
        return any(token.startswith(term.token) for token in tokens)
    return term.token in tokens
