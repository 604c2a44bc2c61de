"""Copying, seen from the terminal's side: what is written to it, and what tmux makes of it."""

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.support.hostile_tty import START, hostile_tty
from tests.support.process import HOUSE
from tests.support.tty import Tty
from tests.support.waiting import PATIENCE

COPY = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
SUBJECT = "SUBJECT a]0;OWNEDb31mc[41;5mdef[/foo][bold]g[@click=app.quit]h"
NAME = f"#17 {SUBJECT}"


def copied(screen: Tty) -> list[str]:
    """Returns what the terminal was told to put into its clipboard."""
    return [base64.b64decode(found).decode() for found in COPY.findall(screen.heard)]


def mouse(kind: str, x: int, y: int) -> bytes:
    """A mouse's report: pressed, dragged to or released at a cell, counted from 1."""
    button, end = {"down": (0, "M"), "drag": (32, "M"), "up": (0, "m")}[kind]
    return f"\x1b[<{button};{x};{y}{end}".encode()


def test_y_copies_number_and_subject_and_capital_y_the_conversation() -> None:
    with hostile_tty(80, 24) as screen:
        screen.wait_for(b"LIVE", SUBJECT[:12].encode())
        screen.press(b"y")
        screen.wait_for(b"if the terminal allows it")
        screen.press(b"Y")
        screen.wait_for(b": #17, 1 message")
    name, talk = copied(screen)
    assert name == NAME
    assert talk.startswith(f"{NAME}\n/v1/orgs/4821/tickets/17\n")
    assert "DESCRIPTION" in talk
    assert "BODY" in talk


def test_what_the_mouse_selects_in_a_ticket_is_copied_by_ctrl_c_as_text() -> None:
    with hostile_tty(80, 24) as screen:
        screen.wait_for(b"LIVE", b"SUBJECT")
        screen.press(b"\r")
        screen.wait_for(b"BODY", b"second")
        row = row_of(screen, "second")
        screen.press(mouse("down", 4, row) + mouse("drag", 9, row) + mouse("up", 9, row))
        screen.wait_for(b"ctrl+c copies what is selected")
        screen.press(b"\x03")
        screen.wait_for("Copied, if the terminal allows it: “second”".encode())
    assert copied(screen) == ["second"]


def row_of(screen: Tty, text: str) -> int:
    """In which row of the terminal a text was written, counted from 1."""
    heard = screen.heard.decode(errors="ignore")  # the last letter may be on its way
    found = re.findall(rf"\x1b\[(\d+);\d+H(?:(?!\x1b\[\d+;\d+H).)*?{text}", heard)
    return int(found[-1])


def test_screen_gets_the_copy_in_strings_that_it_hands_on() -> None:
    with hostile_tty(80, 24, STY="1.pts-0.host", TERM="screen-256color") as screen:
        screen.wait_for(b"LIVE", b"SUBJECT")
        screen.press(b"y")
        screen.wait_for(b"if the terminal allows it")
    assert copied(screen)[0] == NAME
    inside = b"".join(re.findall(rb"\x1bP(.*?)\x1b\\", screen.heard, re.DOTALL))
    assert COPY.fullmatch(inside)


def test_a_terminal_without_a_clipboard_gets_no_bytes_but_a_word() -> None:
    with hostile_tty(80, 24, TERM="vt100") as screen:
        screen.wait_for(b"LIVE", b"SUBJECT")
        screen.press(b"y")
        screen.wait_for(b"This terminal has no clipboard")
    assert b"]52;" not in screen.heard


Tmux = Callable[..., str]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A tmux of the test's own with the workstation in it."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    # A socket's path may have some hundred bytes, so it stands beside the test's long folder.
    socket = tmp_path / "s"

    def run(*words: str) -> str:
        command = ["tmux", "-S", str(socket), "-f", "/dev/null", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HOUSE)
        return done.stdout

    yield run
    run("kill-server")


@pytest.mark.parametrize("setting", ["on", "external", "off"])
def test_in_tmux_the_copy_is_in_its_buffer_whatever_set_clipboard_says(
    tmux: Tmux, setting: str, tmp_path: Path
) -> None:
    start = tmp_path / "start.py"
    start.write_text(START)
    tmux("new-session", "-d", "-x", "100", "-y", "30", "sh")
    tmux("set-option", "-s", "set-clipboard", setting)
    tmux("send-keys", f"PYTHONPATH={HOUSE} exec {sys.executable} {start}", "Enter")
    until(lambda: "LIVE" in tmux("capture-pane", "-p"))
    tmux("send-keys", "y")
    until(lambda: tmux("show-buffer") == NAME)
    until(lambda: ": #17 SUBJECT" in tmux("capture-pane", "-p"))
    doubt = "in tmux alone (its set-clipboard is off)"
    assert (doubt in tmux("capture-pane", "-p")) == (setting == "off")


def until(is_so: Callable[[], bool]) -> None:
    """Asks again and again, for as long as the workstation may need to start."""
    end = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < end, "It did not come."
