"""The demo on a terminal, which is left as it was however the demo ends."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.process import child_processes
from tests.support.tty import Tty, on_tty


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_on_a_terminal_it_opens_the_workstation_and_ends_with_it(folder: Path) -> None:
    with on_demo(folder) as tty:
        tty.press("q")
        assert tty.ends_with() == 0
    assert tty.left_on_at_end == {}
    assert not list(folder.iterdir())


def test_what_the_workstation_says_at_its_end_stays_to_be_read(folder: Path) -> None:
    with on_demo(folder) as tty:
        tty.signal(signal.SIGTERM)
        assert tty.ends_with() == 0
    assert tty.left_on_at_end == {}
    # Whoever leaves the alternate screen twice is back where the cursor was before the program.
    assert tty.heard.count(b"\x1b[?1049l") == 1
    assert tty.heard.endswith(b"deskwire: ended by SIGTERM.\r\n")


def test_the_terminal_is_restored_when_the_workstation_has_been_killed() -> None:
    code = (
        "import asyncio; from demo import environment; asyncio.run(environment.run_workstation({}))"
    )
    with on_tty(["-c", code]) as tty:
        tty.wait_for("Password")
        assert tty.left_on
        os.kill(child_processes(tty.process.pid)[0], signal.SIGKILL)
        assert tty.ends_with() == 1
    assert tty.left_on_at_end == {}
    assert tty.heard.endswith(b"Killed: The workstation was killed by SIGKILL.\r\n")


@contextmanager
def on_demo(folder: Path) -> Iterator[Tty]:
    """The demo on a terminal, as soon as the workstation shows the desk."""
    with on_tty(["-m", "server", "demo"], {"TMPDIR": str(folder)}, (120, 40)) as tty:
        tty.wait_for("Unassigned", "LIVE")
        yield tty
