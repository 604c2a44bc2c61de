"""What the search index is to find, said without a database."""

from server.domain.tokenizer import Group, Term, groups_of, tokens_of


def finds(query: str, text: str) -> bool:
    """Returns whether a text is found by a query, each group in the one text."""
    groups = groups_of(query)
    return bool(groups) and all(finds_group(group, text) for group in groups)


def finds_group(group: Group, text: str) -> bool:
    tokens = tokens_of(text)
    return any(all(_stands(term, tokens) for term in terms) for terms in group.alternatives)


def _stands(term: Term, tokens: list[str]) -> bool:
    if term.is_prefix:
        return any(token.startswith(term.token) for token in tokens)
    return term.token in tokens
