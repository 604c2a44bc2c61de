"""Finds what the search index is to find, without a database."""

from server.domain.tokenizer import QueryGroup, Term, extract_tokens, parse_search_query


def finds(query: str, text: str) -> bool:
    """Returns whether a text is found by a query, each group in the one text."""
    groups = parse_search_query(query)
    return bool(groups) and all(finds_group(group, text) for group in groups)


def finds_group(group: QueryGroup, text: str) -> bool:
    tokens = extract_tokens(text)
    return any(all(_stands(term, tokens) for term in terms) for terms in group.alternatives)


def _stands(term: Term, tokens: list[str]) -> bool:
    if term.is_prefix:
        return any(token.startswith(term.token) for token in tokens)
    return term.token in tokens
