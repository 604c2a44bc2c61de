"""Completions of a filter that is being typed: names of fields, and their values."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from common.filters.filter_fields import FIELD_NAMES, FIELD_RULES, FieldKind, FilterField
from common.filters.filter_format import format_text_value
from common.filters.filter_terms import TextValue
from common.filters.filter_text import fold_case
from common.filters.filter_times import PART_NAMES

_LAST_WORD: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^\s"])*$')
_HEAD: Final = re.compile(r"[-!]?([A-Za-z][A-Za-z_-]*):|[-!]?(@)")
_SPANS: Final = ("<1h", "<1d", "<7d", ">1d", ">7d")


class FilterVocabulary(Struct, frozen=True, kw_only=True):
    """The values that an organization's tickets have at present in open fields."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()


class FilterCompletion(Struct, frozen=True):
    """A text that may stand from `start` to the end of the filter, and its meaning."""

    text: str
    start: int
    hint: str = ""


def list_filter_completions(text: str, vocabulary: FilterVocabulary) -> list[FilterCompletion]:
    """Returns what the last word of a text may become; nothing behind a blank."""
    match = _LAST_WORD.search(text)
    word = match.group() if match else ""
    start = len(text) - len(word)
    head = _HEAD.match(word)
    if head is None:
        return _complete_names(word, start)
    name = "assignee" if head.group(2) else head.group(1).lower().replace("-", "_")
    field = FIELD_NAMES.get(name)
    if field is None:
        return []
    return _complete_values(field, word, start, head.end(), vocabulary)


def _complete_names(word: str, start: int) -> list[FilterCompletion]:
    sign = word[0] if word.startswith(("-", "!")) else ""
    begin = word[len(sign) :].lower()
    if not begin:
        return []
    named = {name: FIELD_NAMES[name] for name in FIELD_NAMES if name.startswith(begin)}
    return [
        FilterCompletion(f"{sign}{field}:", start, FIELD_RULES[field].hint)
        for field in dict.fromkeys(named.values())
    ]


def _complete_values(
    field: FilterField, word: str, start: int, first: int, vocabulary: FilterVocabulary
) -> list[FilterCompletion]:
    begun = max(word.rfind(",") + 1, first)
    typed = fold_case(word[begun:].lstrip('"'))
    is_person = FIELD_RULES[field].kind is FieldKind.PERSON
    found = dict.fromkeys(
        text
        for text, plain in _list_values(field, vocabulary)
        if fold_case(plain).startswith(typed) or (is_person and typed in fold_case(plain))
    )
    return [FilterCompletion(text, start + begun) for text in found]


def _list_values(field: FilterField, vocabulary: FilterVocabulary) -> Iterator[tuple[str, str]]:
    """Yields the values of a field as they are written, and without quotes."""
    rule = FIELD_RULES[field]
    words: Iterable[str] = rule.words
    if rule.kind is FieldKind.TIME:
        words = (*_SPANS, *PART_NAMES, *words)
    yield from ((word, word) for word in words)
    open_values = {
        FilterField.CATEGORY: vocabulary.categories,
        FilterField.TAG: vocabulary.tags,
        FilterField.ASSIGNEE: vocabulary.agents,
        FilterField.CUSTOMER: vocabulary.customers,
    }
    for name in open_values.get(field, ()):
        yield format_text_value(rule, TextValue(name)), name
