"""Pagination by cursor: one row more than a page has is fetched, and shows whether another follows.

A cursor holds the position of a page's last item. Callers send it back unchanged.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from common.errors import Invalid
from common.people import Actor
from common.queries import NON_AGENT_LIMIT

T = TypeVar("T")
_IDS: Final = range(2**53 + 1)


class PagedQuery(Protocol):
    """The parameters of every list with pages."""

    @property
    def cursor(self) -> str | UnsetType: ...
    @property
    def limit(self) -> int: ...


class IdPage(Struct, frozen=True):
    """A page of a list in the order of its ids: at most `limit` items beyond the id `start`."""

    start: int
    limit: int

    def fetch_items(
        self, fetch: Callable[[int, int], Sequence[T]], id_of: Callable[[T], int]
    ) -> tuple[list[T], str | None]:
        """Returns the items and `next_cursor`; `fetch` gets the start and a number of rows."""
        rows = fetch(self.start, count_rows_to_fetch(self.limit))
        return paginate_rows(rows, self.limit, lambda last: (id_of(last),))


def parse_id_page(query: PagedQuery, first: int = 0) -> IdPage:
    """Returns the page that a query asks for; `first` starts the list. Raises Invalid."""
    if query.cursor is UNSET:
        return IdPage(first, query.limit)
    (start,) = _check_numbers(_decode_cursor(query.cursor), [_IDS])
    return IdPage(start, query.limit)


def count_rows_to_fetch(limit: int) -> int:
    """Returns how many rows to read for a page; the last one only shows that more follow."""
    return limit + 1


def paginate_rows(
    rows: Sequence[T], limit: int, position_of: Callable[[T], tuple[Any, ...]]
) -> tuple[list[T], str | None]:
    """Returns a page's rows and its `next_cursor`, None on the last page."""
    items = list(rows[:limit])
    has_more = len(rows) > limit
    return items, encode_cursor(*position_of(items[-1])) if has_more else None


def encode_cursor(*position: Any) -> str:
    """Returns the position of a page's last item as an opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_sorted_cursor(cursor: str, sort: str, allowed: Sequence[range]) -> list[int]:
    """Returns the numbers behind the order that a cursor names first.

    `allowed` has the range of each number. Raises Invalid for a cursor of another order, and for
    one that this server did not make.
    """
    named, *values = _decode_cursor(cursor) or [""]
    numbers = _check_numbers(values, allowed)
    if named != sort:
        raise Invalid.for_parameter("cursor", "belongs to another order; start without it")
    return numbers


def check_page_limit(actor: Actor, limit: int) -> None:
    """Raises Invalid where a customer or an API key asks for a page that only agents get."""
    if not actor.is_agent and limit > NON_AGENT_LIMIT:
        raise Invalid.for_parameter("limit", f"must be at most {NON_AGENT_LIMIT}")


def _check_numbers(values: list[int | str], allowed: Sequence[range]) -> list[int]:
    numbers = [value for value in values if isinstance(value, int)]
    if len(values) != len(allowed) or len(numbers) != len(allowed):
        raise _make_cursor_error()
    if not all(number in span for number, span in zip(numbers, allowed, strict=True)):
        raise _make_cursor_error()
    return numbers


def _decode_cursor(cursor: str) -> list[int | str]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=list[int | str])
    except (ValueError, msgspec.DecodeError):
        raise _make_cursor_error() from None


def _make_cursor_error() -> Invalid:
    return Invalid.for_parameter("cursor", "take it from next_cursor, unchanged")
