"""Keys typed on after a refusal, and those that are meant for themselves."""

import pytest
from textual import events

from tui.shell.key_burst import KeyBurst


def key(name: str, at: float) -> events.Key:
    event = events.Key(name, name if len(name) == 1 else None)
    event.time = at
    return event


def paste(at: float) -> events.Paste:
    event = events.Paste("some words")
    event.time = at
    return event


def typed(text: str, start: float = 0.2, gap: float = 0.2) -> list[events.Key]:
    return [key(letter, start + place * gap) for place, letter in enumerate(text)]


def test_a_sentence_at_the_pace_of_typing_is_taken_to_its_end() -> None:
    burst = KeyBurst("closed", 0)
    assert all(burst.swallow_key(event) for event in typed("xyzcqj"))
    assert burst.swallow_key(key("enter", 1.6))
    assert burst.swallow_key(paste(2.0))
    assert burst.swallow_key(key("backspace", 3.9))  # people pause within a sentence


def test_a_key_after_a_pause_means_what_it_says() -> None:
    burst = KeyBurst("closed", 0)
    assert not burst.swallow_key(key("j", 0.9))
    assert burst.is_over
    assert not burst.swallow_key(key("x", 1.0))


@pytest.mark.parametrize("name", ["down", "pageup", "ctrl+q", "f1", "home"])
def test_a_key_that_nobody_types_in_a_text_ends_the_burst(name: str) -> None:
    burst = KeyBurst("closed", 0)
    assert burst.swallow_key(key("x", 0.1))
    assert not burst.swallow_key(key(name, 0.2))
    assert not burst.swallow_key(key("x", 0.3))


def test_escape_leaves_the_field_that_is_not_there() -> None:
    burst = KeyBurst("closed", 0)
    assert burst.swallow_key(key("x", 0.1))
    assert burst.swallow_key(key("escape", 0.2))
    assert not burst.swallow_key(key("x", 0.3))


def test_escape_right_after_the_refusal_means_what_it_says() -> None:
    assert not KeyBurst("closed", 0).swallow_key(key("escape", 0.1))


def test_a_modifier_that_is_reported_by_itself_ends_nothing() -> None:
    burst = KeyBurst("closed", 0)
    assert not burst.swallow_key(key("left_shift", 0.1))
    assert burst.swallow_key(key("X", 0.2))
