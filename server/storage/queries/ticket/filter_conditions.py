"""Conditions of the filter language in SQL: the rows of which `matches_filter` says the same.

A shape says which conditions there are, and is compiled once; the values fill it at each request.
Conditions are never null, so that a negated one is their opposite.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import peewee as pw
from msgspec import Struct

from common.filters.filter_fields import (
    FIELD_RULES,
    FieldKind,
    FilterField,
    FilterMark,
    find_ticket_field,
)
from common.filters.filter_matching import FilterContext
from common.filters.filter_terms import (
    CalendarValue,
    FilterTerm,
    FilterValue,
    NumberValue,
    SpanValue,
    TextValue,
    TicketFilter,
)
from common.filters.filter_text import fold_case, list_case_variants
from common.filters.filter_times import find_bounds
from common.tickets.sla import NO_DUE_INSTANT, SlaState
from common.tickets.ticket import AUDIENCES, Audience, Priority
from server.domain.timestamps import to_microseconds
from server.storage.engine.statement import param
from server.storage.tables.desk_tables import TicketTagModel, UserModel


class ValueTest(StrEnum):
    """The way in which a value is looked for."""

    EQUAL = "equal"
    BEGIN = "begin"
    PART = "part"
    PART_OF_ALL = "part of all"
    """Also a part of the number, or of what JSON writes in another way."""
    EMPTY = "empty"
    GIVEN = "given"
    FROM = "from"
    BEFORE = "before"
    BETWEEN = "between"
    NEVER = "never"


class TermShape(Struct, frozen=True):
    """The part of a term that decides its SQL; values are `f{place}_{index}`, bounds have a letter.

    `place` is that of the term in its filter.
    """

    place: int
    field: FilterField
    tests: tuple[ValueTest, ...]
    negated: bool


_COLUMNS: Final[Mapping[FilterField, str]] = {
    **{field: find_ticket_field(field) for field in FIELD_RULES if field is not FilterField.TEXT},
    FilterField.DUE: "sla_due",
}
HIDDEN_FIELDS: Final = frozenset(
    field for field in _COLUMNS if AUDIENCES[find_ticket_field(field)] is not Audience.PUBLIC
)
"""Fields that customers do not see: for them, no ticket has a value there."""
TIME_FIELDS: Final = frozenset(
    field for field, rule in FIELD_RULES.items() if rule.kind is FieldKind.TIME
)
_FALSE: Final = pw.SQL("FALSE")
_TRUE: Final = pw.SQL("TRUE")
_NO_TAGS: Final = "[]"
_IN_NUMBER: Final = re.compile(r"#?[0-9]*")
_WRITTEN_OTHERWISE: Final = re.compile(r'["\\\[\],]')
"""The characters by which the JSON of tags differs from the tags, beside each other."""


def build_term_shapes(filter_: TicketFilter, *, public: bool) -> tuple[TermShape, ...]:
    """Returns the shape of each term; `public`: for a caller who sees public fields alone."""
    return tuple(
        TermShape(
            place,
            term.field,
            tuple(_choose_test(term.field, value, public=public) for value in term.values),
            term.negated,
        )
        for place, term in enumerate(filter_.terms)
    )


def bind_filter(filter_: TicketFilter, dialect: str, context: FilterContext) -> dict[str, Any]:
    """Returns the values that fill the conditions of a filter, by their names."""
    return {
        name: bound
        for place, term in enumerate(filter_.terms)
        for index, value in enumerate(term.values)
        for name, bound in _bind_value(f"f{place}_{index}", term, value, dialect, context)
    }


def needs_zone(filter_: TicketFilter) -> bool:
    """Returns whether its times depend on the organization's zone."""
    return any(isinstance(value, CalendarValue) for term in filter_.terms for value in term.values)


def build_term_condition(shape: TermShape, dialect: str, table: Any, *, public: bool) -> Any:
    """Returns the condition of a term on a table of tickets."""
    conditions = [
        _build_condition(shape, index, dialect, table, public=public)
        for index in range(len(shape.tests))
    ]
    either = conditions[0]
    for condition in conditions[1:]:
        either |= condition
    return ~pw.fn.COALESCE(either, _FALSE) if shape.negated else either


