"""Turns `?words` into a query of the server's search: words, statuses, and a filter."""

import re
from typing import Final

from msgspec import Struct

from common.filters.filter_fields import FilterField
from common.filters.filter_format import format_filter
from common.filters.filter_parser import split_search
from common.filters.filter_terms import FilterError, FilterTerm, TextValue, TicketFilter
from common.tickets.ticket import UNRESOLVED, Status
from tui.model.queues import NO_FILTER, Tab

_ANY_STATUS: Final = re.compile(r"(?:^|(?<=\s))(?:st|status):all(?=\s|$)", re.IGNORECASE)
_OF_TAB: Final = {Tab.RESOLVED: (Status.RESOLVED,), Tab.ALL: tuple(Status)}


class SearchScope(Struct, frozen=True):
    """Words for the server's full text, and the tickets to find: their statuses and a filter."""

    words: str
    statuses: tuple[Status, ...]
    wanted: TicketFilter = NO_FILTER

    @property
    def name(self) -> str:
        """`unresolved p:high`, or nothing where all tickets are searched."""
        return " ".join(filter(None, (self.status_name, format_filter(self.wanted))))

    @property
    def description(self) -> str:
        """`for “vpn” among unresolved`, `among closed priority:high`."""
        words = f"for “{self.words}”" if self.words else ""
        among = f"among {self.name or 'all'}" if self.name or not self.words else ""
        return f"{words} {among}".strip()

    @property
    def status_name(self) -> str:
        """`unresolved`, `closed`, or nothing where tickets of any status are found."""
        if len(self.statuses) == len(Status):
            return ""
        if set(self.statuses) == UNRESOLVED:
            return "unresolved"
        return " or ".join(status.replace("_", " ") for status in self.statuses)


def parse_search(text: str, tab: Tab) -> SearchScope:
    """Returns what to search for: in a tab, tickets like those that it lists.

    Terms of the filter language narrow it. One that names statuses (`st:closed`) stands for those
    of the tab, `st:all` for any. Without words they are all that is searched by. Raises
    FilterError, also for an empty text.
    """
    if not text.strip():
        raise FilterError("Type what to search for: words, a filter such as st:closed.", len(text))
    # Blanks in its place: what is wrong behind it stands where it was typed.
    words, wanted = split_search(_ANY_STATUS.sub(lambda found: " " * len(found[0]), text))
    is_any = _ANY_STATUS.search(text) is not None
    named = [term for term in wanted.terms if _names_statuses(term)]
    rest = tuple(term for term in wanted.terms if term not in named)
    asked = {
        Status(value.text)
        for term in named
        for value in term.values
        if isinstance(value, TextValue)
    }
    found = set(Status) if is_any else asked or set(_OF_TAB.get(tab, UNRESOLVED))
    statuses = tuple(status for status in Status if status in found)
    return SearchScope(words, statuses, TicketFilter(rest))


def _names_statuses(term: FilterTerm) -> bool:
    return term.field is FilterField.STATUS and not term.negated
