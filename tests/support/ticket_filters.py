"""Random filters: of the language's own terms, and texts that may be none."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from common.filters.filter_fields import FIELD_RULES, FieldKind, FilterField
from common.filters.filter_terms import (
    CalendarOrder,
    CalendarValue,
    FilterTerm,
    FilterValue,
    NumberValue,
    SpanValue,
    TextValue,
    TicketFilter,
)
from common.filters.filter_times import PART_NAMES

NOW: Final = datetime(2026, 3, 29, 10, 30, tzinfo=UTC)
"""A Sunday on which clocks of Europe go forward."""
SIGNS: Final = 'abcIKk1 ,:"\\*-!@#.[]^?%_éÉßΣςσİ\u212aÄä我🙂'
ORDERS: Final[tuple[CalendarOrder, ...]] = ("", "<", "<=", ">", ">=")
texts = st.one_of(
    st.sampled_from(["vip", "Vip", "none", "me", "any", "17", "open", "a b", "Ana"]),
    st.text(SIGNS, min_size=1, max_size=6).filter(lambda text: bool(text.strip())),
)
days = st.dates((NOW - timedelta(days=40)).date(), (NOW + timedelta(days=40)).date()).map(str)
parts = st.one_of(
    st.sampled_from(PART_NAMES), days, days.map(lambda day: day[:7]), days.map("{}t01:30".format)
)
times: st.SearchStrategy[FilterValue] = st.one_of(
    st.builds(SpanValue, st.sampled_from("<>"), st.integers(0, 60), st.sampled_from("mhdw")),
    st.builds(
        lambda part, order: CalendarValue(part, part, order),
        parts,
        st.sampled_from(ORDERS),
    ),
    st.builds(CalendarValue, parts, parts),
    st.sampled_from(ORDERS[1:]).map(lambda order: CalendarValue("now", "now", order)),
)


def _values(field: FilterField) -> st.SearchStrategy[FilterValue]:
    rule = FIELD_RULES[field]
    marks = [st.sampled_from(rule.marks)] if rule.marks else []
    kinds: dict[FieldKind, list[st.SearchStrategy[FilterValue]]] = {
        FieldKind.CHOICE: [st.sampled_from(rule.choices or ("",)).map(TextValue)],
        FieldKind.NAME: [texts.map(TextValue), texts.map(lambda text: TextValue(text, True))],
        FieldKind.PERSON: [texts.map(TextValue), st.integers(0, 12).map(NumberValue)],
        FieldKind.NUMBER: [st.integers(0, 12).map(NumberValue)],
        FieldKind.TIME: [times],
        FieldKind.TEXT: [texts.map(TextValue)],
    }
    return st.one_of(*kinds[rule.kind], *marks)


def _terms(field: FilterField) -> st.SearchStrategy[FilterTerm]:
    values = st.lists(_values(field), min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(FilterTerm, st.just(field), values, st.booleans())


terms = st.sampled_from(list(FilterField)).flatmap(_terms)
ticket_filters = st.lists(terms, max_size=4, unique=True).map(
    lambda found: TicketFilter(tuple(found))
)
"""Filters as the parser makes them."""
filter_texts = st.one_of(
    st.text(SIGNS, max_size=20),
    st.lists(
        st.one_of(
            st.sampled_from(
                ["st:o", "-p:>=high", "tag:vi*", '@"a b"', "#17", "due:<2h", "created:today", "x:y"]
            ),
            st.text(SIGNS, max_size=6),
        ),
        max_size=4,
    ).map(" ".join),
)
"""Texts that are filters, or nearly."""
