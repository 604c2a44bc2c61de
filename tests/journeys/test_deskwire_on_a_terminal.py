"""The commands on a terminal, and what they import: a list must not wait for the workstation."""

import subprocess
import sys

import pytest

from tests.support.desk import Org
from tests.support.deskwire_command import acting_as, run_deskwire
from tests.support.marks import on_sqlite
from tests.support.process import HOUSE
from tests.support.tty import on_tty

SLOW = ("textual", "aiohttp", "zmq", "asyncio", "keyring", "tomlkit")
IMPORTS = (
    "import sys; from tui.__main__ import main\n"
    "try: main(['--server', 'http://127.0.0.1:1', *sys.argv[1:]], prog_name='deskwire')\n"
    f"except SystemExit: print(*(set(sys.modules) & set({SLOW!r})))"
)


@pytest.mark.parametrize(
    "arguments", [["ticket", "list", "--org", "4821"], ["ticket", "claim", "17", "--org", "4821"]]
)
def test_a_command_imports_nothing_that_takes_long(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *arguments],
        cwd=HOUSE, capture_output=True, text=True, check=True,
        env={"DESKWIRE_TOKEN": "dws_none", "PATH": "/usr/bin"},
    )  # fmt: skip
    assert "127.0.0.1:1" in done.stderr, "it got as far as the network"
    assert done.stdout.split() == []


@on_sqlite
@pytest.mark.parametrize(("no_colour", "is_styled"), [("", True), ("1", False)])
async def test_a_list_fits_the_terminal_and_has_its_colours(
    org: Org, no_colour: str, *, is_styled: bool
) -> None:
    customer = await org.customer("Dora with a name that is rather long")
    await customer.file("A subject that is much too long for the line " * 3, priority="urgent")
    env = {**acting_as(org.admin), "NO_COLOR": no_colour, "COLUMNS": ""}
    with on_tty(["-m", "tui", "ticket", "list"], env, size=(72, 24)) as tty:
        assert tty.ends_with() == 0
        printed = tty.heard.decode()
    heads, line = printed.splitlines()
    assert "SUBJECT" in heads
    assert "…" in line
    assert ("\x1b[" in printed) is is_styled
    if not is_styled:
        assert len(line) <= 72


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_completion_script(shell: str) -> None:
    done = run_deskwire("completion", shell)
    assert "_DESKWIRE_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("deskwire ticket cl", "claim"), ("deskwire ticket set 1 --priority ", "urgent")],
)
def test_commands_and_values_complete(typed: str, offered: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui"], cwd=HOUSE, capture_output=True, text=True, check=False,
        env={
            "_DESKWIRE_COMPLETE": "bash_complete", "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split(" ")) - 1), "PATH": "/usr/bin",
        },
    )  # fmt: skip
    assert f"plain,{offered}" in done.stdout.splitlines()
