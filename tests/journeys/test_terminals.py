"""The keys of the workstation, pastes, sizes and copies in the terminals that are installed.

`python -m tests.support.terminals` examines them closely; docs/terminals.md has the table.
"""

import pytest

from tests.support import terminals, window_terminals
from tests.support.terminal_drivers import Mosh, Screen, Terminal, Tmux, encode_key, running
from tui.shell.terminal_mouse import has_usable_mouse


@pytest.fixture(params=[Tmux, Screen, Mosh], ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> type[Terminal]:
    kind: type[Terminal] = request.param
    if missing := kind.missing():
        pytest.skip(f"{' and '.join(missing)} not installed here")
    return kind


def test_what_is_typed_pasted_and_copied_goes_through(kind: type[Terminal]) -> None:
    keys = ["escape", "ctrl+s", "ctrl+p", "f1", "f9", "pageup", "home", "shift+tab", "colon", "R"]
    with running(kind, []) as (terminal, log):
        assert terminals.check_keys(terminal, log, keys, wait=30) == ([], {})
        # GNU screen loses bytes of a long paste: findings/screen-paste-lost.sh.
        assert terminals.check_paste(terminal, log, 100 if kind is Screen else 5000) == "yes"
        assert terminals.check_copy(terminal, log)
        assert terminals.check_resize(terminal, log)
        terminal.hang_up()
        assert log.wait_for("ended") == "SIGHUP"


@pytest.mark.parametrize(
    ("environ", "is_usable"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "socket,1,0"}, True),
        ({"TERM": "screen.xterm-256color"}, False),
        ({"TERM": "screen", "STY": "1.pts"}, False),
    ],
)
def test_there_is_no_mouse_in_gnu_screen(environ: dict[str, str], *, is_usable: bool) -> None:
    assert has_usable_mouse(environ) is is_usable


@pytest.mark.parametrize(
    ("key", "sent"),
    [("ctrl+s", "\x13"), ("alt+x", "\x1bx"), ("f5", "\x1b[15~"), ("ctrl+left", "\x1b[1;5D")],
)
def test_keys_are_sent_as_xterm_sends_them(key: str, sent: str) -> None:
    assert encode_key(key) == sent


def test_a_terminal_that_is_not_examined_keeps_its_line() -> None:
    before = "| xterm 379 | old |\n| xterm-256color 379 | old |\n\n- foot: not examined, old."
    found = terminals.Finding(
        "xterm-256color", "380", "256", [], {}, copies=True, pastes="yes", resizes=True,
        is_slow_well=True, keeps_draft="draft kept",
    )  # fmt: skip
    lines = terminals.draw_table([found], [("kitty", "kitty missing")], before).splitlines()
    assert [line[:20] for line in lines[2:4]] == ["| xterm 379 | old |", "| xterm-256color 380"]
    assert lines[4:] == ["", "- kitty: not examined, kitty missing.", "- foot: not examined, old."]


def test_every_key_of_the_workstation_can_be_pressed_in_a_window() -> None:
    """A key whose name X does not know counts as one that does not arrive."""
    assert "" not in terminals.BOUND
    signs = [terminals._SIGNS.get(key, key) for key in terminals.BOUND]
    last = {key.rpartition("+")[2] or "+" for key in signs}
    assert {key for key in last if len(key) > 1 or not key.isalnum()} <= {
        *window_terminals._NAMES, *(f"f{number}" for number in range(1, 13)),
    }  # fmt: skip
