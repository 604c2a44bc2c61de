"""JSON in which keys stand more than once: found at any depth, however they are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from common.tickets.filing import FileTicket
from server.validation.decoding import decode_body
from server.validation.json_text import find_repeated_keys, has_repeated_keys, parse_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def pointers(text: str) -> list[str | None]:
    return [error.pointer for error in find_repeated_keys(parse_json(text.encode()))]


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ('{"a": 1, "a": 1}', ["/a"]),
        ('{"a": 1, "\\u0061": 2}', ["/a"]),
        ('{"a": {"b": 1, "b": 2}}', ["/a/b"]),
        ('{"a": [0, {"b": {"c": 1, "c": 2, "c": 3}}]}', ["/a/1/b/c"]),
        ('[{"a": 1, "b": 1, "a": 2, "b": 2}]', ["/0/a", "/0/b"]),
        ('{"a/b": 1, "a/b": 2, "m~n": 1, "m~n": 2}', ["/a~1b", "/m~0n"]),
        ('{"": 1, "": 2}', ["/"]),
        ('{"\\ud800": 1, "\\ud800": 2}', ["/?"]),
        ('{"a": {"a": {"a": 1}}, "b": {"a": 1}}', []),
        ('{"text": "{\\"a\\": 1, \\"a\\": 2}"}', []),
        ('{"a": 1, "A": 2}', []),
    ],
)
def test_each_repeated_key_is_named_by_its_pointer(text: str, repeated: list[str]) -> None:
    assert pointers(text) == repeated
    assert has_repeated_keys(text.encode()) == bool(repeated)


@given(VALUES)
def test_what_a_serializer_writes_has_no_repeated_keys(value: Any) -> None:
    raw = json.dumps(value).encode()

    assert not has_repeated_keys(raw)
    assert list(find_repeated_keys(parse_json(raw))) == []
    assert parse_json(raw) == value


@given(VALUES, VALUES, st.text(), VALUES)
def test_a_key_that_stands_twice_is_found_wherever_it_is(
    first: Any, second: Any, key: str, beside: Any
) -> None:
    name = json.dumps(key)
    inner = f"{{{name}: {json.dumps(first)}, {name}: {json.dumps(second)}}}"
    raw = f'{{"beside": {json.dumps(beside)}, "list": [1, {inner}]}}'.encode()

    assert has_repeated_keys(raw)
    assert len(list(find_repeated_keys(parse_json(raw)))) == 1


def test_numbers_of_any_size_are_no_trouble() -> None:
    assert not has_repeated_keys(b'{"a": ' + b"9" * 10_000 + b', "b": 1.5e400}')


def test_a_repeated_key_is_refused_together_with_every_other_bad_field() -> None:
    raw = b'{"subject": "One", "subject": "Two", "description": 3, "zeal": 1}'
    with pytest.raises(Invalid) as refused:
        decode_body(FileTicket, raw)

    found = {error.pointer: error.detail for error in refused.value.errors}
    assert found["/subject"] == "must be given only once"
    assert found.keys() == {"/subject", "/description", "/zeal"}
