"""Reads the text of a filter."""

import re
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.filters.filter_fields import (
    FIELD_NAMES,
    FIELD_RULES,
    FieldKind,
    FieldRule,
    FilterField,
    FilterMark,
    find_choices,
)
from common.filters.filter_terms import (
    FILTER_LIMIT,
    MOST_TERMS,
    MOST_VALUES,
    FilterError,
    FilterTerm,
    FilterValue,
    NumberValue,
    TextValue,
    TicketFilter,
)
from common.filters.filter_times import TIME_EXAMPLES, parse_time
from common.tickets.ticket import Priority

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS: Final = re.compile(r"\s*")
_LAST_WORD: Final = re.compile(r"\S+$")
_SIGNS: Final = frozenset({"-", "!", "@", "#"})
_NEGATION: Final = re.compile(r"[-!](?=\S)")
_SHORT_NUMBERS: Final = re.compile(r"#[0-9]{1,15}(?:,#?[0-9]{1,15})*(?=\s|$)")
_AT: Final = re.compile(r"@(?=\S)")
# `http://` is no field.
_NAME: Final = re.compile(r"([A-Za-z][A-Za-z_-]*):(?!//)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)("?)(\*?)', re.DOTALL)
_PLAIN_VALUE: Final = re.compile(r"[^\s,]*")
_PLAIN_WORD: Final = re.compile(r"\S+")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_RANKED: Final = re.compile(r"([<>]=?)(.+)")


def parse_filter(text: str) -> TicketFilter:
    """Returns the filter that a text means. Raises FilterError."""
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        raise FilterError("take this character out: it cannot be shown", bad.start())
    if len(text) > FILTER_LIMIT:
        raise FilterError(f"a filter has at most {FILTER_LIMIT} characters", FILTER_LIMIT)
    terms: dict[FilterTerm, None] = {}
    for start, term in _read_terms(text):
        if len(terms) == MOST_TERMS and term not in terms:
            raise FilterError(f"a filter has at most {MOST_TERMS} terms", start)
        terms[term] = None
    return TicketFilter(tuple(terms))


def split_search(text: str) -> tuple[str, TicketFilter]:
    """Returns the words that a text searches for, as they stand, and the filter of its terms.

    Numbers (`#17`) and names of what is no field (`error:404`) are words, too. Raises FilterError.
    """
    words: list[str] = []
    terms: dict[FilterTerm, None] = {}
    place = _skip_blanks(text, 0)
    while place < len(text):
        if _is_search_word(text, place):
            word, place = _read_plain(text, place)
            words.append(word)
        else:
            term, place = _read_term(text, place)
            terms[term] = None
        place = _skip_blanks(text, place)
    return " ".join(words), TicketFilter(tuple(terms))


def _is_search_word(text: str, place: int) -> bool:
    if _NEGATION.match(text, place):
        return False
    try:
        return _find_field(text, place) is None
    except FilterError:
        return True


def parse_typed_filter(text: str) -> TicketFilter:
    """Returns the filter of a text that is still being typed; its last word may be unfinished.

    `tag:vi` is read as `tag:vi*`, open quotes as closed ones, and a last word that means nothing
    yet is left out. Raises FilterError for what stands before it.
    """
    for written in (text, f'{text}"'):
        with suppress(FilterError):
            return _open_last_term(text, parse_filter(written))
    return parse_filter(text[: _find_last_word(text)])


def parse_entered_filter(text: str) -> TicketFilter:
    """Returns the filter of a text that was typed and is finished now.

    It is read as while it was typed, but a last word that means nothing is no filter: without it,
    more tickets would match than were asked for. Raises FilterError.
    """
    wanted = parse_typed_filter(text)
    with suppress(FilterError):
        parse_filter(f'{text}"')
        return wanted
    parse_filter(text)
    return wanted


def _find_last_word(text: str) -> int:
    """Returns where the last word begins; the end of the text behind a blank."""
    match = _LAST_WORD.search(text)
    return match.start() if match else len(text)


def _open_last_term(text: str, done: TicketFilter) -> TicketFilter:
    """Returns the filter with its last term open, where that is still being typed."""
    last = text[_find_last_word(text) :]
    if last in _SIGNS:
        return parse_filter(text[: -len(last)])
    if not last or last.endswith(('"', "*")):
        return done
    return TicketFilter((*done.terms[:-1], *map(_open_last_value, done.terms[-1:])))


def _open_last_value(term: FilterTerm) -> FilterTerm:
    last = term.values[-1]
    if FIELD_RULES[term.field].kind is FieldKind.NAME and isinstance(last, TextValue):
        return replace(term, values=(*term.values[:-1], TextValue(last.text, begins=True)))
    return term


class _Written(Struct, frozen=True):
    """A value as it is written, and its place; `quoted`: it is no word of the language."""

    text: str
    start: int
    quoted: bool = False
    begins: bool = False


def _read_terms(text: str) -> Iterator[tuple[int, FilterTerm]]:
    """Yields the terms with their places."""
    place = _skip_blanks(text, 0)
    while place < len(text):
        term, end = _read_term(text, place)
        yield place, term
        place = _skip_blanks(text, end)


