"""The filter of a list: the part that the other parameters can say, and the rest."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from common.filters.filter_fields import FilterField, FilterMark
from common.filters.filter_terms import (
    FilterTerm,
    FilterValue,
    NumberValue,
    TextValue,
    TicketFilter,
)
from common.people import Actor, Role
from common.queries import TicketQuery
from common.tickets.ticket import Priority, Status


class NarrowedQuery(Struct, frozen=True):
    """A query with what its filter says by itself, and the terms that remain.

    `finds_nothing`: no ticket has one of the statuses that are left.
    """

    query: TicketQuery
    rest: TicketFilter
    finds_nothing: bool = False


def find_own_id(actor: Actor) -> int | None:
    """Returns the caller's id as a person; a key is nobody, and its id may be that of a person."""
    return None if actor.role is Role.KEY else actor.id


def narrow_query(query: TicketQuery, filter_: TicketFilter, actor: Actor) -> NarrowedQuery:
    """Gives the terms that have a parameter of their own to it: lists know its index."""
    statuses = _leave_statuses(query, filter_.terms)
    if statuses is not None:
        query = replace(query, status=statuses)
    rest: list[FilterTerm] = []
    for term in filter_.terms:
        if term.field is FilterField.STATUS:
            continue
        values = _read_parameter(term, actor)
        if values is None or getattr(query, term.field):
            rest.append(term)
        else:
            query = replace(query, **{term.field.value: values})
    return NarrowedQuery(query, TicketFilter(tuple(rest)), finds_nothing=statuses == [])


def _leave_statuses(query: TicketQuery, terms: Iterable[FilterTerm]) -> list[Status] | None:
    """Returns the statuses that the query and its filter leave; None for any."""
    wanted = [term for term in terms if term.field is FilterField.STATUS]
    if not wanted:
        return None
    left = query.status or list(Status)
    for term in wanted:
        named = {it.text for it in term.values if isinstance(it, TextValue)}
        left = [status for status in left if (status in named) is not term.negated]
    return left


def _read_parameter(term: FilterTerm, actor: Actor) -> Sequence[Any] | None:
    """Returns the values of the parameter with the term's name; None where it cannot say it."""
    if term.negated or term.field not in _READERS:
        return None
    read = _READERS[term.field]
    values = [read(value, actor) for value in term.values]
    return None if None in values else values


def _read_exact_text(value: FilterValue, actor: Actor) -> str | None:
    del actor
    return value.text if isinstance(value, TextValue) and not value.begins else None


def _read_priority(value: FilterValue, actor: Actor) -> Priority | None:
    del actor
    return Priority(value.text) if isinstance(value, TextValue) else None


def _read_assignee(value: FilterValue, actor: Actor) -> str | None:
    del actor
    if isinstance(value, NumberValue):
        return str(value.number)
    return value if value in {FilterMark.ME, FilterMark.NONE} else None


def _read_customer(value: FilterValue, actor: Actor) -> int | None:
    if isinstance(value, NumberValue):
        return value.number
    return find_own_id(actor) or 0 if value is FilterMark.ME else None


_READERS: Final[dict[FilterField, Callable[[FilterValue, Actor], Any]]] = {
    FilterField.PRIORITY: _read_priority,
    FilterField.CATEGORY: _read_exact_text,
    FilterField.TAG: _read_exact_text,
    FilterField.EXTERNAL_ID: _read_exact_text,
    FilterField.ASSIGNEE: _read_assignee,
    FilterField.CUSTOMER: _read_customer,
}
