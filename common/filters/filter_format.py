"""Writes a filter as text: reading that text gives the same filter again."""

import re
from typing import Final

from common.filters.filter_fields import FIELD_RULES, FieldKind, FieldRule, FilterField, FilterMark
from common.filters.filter_terms import (
    FilterTerm,
    FilterValue,
    NumberValue,
    TextValue,
    TicketFilter,
)
from common.filters.filter_times import format_time

# What a plain word or value may not be, since it means something else.
_SPECIAL_WORD: Final = re.compile(r'\s|^["@#!-]|^[A-Za-z][A-Za-z_-]*:(?!//)')
_SPECIAL_VALUE: Final = re.compile(r'[\s,]|^"|\*$')
_DIGITS: Final = re.compile(r"[0-9]+")
_ESCAPED: Final = re.compile(r'(["\\])')


def format_filter(filter_: TicketFilter) -> str:
    """Returns the text of a filter in the form that is stored and shown."""
    return " ".join(map(_format_term, filter_.terms))


def _format_term(term: FilterTerm) -> str:
    return f"{'-' if term.negated else ''}{_format_condition(term)}"


def _format_condition(term: FilterTerm) -> str:
    first = term.values[0]
    if len(term.values) == 1:
        if term.field is FilterField.NUMBER and isinstance(first, NumberValue):
            return f"#{first.number}"
        if term.field is FilterField.TEXT and isinstance(first, TextValue):
            return _quote(first.text) if _SPECIAL_WORD.search(first.text) else first.text
    rule = FIELD_RULES[term.field]
    return f"{term.field}:{','.join(_format_value(rule, value) for value in term.values)}"


def _format_value(rule: FieldRule, value: FilterValue) -> str:
    if isinstance(value, FilterMark):
        return value
    if isinstance(value, NumberValue):
        return str(value.number)
    if isinstance(value, TextValue):
        return format_text_value(rule, value)
    return format_time(value)


def format_text_value(rule: FieldRule, value: TextValue) -> str:
    """Returns a text as a value of a field, in quotes where it would mean something else."""
    text = value.text
    is_word = text.lower() in rule.marks and not value.begins
    is_id = rule.kind is FieldKind.PERSON and _DIGITS.fullmatch(text)
    written = _quote(text) if is_word or is_id or _SPECIAL_VALUE.search(text) else text
    return f"{written}*" if value.begins else written


def _quote(text: str) -> str:
    escaped = _ESCAPED.sub(r"\\\1", text)
    return f'"{escaped}"'
