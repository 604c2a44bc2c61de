"""The things that a filter depends on: time, names, tickets that only the server has. Pure."""

from typing import Final

from common.filters.filter_fields import FIELD_RULES, FieldKind, FilterField, FilterMark
from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import FilterTerm, TextValue, TicketFilter
from common.tickets.ticket import UNRESOLVED, Status
from tui.model.queues import NO_FILTER, ListSource, Tab

_RESOLVED: Final = frozenset(Status) - UNRESOLVED
_UNRESOLVED: Final = parse_filter("status:unresolved")
_TAB_FILTERS: Final = {
    Tab.MINE: parse_filter("assignee:me status:unresolved"),
    Tab.UNASSIGNED: parse_filter("assignee:none status:unresolved"),
    Tab.OPEN: _UNRESOLVED,
    Tab.RESOLVED: parse_filter("status:resolved"),
    Tab.ALL: NO_FILTER,
}
"""The tabs in the language of filters."""
_NAMED: Final = frozenset({FieldKind.PERSON, FieldKind.TEXT})


def depends_on_time(wanted: TicketFilter) -> bool:
    """Returns whether a ticket may match later though nothing happens to it."""
    return any(
        FIELD_RULES[term.field].kind is FieldKind.TIME
        and any(not isinstance(value, FilterMark) for value in term.values)
        for term in wanted.terms
    )


def depends_on_name(wanted: TicketFilter) -> bool:
    """Returns whether a person's new name may change what matches."""
    return any(FIELD_RULES[term.field].kind in _NAMED for term in wanted.terms)


def is_unresolved_only(wanted: TicketFilter) -> bool:
    """Returns whether nothing but unresolved tickets can match: those are on every workstation."""
    return any(map(_leaves_unresolved, wanted.terms))


def is_resolved_only(wanted: TicketFilter) -> bool:
    """Returns whether no unresolved ticket can match: a list of those has nothing to show."""
    return any(map(_leaves_resolved, wanted.terms))


def find_source(wanted: TicketFilter) -> ListSource:
    """Returns the list of a saved view's tickets: from the store, or by page from the server."""
    return ListSource(Tab.OPEN if is_unresolved_only(wanted) else Tab.ALL, wanted)


def combine_filters(source: ListSource, typed: TicketFilter) -> TicketFilter:
    """Returns the filter of what a list shows: its tab's or view's conditions, and what was typed.

    A tab's status is left out where the rest says as much.
    """
    if source.wanted == NO_FILTER:
        terms = [*_TAB_FILTERS[source.tab].terms]
        if is_unresolved_only(typed):
            terms = [term for term in terms if term not in _UNRESOLVED.terms]
    else:
        terms = [*source.wanted.terms]
    return TicketFilter(tuple(dict.fromkeys([*terms, *typed.terms])))


def _leaves_unresolved(term: FilterTerm) -> bool:
    if term.field is not FilterField.STATUS:
        return False
    named = {value.text for value in term.values if isinstance(value, TextValue)}
    return named >= _RESOLVED if term.negated else named <= UNRESOLVED


def _leaves_resolved(term: FilterTerm) -> bool:
    if term.field is not FilterField.STATUS:
        return False
    named = {value.text for value in term.values if isinstance(value, TextValue)}
    return named >= UNRESOLVED if term.negated else named <= _RESOLVED