def _choose_test(field: FilterField, value: FilterValue, *, public: bool) -> ValueTest:
    if public and field in HIDDEN_FIELDS:
        # Its values are not there, for this caller.
        return ValueTest.EMPTY if value is FilterMark.NONE else ValueTest.NEVER
    if value is FilterMark.NONE:
        return ValueTest.EMPTY
    if value is FilterMark.ANY:
        return ValueTest.GIVEN
    if isinstance(value, SpanValue):
        return ValueTest.BEFORE if _is_upper(field, value) else ValueTest.FROM
    if isinstance(value, CalendarValue):
        return {"": ValueTest.BETWEEN, "<": ValueTest.BEFORE, "<=": ValueTest.BEFORE}.get(
            value.order, ValueTest.FROM
        )
    return _choose_text_test(field, value) if isinstance(value, TextValue) else ValueTest.EQUAL


def _is_upper(field: FilterField, value: SpanValue) -> bool:
    return (value.order == "<") is FIELD_RULES[field].is_ahead


def _choose_text_test(field: FilterField, value: TextValue) -> ValueTest:
    kind = FIELD_RULES[field].kind
    if kind is FieldKind.TEXT:
        is_plain = not (_IN_NUMBER.fullmatch(value.text) or _WRITTEN_OTHERWISE.search(value.text))
        return ValueTest.PART if is_plain else ValueTest.PART_OF_ALL
    if kind is FieldKind.PERSON:
        return ValueTest.PART
    return ValueTest.BEGIN if value.begins else ValueTest.EQUAL


def _bind_value(
    name: str, term: FilterTerm, value: FilterValue, dialect: str, context: FilterContext
) -> Iterator[tuple[str, Any]]:
    if isinstance(value, SpanValue | CalendarValue):
        ahead = FIELD_RULES[term.field].is_ahead
        bounds = find_bounds(value, context.now, context.zone, is_ahead=ahead)
        for letter, at in zip("ab", bounds, strict=True):
            yield f"{name}{letter}", None if at is None else to_microseconds(at)
    elif isinstance(value, TextValue):
        yield name, _bind_text(term.field, value, dialect)
    elif isinstance(value, NumberValue):
        yield name, value.number
    else:
        yield name, context.me


def _bind_text(field: FilterField, value: TextValue, dialect: str) -> str | int:
    if field is FilterField.PRIORITY:
        return Priority(value.text).rank
    if FIELD_RULES[field].kind in {FieldKind.PERSON, FieldKind.TEXT}:
        return build_part_pattern(value.text, dialect)
    if value.begins and dialect == "sqlite":
        return _escape_glob(value.text) + "*"
    return value.text


def build_part_pattern(text: str, dialect: str) -> str:
    """Returns what finds a text inside of others, without regard to case."""
    variants = list_case_variants()
    folded = fold_case(text)
    if dialect == "sqlite":
        return f"*{''.join(_glob_character(one, variants) for one in folded)}*"
    return "".join(_regex_character(one, variants) for one in folded)


def _glob_character(character: str, variants: Mapping[str, str]) -> str:
    found = variants.get(character)
    return f"[{found}]" if found else _escape_glob(character)


