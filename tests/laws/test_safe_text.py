"""No byte of a hostile ticket survives: customer text neither styles nor steers the terminal."""

import json
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from common.wire import MessageView, Page, UserView
from tui.text import safe_text

anything = st.text(st.characters(exclude_categories=()))
hostile = st.lists(
    st.sampled_from(
        ["\x1b]0;owned\x07", "\x1b[2J", "\x9b31m", "\x90q\x9c", "\u202e", "\u2066", "\x00", "\x7f",
         "\u200b", "\ufeff", "\U000e0041", "\u2028", "\r", "\b", "\ud800", "a", " ", "\n", "\t"]
    )
).map("".join)  # fmt: skip
JOINERS = {"\u200c", "\u200d"}


def is_harmless(character: str, among: str = "") -> bool:
    """Not a control, no format character but the joiners, no half of a pair."""
    category = unicodedata.category(character)
    return character in among or character in JOINERS or category not in {"Cc", "Cs", "Zl", "Zp"}


@given(anything | hostile)
def test_a_safe_line_has_no_control_and_no_break(text: str) -> None:
    assert all(is_harmless(character) for character in safe_text.clean_line(text))


@given(anything | hostile)
def test_a_safe_block_keeps_newlines_and_tabs_alone(text: str) -> None:
    assert all(is_harmless(character, "\n\t") for character in safe_text.clean_block(text))


@given(anything | hostile)
def test_what_is_safe_is_left_as_it_is(text: str) -> None:
    safe = safe_text.clean_block(text)
    assert safe_text.clean_block(safe) == safe


@pytest.mark.parametrize("text", ["Größe 12 · naïve", "家族", "👨‍👩‍👧 ❤️", "می‌خواهم", "a\tb\nc"])
def test_honest_text_is_shown_as_written(text: str) -> None:
    assert safe_text.clean_block(text) == text


@pytest.mark.parametrize(
    "code", [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
def test_no_bidi_control_survives(code: int) -> None:
    assert safe_text.clean_block(f"a{chr(code)}b") == "ab"


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


documents = st.recursive(
    hostile, lambda inner: st.lists(inner) | st.dictionaries(hostile | st.just("body"), inner)
)


@given(documents, st.booleans())
def test_no_text_anywhere_in_an_answer_escapes(document: Any, escaped: bool) -> None:  # noqa: FBT001
    raw = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    try:
        answer = safe_text.decode_safe_json(raw, Any)
    except msgspec.MsgspecError:
        return  # half a pair is no text at all
    texts = strings(answer)
    assert all(is_harmless(character, "\n\t") for text in texts for character in text)


def page(body: str, name: str) -> bytes:
    author = {"id": 1, "role": "customer", "name": name}
    message = {"id": 1, "kind": "reply", "body": body, "author": author, "seq": 1}
    message["created_at"] = "2026-01-01T00:00:00Z"
    return json.dumps({"items": [message], "next_cursor": None, "seq": 1}).encode()


def test_a_typed_answer_is_washed_in_every_depth() -> None:
    answer = safe_text.decode_safe_json(page("one\r\n\x1b[31mtwo", "Eve\n\x07"), Page[MessageView])
    assert (answer.items[0].body, answer.items[0].author.name) == ("one\n[31mtwo", "Eve ")


def test_what_is_safe_is_not_even_copied() -> None:
    user = UserView(id=1, name="Ana", role="agent", skills=("a",), presence="away")  # type: ignore[arg-type]
    assert safe_text.clean_value(user) is user
    assert safe_text.clean_value(replace(user, name="A\x1bna")).name == "Ana"


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[" * 200_000, b'"\\ud800"', b"{"])
def test_what_is_no_json_is_refused_in_one_way(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        safe_text.decode_safe_json(raw, Any)
