"""A copied text reaches the terminal's clipboard, or the agent is told why it may not."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.messages.requests import MAX_COPY_BYTES
from tui.shell.clipboard import (
    Clipboard,
    build_copy_sequences,
    encode_osc52,
    wrap_for_screen,
    wrap_for_tmux,
)

TEXTS = st.text(max_size=2000)
STRINGS = re.compile(r"\x1bP(.*?)\x1b\\", re.DOTALL)


def taken(sequence: str) -> str:
    """Returns what a terminal puts into its clipboard."""
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found
    return base64.b64decode(found[1]).decode()


@given(text=TEXTS)
def test_a_terminal_takes_the_text_as_it_is(text: str) -> None:
    assert taken(build_copy_sequences(text, {"TERM": "xterm-256color"})) == text


@given(text=TEXTS)
def test_tmux_hands_the_same_sequence_on(text: str) -> None:
    (inside,) = STRINGS.findall(wrap_for_tmux(encode_osc52(text)))
    assert inside.startswith("tmux;")
    assert taken(inside.removeprefix("tmux;").replace("\x1b\x1b", "\x1b")) == text


@given(text=TEXTS)
def test_screen_hands_the_same_sequence_on_in_strings_that_it_does_not_cut(text: str) -> None:
    strings = STRINGS.findall(wrap_for_screen(encode_osc52(text)))
    assert all(len(part) <= 250 for part in strings)
    assert taken("".join(strings)) == text


@pytest.mark.parametrize(
    ("environ", "ways"),
    [
        ({"TERM": "xterm-256color"}, ["plain"]),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, ["plain", "tmux"]),  # noqa: S108 - a value
        ({"TERM": "screen-256color", "TMUX": "/tmp/x,1,0"}, ["plain", "tmux"]),  # noqa: S108 - a value
        ({"TERM": "tmux-256color"}, ["plain", "tmux"]),
        ({"TERM": "screen", "STY": "1.pts"}, ["screen"]),
        ({"TERM": "xterm-256color", "STY": "1.pts"}, ["screen"]),
        ({"TERM": "screen-256color"}, ["plain", "screen"]),
    ],
)
def test_what_stands_between_is_known_by_its_variables_or_else_by_term(
    environ: dict[str, str], ways: list[str]
) -> None:
    plain = encode_osc52("text")
    known = {"plain": plain, "tmux": wrap_for_tmux(plain), "screen": wrap_for_screen(plain)}
    assert build_copy_sequences("text", environ) == "".join(known[name] for name in ways)


def test_nothing_long_is_written_bare_to_what_may_be_screen_since_it_would_print_it() -> None:
    text = "x" * 1000
    wrapped = wrap_for_screen(encode_osc52(text))
    assert build_copy_sequences(text, {"TERM": "screen-256color"}) == wrapped
    assert build_copy_sequences(text, {"TERM": "screen", "STY": "1.pts"}) == wrapped


async def copied(text: str, what: str = "", **environ: str) -> tuple[str, tuple[str, str]]:
    """Returns what was written to the terminal, and what was said to the agent."""
    written: list[str] = []
    said: list[tuple[str, str]] = []
    board = Clipboard(environ, written.append, lambda *words: said.append(words))
    await board.copy_text(text, what)
    (words,) = said
    return "".join(written), words


async def test_a_copy_is_named_and_a_terminal_that_may_refuse_is_mentioned() -> None:
    _, said = await copied("#17 VPN", "#17 VPN", TERM="xterm-256color")
    assert said == ("Copied, if the terminal allows it: #17 VPN", "good")


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "xterm-kitty"},
        {"TERM": "foot"},
        {"TERM": "xterm-256color", "WT_SESSION": "1"},
        {"TERM": "xterm-256color", "WEZTERM_PANE": "0"},
    ],
)
async def test_of_a_terminal_that_takes_copies_nothing_is_mentioned(
    environ: dict[str, str],
) -> None:
    _, said = await copied("one\ntwo", **environ)
    assert said == ("Copied: 2 lines", "good")


async def test_behind_screen_no_terminal_is_sure() -> None:
    _, said = await copied("one", TERM="screen", STY="1", KITTY_WINDOW_ID="1")
    assert said == ("Copied, if the terminal allows it: “one”", "good")


@pytest.mark.parametrize("term", ["", "dumb", "linux", "vt100", "vt220"])
async def test_to_a_terminal_without_a_clipboard_nothing_is_written(term: str) -> None:
    assert await copied("#17", "#17 VPN", TERM=term) == (
        "",
        ("This terminal has no clipboard: #17 VPN", "bad"),
    )


async def test_what_is_too_long_for_a_terminal_is_not_cut_but_refused_with_both_sizes() -> None:
    written, said = await copied("é" * (MAX_COPY_BYTES // 2 + 1), TERM="foot")
    assert written == ""
    assert said == (
        "Not copied: 75 kB are too much, 74 kB the most that terminals take.",
        "bad",
    )
    written, _ = await copied("é" * (MAX_COPY_BYTES // 2), TERM="foot")
    assert len(written) <= 100_000


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_nothing_does_not_empty_the_clipboard(text: str) -> None:
    assert await copied(text, TERM="foot") == ("", ("There is nothing to copy.", "plain"))


async def test_where_tmux_does_not_answer_the_copy_is_unsure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    written, said = await copied("one", TERM="screen", TMUX="/nowhere,1,0")
    assert taken(written[: written.index("\x1bP")]) == "one"
    assert said == ("Copied, if the terminal allows it: “one”", "good")