def _escape_glob(text: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", text)


def _regex_character(character: str, variants: Mapping[str, str]) -> str:
    found = variants.get(character)
    if found:
        return f"[{found}]"
    return f"\\{character}" if character.isascii() and not character.isalnum() else character


def _build_condition(
    shape: TermShape, index: int, dialect: str, table: Any, *, public: bool
) -> Any:
    test, name = shape.tests[index], f"f{shape.place}_{index}"
    if test is ValueTest.NEVER:
        return _FALSE
    if public and shape.field in HIDDEN_FIELDS:
        return _TRUE
    if shape.field is FilterField.TEXT:
        return _build_text_condition(test, name, dialect, table, public=public)
    if shape.field in TIME_FIELDS:
        return _build_time_condition(shape.field, test, name, table, public=public)
    return _build_value_condition(shape.field, test, name, dialect, table)


def _column(field: FilterField, table: Any) -> Any:
    return getattr(table, _COLUMNS[field])


def _build_value_condition(
    field: FilterField, test: ValueTest, name: str, dialect: str, table: Any
) -> Any:
    column = _column(field, table)
    if field is FilterField.TAG:
        return _build_tag_condition(test, name, dialect, table)
    if test is ValueTest.PART:
        mail = field is FilterField.CUSTOMER
        return _find_person(column, name, dialect, table, mail=mail)
    if test in {ValueTest.EMPTY, ValueTest.GIVEN}:
        return column.is_null(test is ValueTest.EMPTY)
    if field is FilterField.SLA:
        head, tail = _SLA_STATE[dialect]
        state = pw.NodeList((head, column, tail), glue="")
        return column.is_null(False) & (pw.fn.COALESCE(state, SlaState.MET.value) == param(name))
    if test is ValueTest.BEGIN:
        return _begins(column, name, dialect)
    return column == param(name)


_SLA_STATE: Final = {
    "sqlite": (pw.SQL("json_extract("), pw.SQL(", '$.state')")),
    "postgresql": (pw.SQL("("), pw.SQL("::json->>'state')")),
}
"""Reads the state, which JSON leaves out where it is the default."""


def _build_time_condition(
    field: FilterField, test: ValueTest, name: str, table: Any, *, public: bool
) -> Any:
    column = _column(field, table)
    if public and field is FilterField.UPDATED:
        column = table.public_at
    is_due = field is FilterField.DUE
    if test in {ValueTest.EMPTY, ValueTest.GIVEN}:
        is_empty = column == NO_DUE_INSTANT if is_due else column.is_null()
        return is_empty if test is ValueTest.EMPTY else ~is_empty
    start, end = column >= param(f"{name}a"), column < param(f"{name}b")
    if test is ValueTest.BEFORE:
        return end
    if test is ValueTest.BETWEEN:
        return start & end
    return start & (column < NO_DUE_INSTANT) if is_due else start


def _build_tag_condition(test: ValueTest, name: str, dialect: str, table: Any) -> Any:
    if test in {ValueTest.EMPTY, ValueTest.GIVEN}:
        return table.tags == _NO_TAGS if test is ValueTest.EMPTY else table.tags != _NO_TAGS
    tag = TicketTagModel.tag
    wanted = _begins(tag, name, dialect) if test is ValueTest.BEGIN else tag == param(name)
    tagged = TicketTagModel.select(TicketTagModel.number).where(
        TicketTagModel.org_id == param("org_id"), wanted
    )
    return table.number.in_(tagged)


def _build_text_condition(
    test: ValueTest, name: str, dialect: str, table: Any, *, public: bool
) -> Any:
    found = _has_part(table.subject, name, dialect) | _has_part(table.category, name, dialect)
    is_whole = test is ValueTest.PART_OF_ALL
    if not public:
        found |= (_has_tag_part if is_whole else _has_part)(table.tags, name, dialect)
    if is_whole:
        number = pw.NodeList((pw.SQL("('#' ||"), table.number, pw.SQL(")")))
        found |= _has_part(number, name, dialect)
    found |= _find_person(table.customer_id, name, dialect, table, mail=True)
    return found | _find_person(table.assignee_id, name, dialect, table, mail=False)


_PART_OPERATORS: Final = {"sqlite": pw.SQL("GLOB"), "postgresql": pw.SQL("~")}


def _has_part(text: Any, name: str, dialect: str) -> Any:
    return pw.Expression(text, _PART_OPERATORS[dialect].sql, param(name))


_TAG_LISTS: Final = {
    "sqlite": (pw.SQL("EXISTS (SELECT 1 FROM json_each("), pw.SQL(") AS one WHERE one.value")),
    "postgresql": (
        pw.SQL("EXISTS (SELECT 1 FROM json_array_elements_text("),
        pw.SQL("::json) AS one (value) WHERE one.value"),
    ),
}


def _has_tag_part(tags: Any, name: str, dialect: str) -> Any:
    """Returns whether one of the tags has the part, by reading their JSON."""
    head, tail = _TAG_LISTS[dialect]
    operator = _PART_OPERATORS[dialect]
    return pw.NodeList((head, tags, tail, operator, param(name), pw.SQL(")")))


def _find_person(column: Any, name: str, dialect: str, table: Any, *, mail: bool) -> Any:
    person = UserModel.alias("person")
    wanted = _has_part(person.name, name, dialect)
    if mail:
        wanted |= _has_part(person.email, name, dialect)
    found = person.select(pw.SQL("1")).where(
        person.org_id == table.org_id, person.id == column, wanted
    )
    return pw.fn.EXISTS(found)


def _begins(column: Any, name: str, dialect: str) -> Any:
    if dialect == "sqlite":
        return _has_part(column, name, dialect)
    return pw.fn.starts_with(column, param(name))
