"""Tests tickets against filters, as they are seen by a caller."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from operator import attrgetter
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from common.filters.filter_fields import (
    FIELD_RULES,
    FieldKind,
    FilterField,
    FilterMark,
    find_ticket_field,
)
from common.filters.filter_terms import (
    CalendarValue,
    FilterTerm,
    FilterValue,
    NumberValue,
    SpanValue,
    TextValue,
    TicketFilter,
)
from common.filters.filter_text import build_haystack, fold_case
from common.filters.filter_times import TimeBounds, find_bounds
from common.wire import TicketView

TicketPredicate = Callable[[TicketView, str], bool]
"""A test of a ticket and its haystack."""
_Named = Callable[[TicketView], tuple[str, ...]]
_Timed = Callable[[TicketView], datetime | None]


class FilterContext(Struct, frozen=True):
    """The place of a filter: the caller's id, the time, and the organization's zone.

    `me` is None for a caller who is no person; nothing is theirs.
    """

    me: int | None
    now: datetime
    zone: tzinfo


class TicketMatcher:
    """A filter with its context; relative times are those of its `now`."""

    def __init__(self, filter_: TicketFilter, context: FilterContext) -> None:
        words = [term for term in filter_.terms if _is_plain_word(term)]
        self._words = [fold_case(term.values[0].text) for term in words]  # type: ignore[union-attr]
        rest = (term for term in filter_.terms if not _is_plain_word(term))
        self._tests = [_build_test(term, context) for term in rest]

    def __bool__(self) -> bool:
        return bool(self._words or self._tests)

    def matches(self, ticket: TicketView, hay: str) -> bool:
        """Returns whether a ticket matches all terms; `hay` is `build_haystack` of it."""
        return all(word in hay for word in self._words) and all(
            test(ticket, hay) for test in self._tests
        )

    def filter_tickets(
        self, tickets: list[TicketView], hays: Mapping[int, str]
    ) -> list[TicketView]:
        """Returns the tickets that match. Word by word it is twice as fast as ticket by ticket."""
        for word in self._words:
            tickets = [ticket for ticket in tickets if word in hays[ticket.number]]
        for test in self._tests:
            tickets = [ticket for ticket in tickets if test(ticket, hays[ticket.number])]
        return tickets


def matches_filter(filter_: TicketFilter, ticket: TicketView, context: FilterContext) -> bool:
    """Returns whether a ticket matches a filter, as the caller sees the ticket."""
    return TicketMatcher(filter_, context).matches(ticket, build_haystack(ticket))


def find_next_due(ticket: TicketView) -> datetime | None:
    """Returns the earliest due time of the ticket's SLA targets that run, even if it has passed."""
    sla = ticket.sla
    if not sla:
        return None
    dues = (sla.first_response_due, sla.next_response_due, sla.resolution_due)
    return min((due for due in dues if due is not None), default=None)


def _is_plain_word(term: FilterTerm) -> bool:
    return term.field is FilterField.TEXT and not term.negated and len(term.values) == 1


def _build_test(term: FilterTerm, context: FilterContext) -> TicketPredicate:
    test = _build_positive_test(term, context)
    return (lambda ticket, hay: not test(ticket, hay)) if term.negated else test


def _build_positive_test(term: FilterTerm, context: FilterContext) -> TicketPredicate:
    """Returns the test of a term without its sign. A list is tested at every key: it is short."""
    kind, values = FIELD_RULES[term.field].kind, term.values
    if kind in _NAMED_KINDS and all(isinstance(it, TextValue) and not it.begins for it in values):
        read, texts = _make_name_reader(term.field), frozenset(map(_text_of, values))
        return lambda ticket, _: not texts.isdisjoint(read(ticket))
    tests = [_BUILDERS[kind](term.field, value, context) for value in values]
    if len(tests) == 1:
        return tests[0]
    return lambda ticket, hay: any(test(ticket, hay) for test in tests)


