"""However the workstation is ended, the terminal is as before and no word is lost."""

import asyncio
import json
import signal
import socket
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import PASSWORD
from tests.support.support_team import SupportTeam
from tests.support.tty import Tty, on_tty
from tests.support.waiting import PATIENCE

Seated = Callable[..., Any]
WORDS = "Dear Dora, we have found the cause"
SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]
FAULTY = """
from tui.shell.app import Deskwire
from tui.__main__ import main
def fail(self): raise ValueError("broken \\x1b[31m")
Deskwire.action_resync = fail
main()
"""


@pytest.fixture
async def office(desk: SupportTeam) -> SupportTeam:
    """Returns an organization with Ana and one ticket."""
    await desk.file("Cannot log in")
    return desk


@pytest.fixture
def seated(office: SupportTeam, tmp_path: Path) -> Seated:
    """The workstation of Ana on a terminal of its own, signed in."""

    def start(*arguments: str, **options: Any) -> Any:
        values = ["--server", office.http, "--org", str(office.org.id)]
        values += ["--email", "ana@example.test"]
        env = {"DESKWIRE_PASSWORD": PASSWORD, "XDG_STATE_HOME": str(tmp_path)}
        return on_tty([*(arguments or ("-m", "tui")), *values], env, **options)

    return start


def drafts(folder: Path) -> list[str]:
    return [json.loads(path.read_bytes())["text"] for path in folder.rglob("*.json")]


def compose(tty: Tty) -> None:
    """Open the ticket's composer, ready to type."""
    tty.wait_for("LIVE", "Cannot log in")
    tty.press("r")
    tty.wait_for("PUBLIC", "It does not work.")


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_restores_the_terminal_and_keeps_what_was_just_typed(
    seated: Seated, tmp_path: Path, number: signal.Signals
) -> None:
    with seated() as tty:
        compose(tty)
        assert "1049" in tty.left_on
        tty.press(WORDS)
        tty.signal(number)
        assert await asyncio.to_thread(tty.ends_with) == 128 + number
    assert tty.left_on_at_end == {}
    assert drafts(tmp_path) == [WORDS]
    said = tty.heard.decode(errors="replace").rpartition("\x1b")[2]
    assert f"deskwire: ended by {number.name}. 1 draft kept on this machine." in said
    assert "Traceback" not in said
    assert "Unclosed" not in said


async def test_who_leaves_or_is_ended_is_offline_at_once(
    office: SupportTeam, seated: Seated
) -> None:
    async def presence() -> str:
        return str((await office.call("admin", "GET", "/users?q=Ana"))["items"][0]["presence"])

    (await office.people["ana"].delete("/sessions/current")).expect(204)
    for keys in ("q", "\x11", ""):
        with seated() as tty:
            tty.wait_for("LIVE", "Cannot log in")
            assert await presence() == "available"
            if keys:
                tty.press(keys)
            else:
                tty.signal(signal.SIGTERM)
            assert await asyncio.to_thread(tty.ends_with) == (0 if keys else 143)
        assert await presence() == "offline"


async def test_a_second_signal_does_not_cut_the_end_short(seated: Seated, tmp_path: Path) -> None:
    with seated() as tty:
        compose(tty)
        tty.press(WORDS)
        for _ in range(3):
            tty.signal(signal.SIGTERM)
        assert await asyncio.to_thread(tty.ends_with) == 143
    assert tty.left_on_at_end == {}
    assert drafts(tmp_path) == [WORDS]


@pytest.mark.parametrize(("ignores_hup", "code"), [(False, 129), (True, 143)])
async def test_a_closed_terminal_ends_the_program_and_keeps_what_was_just_typed(
    seated: Seated, tmp_path: Path, *, ignores_hup: bool, code: int
) -> None:
    with seated(ignores_hup=ignores_hup) as tty:
        compose(tty)
        tty.press(WORDS)
        tty.wait_for("saved")
        tty.press(" of it")
        tty.wait_for("t")
        assert await asyncio.to_thread(tty.close) == code
    assert drafts(tmp_path) == [WORDS + " of it"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
async def test_a_signal_during_the_sign_in_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"http://127.0.0.1:{silent.getsockname()[1]}"
        given = ["-m", "tui", "--server", server, "--org", "2001", "--email", "ana@example.test"]
        env = {"DESKWIRE_PASSWORD": PASSWORD, "XDG_STATE_HOME": str(tmp_path)}
        with on_tty(given, env) as tty:
            tty.wait_for("Signing in")
            tty.signal(number)
            assert await asyncio.to_thread(tty.ends_with) == 128 + number
    assert tty.left_on_at_end == {}
    assert tty.heard.endswith(f"deskwire: ended by {number.name}.\r\n".encode())


@pytest.mark.parametrize(("key", "question"), [("x", "Resolve #"), ("p", "Priority of #")])
async def test_a_signal_answers_no_open_question(
    office: SupportTeam, seated: Seated, key: str, question: str
) -> None:
    with seated() as tty:
        tty.wait_for("LIVE", "Cannot log in")
        tty.press(key)
        tty.wait_for(question)
        tty.signal(signal.SIGHUP)
        assert await asyncio.to_thread(tty.ends_with) == 129
    assert tty.left_on_at_end == {}
    ticket = await office.ticket(1)
    assert (ticket["status"], ticket["priority"]) == ("open", "normal")


async def test_a_terminal_that_takes_no_output_holds_no_end_up(
    seated: Seated, tmp_path: Path
) -> None:
    with seated() as tty:
        compose(tty)
        tty.press(WORDS)
        tty.wait_for("saved")
        tty.stall()
        tty.press("." * 400)
        tty.signal(signal.SIGTERM)
        assert await asyncio.to_thread(tty.process.wait, PATIENCE) == 143
        assert termios.tcgetattr(tty.theirs) == tty.before
    assert drafts(tmp_path)[0].startswith(WORDS)


async def test_a_fault_restores_the_terminal_keeps_the_draft_and_says_where_its_details_are(
    seated: Seated, tmp_path: Path
) -> None:
    with seated("-c", FAULTY) as tty:
        compose(tty)
        tty.press(WORDS.encode() + b" \xff" + b"\x12")
        assert await asyncio.to_thread(tty.ends_with) == 1
    assert tty.left_on_at_end == {}
    assert drafts(tmp_path) == [WORDS + " \ufffd"]
    said = tty.heard.decode().rpartition("deskwire:")[2]
    assert "ValueError('broken \\x1b[31m')" in said
    assert PASSWORD not in said
    details = tmp_path / "deskwire" / "last-fault.txt"
    assert "in fail" in details.read_text()
    assert details.stat().st_mode & 0o077 == 0


async def test_a_stopped_program_that_is_killed_ends_without_touching_the_shells_terminal(
    seated: Seated,
) -> None:
    with seated("-c", "import os, sys; os.execvp('bash', ['bash', '--norc', '-i'])") as shell:
        shell.press(f"{sys.executable} -m tui\n")
        shell.wait_for("Password")
        shell.press("\x1a")
        shell.wait_for("Stopped")
        shell.press("kill %1\n")
        shell.wait_for("deskwire: ended by SIGTERM.")
        # The shell tells of the end when it hears of it.
        shell.press("until j=$(jobs); [[ $j != *Stopped* && $j != *Running* ]]; do :; done\n")
        shell.press('echo "$j"\n')
        shell.wait_for("Exit 143")
        assert {"1000", "1003", "1049", "kitty keyboard"}.isdisjoint(shell.left_on)
