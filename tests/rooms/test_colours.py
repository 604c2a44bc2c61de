"""The terminal gets no colours that it does not have: seen by the bytes that are written to it."""

import re

import pytest

from tests.support.hostile_tty import hostile_tty
from tui.shell.terminal_colours import COLOUR_SYSTEM, NO_COLOUR, TerminalCapabilities, fit_colours

CODES = re.compile(rb"\x1b\[([0-9;]*)m")
FULL, MANY, FEW = "24 bit", "256", "16"


def kind_of(code: bytes) -> set[str]:
    """The kinds of colour in one of the sequences that set colours."""
    full = rb"[34]8;2;\d+;\d+;\d+"
    many = rb"[34]8;5;\d+"
    rest = re.sub(many, b"", re.sub(full, b"", code))
    few = [number for number in rest.split(b";") if re.fullmatch(rb"[349][0-7]|10[0-7]", number)]
    found = {FULL: re.search(full, code), MANY: re.search(many, code), FEW: few}
    return {name for name, is_there in found.items() if is_there}


def written(**environment: str) -> tuple[bytes, set[str]]:
    """Returns what the workstation writes until it is left, and the kinds of colour in it."""
    with hostile_tty(80, 24, **environment) as screen:
        screen.wait_for(b"LIVE", b"SUBJECT")
        screen.press(b"\r")
        screen.wait_for(b"BODY", b"second")
        screen.press(b"\x11")
        assert screen.ends_with() == 0
    codes = CODES.findall(screen.heard)
    return screen.heard, set().union(*map(kind_of, codes))


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_COLOR": "1", "COLORTERM": "truecolor"},
        {"TERM": "dumb", "COLORTERM": "truecolor"},
        {"TERM": "vt100", "COLORTERM": "truecolor"},
    ],
)
def test_a_terminal_without_colours_gets_none_and_loses_nothing(
    environment: dict[str, str],
) -> None:
    heard, colours = written(**environment)
    assert colours == set()
    assert "▸".encode() in heard
    assert b"\x1b[1" in heard or b"\x1b[7" in heard


def test_a_terminal_of_sixteen_colours_gets_its_own() -> None:
    heard, colours = written(TERM="xterm")
    assert colours == {FEW}
    assert re.search(rb"\x1b\[(?:\d+;)*7[;m]", heard), "the cursor's row stands out"


def test_without_colorterm_256_colours_are_the_most() -> None:
    assert written(TERM="xterm-256color")[1] == {MANY}


def test_with_colorterm_the_colours_are_the_terminals_best() -> None:
    assert written(TERM="xterm-256color", COLORTERM="truecolor")[1] == {FULL}


def test_behind_screen_colorterm_is_of_the_terminal_and_not_of_screen() -> None:
    assert written(TERM="screen-256color", COLORTERM="truecolor", STY="1.pts")[1] == {MANY}


@pytest.mark.parametrize(
    ("term", "ability", "colours"),
    [
        ("xterm", TerminalCapabilities(8), "standard"),
        ("konsole-16color", TerminalCapabilities(16), "standard"),
        ("rxvt-88color", TerminalCapabilities(88), "standard"),
        ("xterm-256color", TerminalCapabilities(256), "256"),
        ("xterm-direct", TerminalCapabilities(1 << 24), "truecolor"),
        ("brand-new", None, "standard"),
        ("brand-new-256color", None, "256"),
        ("brand-new-direct", None, "truecolor"),
    ],
)
def test_the_number_of_colours_is_what_terminfo_says_or_the_name(
    term: str, ability: TerminalCapabilities | None, colours: str
) -> None:
    environ = {"TERM": term}
    assert fit_colours(environ, lambda _term: ability) == ""
    assert environ == {"TERM": term, COLOUR_SYSTEM: colours}


@pytest.mark.parametrize("name", [NO_COLOUR, COLOUR_SYSTEM])
def test_who_says_which_colours_is_heeded(name: str) -> None:
    environ = {"TERM": "vt100", name: "256"}
    fit_colours(environ, lambda _term: TerminalCapabilities(0))
    assert environ == {"TERM": "vt100", name: "256"}


@pytest.mark.parametrize("term", ["", "dumb", "unknown", "tty33"])
def test_a_terminal_that_cannot_place_its_cursor_is_warned_of(term: str) -> None:
    warning = fit_colours(
        {"TERM": term}, lambda _term: TerminalCapabilities(0, places_cursor=False)
    )
    assert warning.startswith(f"deskwire: TERM={term or '(unset)'} names a terminal that cannot")
    assert "\n" not in warning