def _build_name_test(
    field: FilterField, value: FilterValue, context: FilterContext
) -> TicketPredicate:
    del context
    read = _make_name_reader(field)
    if isinstance(value, FilterMark):
        is_any = value is FilterMark.ANY
        return lambda ticket, _: bool(read(ticket)) is is_any
    text = _text_of(value)
    if isinstance(value, TextValue) and value.begins:
        return lambda ticket, _: any(name.startswith(text) for name in read(ticket))
    return lambda ticket, _: text in read(ticket)


def _build_person_test(
    field: FilterField, value: FilterValue, context: FilterContext
) -> TicketPredicate:
    wanted = _find_person_id(value, context)
    if field is FilterField.ASSIGNEE:
        return _build_assignee_test(value, wanted)
    if wanted is not None:
        return lambda ticket, _: ticket.customer.id == wanted
    if value is FilterMark.ME:
        return _match_nothing
    part = fold_case(_text_of(value))
    return lambda ticket, _: (
        part in fold_case(ticket.customer.name) or part in fold_case(ticket.customer.email)
    )


def _build_assignee_test(value: FilterValue, wanted: int | None) -> TicketPredicate:
    if value in {FilterMark.NONE, FilterMark.ANY}:
        is_any = value is FilterMark.ANY
        return lambda ticket, _: (ticket.assignee is not None) is is_any
    if wanted is not None:
        return lambda ticket, _: ticket.assignee is not None and ticket.assignee.id == wanted
    if value is FilterMark.ME:
        return _match_nothing
    part = fold_case(_text_of(value))
    return lambda ticket, _: ticket.assignee is not None and part in fold_case(ticket.assignee.name)


def _find_person_id(value: FilterValue, context: FilterContext) -> int | None:
    if isinstance(value, NumberValue):
        return value.number
    return context.me if value is FilterMark.ME else None


def _build_number_test(
    field: FilterField, value: FilterValue, context: FilterContext
) -> TicketPredicate:
    del field, context
    number = value.number if isinstance(value, NumberValue) else 0
    return lambda ticket, _: ticket.number == number


def _build_text_test(
    field: FilterField, value: FilterValue, context: FilterContext
) -> TicketPredicate:
    del field, context
    part = fold_case(_text_of(value))
    return lambda _, hay: part in hay


def _build_time_test(
    field: FilterField, value: FilterValue, context: FilterContext
) -> TicketPredicate:
    read = _make_time_reader(field)
    if isinstance(value, SpanValue | CalendarValue):
        ahead = FIELD_RULES[field].is_ahead
        bounds = find_bounds(value, context.now, context.zone, is_ahead=ahead)
        return lambda ticket, _: _is_within(read(ticket), bounds)
    is_any = value is FilterMark.ANY
    return lambda ticket, _: (read(ticket) is not None) is is_any


def _is_within(at: datetime | None, bounds: TimeBounds) -> bool:
    start, end = bounds
    return at is not None and (start is None or at >= start) and (end is None or at < end)


def _match_nothing(ticket: TicketView, hay: str) -> bool:
    del ticket, hay
    return False


def _text_of(value: FilterValue) -> str:
    return value.text if isinstance(value, TextValue) else ""


def _make_name_reader(field: FilterField) -> _Named:
    """Returns what reads the names that a ticket has in a field: none, one, or its tags."""
    if field is FilterField.SLA:
        return lambda ticket: (ticket.sla.state,) if ticket.sla else ()
    read = attrgetter(find_ticket_field(field))

    def read_names(ticket: TicketView) -> tuple[str, ...]:
        value: tuple[str, ...] | str | UnsetType | None = read(ticket)
        if isinstance(value, tuple):
            return value
        return () if value is None or value is UNSET else (value,)

    return read_names


def _make_time_reader(field: FilterField) -> _Timed:
    if field is FilterField.DUE:
        return find_next_due
    read = attrgetter(find_ticket_field(field))
    return lambda ticket: read(ticket) or None


_NAMED_KINDS: Final = frozenset({FieldKind.CHOICE, FieldKind.NAME})
_BUILDERS: Final = {
    FieldKind.CHOICE: _build_name_test,
    FieldKind.NAME: _build_name_test,
    FieldKind.PERSON: _build_person_test,
    FieldKind.NUMBER: _build_number_test,
    FieldKind.TIME: _build_time_test,
    FieldKind.TEXT: _build_text_test,
}
