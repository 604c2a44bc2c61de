"""Misspelt words are marked while one writes, and a key corrects them."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

Sit = Callable[..., Any]


class FewWords:
    def spell(self, word: str) -> bool:
        return word.casefold() in {"please", "try", "again"}

    def suggest(self, word: str) -> Sequence[str]:
        return ["Please", "Police"] if word == "Plaese" else []


def marked_words(seat: Any, row: int = 0) -> list[str]:
    """The words of a line that are underlined and italic."""
    line = seat.app.ticket.composer.editor.get_line(row)
    spans = [span for span in line.spans if getattr(span.style, "italic", False)]
    assert all(span.style.underline for span in spans)  # no colour is needed to see it
    return [line.plain[span.start : span.end] for span in spans]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
async def test_a_misspelt_word_is_marked_and_f7_corrects_it(
    desk: Any, sit: Sit, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setattr("tui.screens.composing_screen.load_dictionary", lambda _: FewWords())
    await desk.file("Cannot log in")
    async with sit(desk, size=size) as seat:
        await seat.sees("Cannot log in")
        await seat.press("R")
        await seat.sees("NOTE", "It does not work.")
        await seat.until(lambda: seat.app.context.spelling, "the dictionary")
        await seat.write("Plaese try agian")
        # The last word is still being typed; a name is right.
        assert marked_words(seat) == ["Plaese"]
        await seat.write(" Bo ")
        assert marked_words(seat) == ["Plaese", "agian"]
        await seat.press("home", "f7")
        await seat.sees("Instead of Plaese", "Police", "keep Plaese")
        await seat.press("enter")
        await seat.sees("Please try agian")
        await seat.press("f7")
        await seat.sees("Instead of agian", "keep agian")
        await seat.press("enter")
        await seat.until(lambda: marked_words(seat) == [], "no marks")
        await seat.press("f7")
        await seat.sees("No misspelt word.")


async def test_without_a_dictionary_nothing_is_marked_and_the_key_says_why(
    desk: Any, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.composing_screen.load_dictionary", lambda _: None)
    await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("R")
        await seat.sees("NOTE")
        await seat.write("Plaese try")
        assert marked_words(seat) == []
        await seat.press("f7")
        await seat.sees("No dictionary for this language is installed here.")