def _skip_blanks(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    return match.end() if match else place


def _read_term(text: str, place: int) -> tuple[FilterTerm, int]:
    """Returns the term at a place, and where it ends."""
    negated = _NEGATION.match(text, place) is not None
    start = place + negated
    is_number = _SHORT_NUMBERS.match(text, start) is not None
    found = (FilterField.NUMBER, start) if is_number else _find_field(text, start)
    if found is None:
        word, end = _read_word(text, start)
        return FilterTerm(FilterField.TEXT, (TextValue(word),), negated), end
    field, begin = found
    written, end = _read_written_values(text, begin)
    return FilterTerm(field, _read_values(field, written), negated), end


def _find_field(text: str, start: int) -> tuple[FilterField, int] | None:
    """Returns the field that is named, and where its values begin; None for a plain word."""
    if _AT.match(text, start):
        return FilterField.ASSIGNEE, start + 1
    match = _NAME.match(text, start)
    if match is None:
        return None
    name = match.group(1).lower().replace("-", "_")
    field = FIELD_NAMES.get(name)
    if field is not None:
        return field, match.end()
    if _PLAIN_WORD.match(text, match.end()) is None:
        return None
    near = get_close_matches(name, FIELD_NAMES, 1)
    means = f"did you mean {near[0]}?" if near else f"there are {', '.join(FIELD_RULES)}."
    says = f"there is no field {match.group(1)}; {means} To look for the text, quote it"
    raise FilterError(says, start)


def _read_word(text: str, start: int) -> tuple[str, int]:
    """Returns a word to look for, plain or quoted, and where it ends."""
    if text[start] != '"':
        return _read_plain(text, start)
    written, end = _read_quoted(text, start)
    if end < len(text) and not text[end].isspace():
        raise FilterError("put a blank behind the quotes", end)
    return written.text, end


def _read_plain(text: str, start: int) -> tuple[str, int]:
    match = _PLAIN_WORD.match(text, start)
    return (match.group(), match.end()) if match else ("", start)


def _read_written_values(text: str, place: int) -> tuple[list[_Written], int]:
    """Returns the values behind a field's colon, and where they end."""
    found: list[_Written] = []
    while True:
        one, place = _read_written(text, place)
        found.append(one)
        if place == len(text) or text[place].isspace():
            return found, place
        if text[place] != ",":
            raise FilterError("put a comma or a blank behind the quotes", place)
        place += 1


def _read_written(text: str, start: int) -> tuple[_Written, int]:
    if text.startswith('"', start):
        return _read_quoted(text, start)
    match = _PLAIN_VALUE.match(text, start)
    plain = match.group() if match else ""
    if not plain:
        raise FilterError(f"write a value behind the {text[start - 1]}", start)
    begins = plain.endswith("*")
    return _Written(plain.removesuffix("*"), start, begins=begins), start + len(plain)


def _read_quoted(text: str, start: int) -> tuple[_Written, int]:
    match = _QUOTED.match(text, start)
    if match is None or not match.group(2):
        raise FilterError('close the quotes with another "', start)
    inner = _ESCAPE.sub(r"\1", match.group(1))
    if not inner:
        raise FilterError("write something between the quotes", start)
    return _Written(inner, start, quoted=True, begins=bool(match.group(3))), match.end()


def _read_values(field: FilterField, written: list[_Written]) -> tuple[FilterValue, ...]:
    rule = FIELD_RULES[field]
    found = dict.fromkeys(value for one in written for value in _read_value(field, rule, one))
    if len(found) > MOST_VALUES:
        raise FilterError(f"a field takes at most {MOST_VALUES} values", written[0].start)
    return tuple(found)


def _read_value(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    mark = it.text.lower()
    if mark in rule.marks and not it.quoted and not it.begins:
        return (FilterMark(mark),)
    return _READERS[rule.kind](field, rule, it)


def _read_choice(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    ranked = _RANKED.fullmatch(it.text) if field is FilterField.PRIORITY else None
    found = _compare_priorities(*ranked.groups()) if ranked else find_choices(rule, it.text)
    if not found:
        raise FilterError(f"no {field} is called so: write {', '.join(rule.words)}", it.start)
    return tuple(TextValue(choice) for choice in found)


def _compare_priorities(order: str, name: str) -> tuple[str, ...]:
    named = find_choices(FIELD_RULES[FilterField.PRIORITY], name)
    if len(named) != 1:
        return ()
    rank = Priority(named[0]).rank
    above, equal = order[0] == ">", order.endswith("=")
    return tuple(
        it
        for it in Priority
        if (it.rank > rank if above else it.rank < rank) or (equal and it.rank == rank)
    )


def _read_name(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    if it.text:
        return (TextValue(it.text, begins=it.begins),)
    if FilterMark.ANY in rule.marks:
        return (FilterMark.ANY,)
    raise FilterError(f"write how the {field} begins before the *", it.start)


def _read_person(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    del field, rule
    if not it.quoted and not it.begins and _NUMBER.fullmatch(it.text):
        return (NumberValue(int(it.text)),)
    return (_read_part(it),)


def _read_text(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    del field, rule
    return (_read_part(it),)


def _read_part(it: _Written) -> TextValue:
    """Reads a text that is looked for anywhere: a star behind it means nothing more."""
    if not it.text:
        raise FilterError("write a part of the text before the *", it.start)
    return TextValue(it.text)


def _read_number(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    del field, rule
    digits = it.text.removeprefix("#")
    if it.begins or not _NUMBER.fullmatch(digits):
        raise FilterError("write the ticket's number, such as 17", it.start)
    return (NumberValue(int(digits)),)


def _read_time(field: FilterField, rule: FieldRule, it: _Written) -> tuple[FilterValue, ...]:
    del field
    found = None if it.begins else parse_time(it.text)
    if found is None:
        words = "".join(f", {mark}" for mark in rule.marks)
        raise FilterError(f"no time is written so: write {TIME_EXAMPLES}{words}", it.start)
    return (found,)


_READERS: Final = {
    FieldKind.CHOICE: _read_choice,
    FieldKind.NAME: _read_name,
    FieldKind.PERSON: _read_person,
    FieldKind.NUMBER: _read_number,
    FieldKind.TIME: _read_time,
    FieldKind.TEXT: _read_text,
}
