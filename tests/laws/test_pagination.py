"""Cursors: every page follows the one before it, and none is taken that we did not make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.queries import PageQuery
from server.rest.core import pagination

NUMBERS = [range(-5, 100), range(100)]


@given(st.lists(st.integers(1, 50), unique=True), st.integers(1, 10))
def test_pages_make_up_the_whole_list(ids: list[int], limit: int) -> None:
    rows, read, query = sorted(ids), [], PageQuery(limit=limit)
    while True:
        page = pagination.parse_id_page(query)
        items, cursor = page.fetch_items(
            lambda start, count: [it for it in rows if it > start][:count], lambda it: it
        )
        read += items
        if cursor is None:
            break
        query = PageQuery(limit=limit, cursor=cursor)
    assert read == rows


@given(st.integers(-5, 99), st.integers(0, 99))
def test_a_cursor_gives_back_its_position(value: int, number: int) -> None:
    cursor = pagination.encode_cursor("-updated_at", value, number)
    assert pagination.decode_sorted_cursor(cursor, "-updated_at", NUMBERS) == [value, number]


@pytest.mark.parametrize(
    "cursor",
    [
        "W",
        "Wyä",
        pagination.encode_cursor(),
        pagination.encode_cursor(1),
        pagination.encode_cursor("number"),
        pagination.encode_cursor("number", 1),
        pagination.encode_cursor("number", 1, 2, 3),
        pagination.encode_cursor("number", 1, "2"),
        pagination.encode_cursor("number", 1, True),
        pagination.encode_cursor("number", 1, None),
        pagination.encode_cursor("number", 100, 2),
        pagination.encode_cursor("number", 1, -1),
    ],
)
def test_a_cursor_of_somebody_elses_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        pagination.decode_sorted_cursor(cursor, "number", NUMBERS)
    assert refused.value.errors[0].detail == "take it from next_cursor, unchanged"


def test_a_cursor_of_another_order_is_refused_as_that() -> None:
    cursor = pagination.encode_cursor("-number", 1, 2)
    with pytest.raises(Invalid) as refused:
        pagination.decode_sorted_cursor(cursor, "number", NUMBERS)
    assert refused.value.errors[0].detail == "belongs to another order; start without it"
