"""Spelling: ordinary words are checked, and what is no word of a language is left alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.dictionaries import find_dictionary, load_dictionary
from tui.model.spelling import SpellChecker, find_checked_words


class KnownWords:
    """A dictionary of few words."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.asked: list[str] = []

    def spell(self, word: str) -> bool:
        self.asked.append(word)
        return word.casefold() in self._words

    def suggest(self, word: str) -> Sequence[str]:
        return [known for known in self._words if known[0] == word[0].casefold()]


@pytest.mark.parametrize(
    "left_alone",
    [
        "https://desk.example/tickets/17?tab=open", "www.acme.example", "dora@acme.example",
        "@ana", "#17", "`kubectl get pods`", "{{customer.name}}", "/etc/hosts", "C:\\Temp",
        "snake_case", "camelCase", "VPN", "IPv6", "4th", "key=value", "~/notes", "$HOME",
        "readme.txt", "> quoted words", "    indented code", "```python",
    ],
)  # fmt: skip
def test_what_is_no_ordinary_word_is_left_alone(left_alone: str) -> None:
    assert find_checked_words(left_alone) == []
    if not left_alone.startswith((">", " ", "```")):
        assert [it.text for it in find_checked_words(f"see {left_alone} now")] == ["see", "now"]


def test_words_are_found_with_their_places_in_any_script() -> None:
    found = find_checked_words("Grüße, it doesn’t open (really).")
    assert [it.text for it in found] == ["Grüße", "it", "doesn’t", "open", "really"]
    assert (found[1].start, found[1].end) == (7, 9)


@given(st.text(max_size=80))
def test_any_line_can_be_read(line: str) -> None:
    for word in find_checked_words(line):
        assert line[word.start : word.end] == word.text


def test_a_word_is_asked_for_once_and_names_are_right() -> None:
    words = KnownWords("please", "restart", "the", "router")
    checker = SpellChecker(words)
    checker.learn_names(["Dora Diaz"])
    line = "Plaese restart teh router, Dora; Diaz's teh"
    assert [it.text for it in checker.find_misspelt(line)] == ["Plaese", "teh", "teh"]
    assert words.asked.count("teh") == 1
    # The word that is being typed is not finished.
    assert [it.text for it in checker.find_misspelt("restart teh", typed_at=11)] == []
    checker.learn_names(["teh"])
    assert [it.text for it in checker.find_misspelt(line)] == ["Plaese"]
    assert checker.list_suggestions("Plaese") == ["please"]


def test_a_language_takes_its_own_region_then_the_machines_then_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(name: str) -> None:
        (tmp_path / f"{name}.aff").touch()
        (tmp_path / f"{name}.dic").touch()

    def found(language: str) -> str | None:
        path = find_dictionary(language, (str(tmp_path), "/nowhere"))
        return path.stem if path else None

    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert found("en") is None
    (tmp_path / "en_AA.aff").touch()  # half a dictionary is none
    assert found("en") is None
    add("en_CA")
    assert found("en") == "en_CA"
    add("en_US")
    assert found("en") == "en_US"
    add("en_GB")
    assert found("en") == "en_GB"
    assert found("en-CA") == "en_CA"
    assert found("de") is None


def test_without_a_dictionary_there_is_none() -> None:
    assert load_dictionary("xx") is None


def test_the_systems_dictionary_is_read() -> None:
    pytest.importorskip("hunspell", reason="the extra `spelling` is not installed")
    if find_dictionary("en") is None:
        pytest.skip("no English dictionary is installed")
    words = load_dictionary("en")
    assert words is not None
    checker = SpellChecker(words)
    assert [it.text for it in checker.find_misspelt("Please recieve this, don't wait")] == [
        "recieve"
    ]
    assert "receive" in checker.list_suggestions("recieve")
