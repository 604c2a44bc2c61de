"""Tests the workstation in real terminals, and writes the table of docs/terminals.md.

`python -m tests.support.terminals [NAME...]` examines these terminals, or all that are installed,
and prints the table; with `--write` it goes into the page. It needs Linux; terminals with a window
also need Xvfb, xdotool and xsel, foot Weston and wl-clipboard instead of xsel.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec
from msgspec import Struct

from tests.support import window_terminals as windows
from tests.support.process import HOUSE
from tests.support.terminal_drivers import (
    LATER_SIZE,
    Mosh,
    ProbeLog,
    Screen,
    Terminal,
    Tmux,
    launched,
    running,
    wait_until,
)
from tests.support.terminal_probe import COPIED
from tests.support.waiting import PATIENCE
from tui.key_names import LABELS
from tui.keys import KEYS

KINDS: Final[tuple[type[Terminal], ...]] = (
    Tmux, Screen, Mosh, windows.Xterm, windows.ColourXterm, windows.Urxvt, windows.Kitty,
    windows.Alacritty, windows.Foot,
)  # fmt: skip
BOUND: Final = sorted({name for key in KEYS for name in key.keys.split(",") if name})
"""The keys of the workstation."""
OTHERS: Final = sorted(
    {*(f"f{number}" for number in range(1, 13)), *(f"ctrl+{it}" for it in "abefghijkmnoptuvwxy")}
    | {*(f"alt+{it}" for it in "abdfx"), "alt+enter", "ctrl+enter", "ctrl+left", "ctrl+right"}
    - set(BOUND)
)
"""Keys that somebody might want to bind."""
PASTED_LINES: Final = 5000
SLOW: Final = [sys.executable, "-m", "tests.support.slow_line", "0.2"]
_KEY_SECONDS: Final = 0.5
_ESCAPE_SECONDS: Final = 2.0
"""Terminals and multiplexers wait whether esc begins the code of another key."""
_START_SECONDS: Final = 10.0
_SIGNS: Final = {
    name: label for name, label in LABELS.items() if len(label) == 1 and label.isascii()
}
_MODIFIERS: Final = ("left_control", "left_alt", "left_shift")
WORDS: Final = "kept to the last letter"


class Finding(Struct, frozen=True):
    """The abilities of one terminal."""

    name: str
    version: str
    colours: str
    lost: list[str]
    changed: dict[str, str]
    copies: bool
    pastes: str
    resizes: bool
    is_slow_well: bool
    keeps_draft: str


def press_and_read(terminal: Terminal, log: ProbeLog, key: str, wait: float) -> str:
    """Returns the key that arrives; empty: none does."""
    before = len(log.keys())
    terminal.press(_SIGNS.get(key, key))
    end = time.monotonic() + wait
    while time.monotonic() < end:
        new = [it for it in log.keys()[before:] if it not in _MODIFIERS]
        if new:
            return " ".join(new)
        time.sleep(0.02)  # the log is a file of another program, which notifies nobody
    return ""


def check_keys(
    terminal: Terminal, log: ProbeLog, keys: Sequence[str], wait: float = _KEY_SECONDS
) -> tuple[list[str], dict[str, str]]:
    """Returns the keys that do not arrive, and those that arrive as another one."""
    found = {}
    for key in keys:
        patience = max(wait, _ESCAPE_SECONDS if key == "escape" else 0)
        found[key] = press_and_read(terminal, log, key, patience)
        if not found[key]:
            # It may be a prefix, which takes the next key, too.
            press_and_read(terminal, log, "a", wait)
    lost = [key for key, came in found.items() if not came]
    return lost, {key: came for key, came in found.items() if came and came != key}


def check_paste(terminal: Terminal, log: ProbeLog, lines: int = PASTED_LINES) -> str:
    """Returns `yes` if so many lines arrive as one paste, none as keys; otherwise what is wrong."""
    text = "".join(f"line {number}\n" for number in range(lines))
    keys = len(log.keys())
    for _ in range(2):  # the first key of a new X server may get lost
        terminal.paste(text)
        if _came(lambda: log.wait_for("paste")):
            break
    else:
        return "no"
    typed = [it for it in log.keys()[keys:] if it not in {*_MODIFIERS, "y"}]
    lost = len(text) - log.wait_for("characters")
    if typed:
        return f"some lines as keys ({len(typed)})"
    return f"loses characters ({lost} of {len(text)})" if lost else "yes"


def check_copy(terminal: Terminal, log: ProbeLog) -> bool:
    """Returns whether a copied text reaches the clipboard."""
    os.kill(log.wait_for("ready"), signal.SIGUSR1)
    log.wait_for("copied")
    return wait_until(lambda: terminal.read_clipboard().strip() == COPIED, PATIENCE)


def check_resize(terminal: Terminal, log: ProbeLog) -> bool:
    before = [entry["size"] for entry in log.read() if "size" in entry][-1]
    terminal.resize(LATER_SIZE)
    return _came(lambda: log.wait_for("size", lambda size: size[0] > before[0]))


def check_slow_line(kind: type[Terminal]) -> bool:
    """Returns whether keys and a paste arrive alike when each byte takes 200 ms."""
    with running(kind, SLOW) as (terminal, log):
        usual = ["f1", "up", "pagedown", "ctrl+s", "escape", "r", "colon", "shift+tab"]
        lost, changed = check_keys(terminal, log, usual, wait=2)
        return not lost and not changed and check_paste(terminal, log) != "no"


def check_hang_up(kind: type[Terminal], desk: dict[str, str]) -> str:
    """Writes a draft in the workstation, hangs up, and returns how it ended."""
    command = [f"{name}={value}" for name, value in desk.items()]
    program = [sys.executable, "-m", "tests.support.kept_draft"]
    with launched(kind, command, program) as (terminal, folder):
        drafts = folder / "state" / "deskwire" / "drafts"

        def draft() -> str:
            files = [path for path in drafts.rglob("*") if path.is_file()]
            return msgspec.json.decode(files[0].read_bytes())["text"] if files else ""

        # A terminal does not say when the program in it is ready; keys before that are lost.
        time.sleep(_START_SECONDS)
        terminal.press("R")
        time.sleep(2)  # nor when it has opened the editor: its first draft comes with a letter
        terminal.press("x")
        if not wait_until(lambda: draft() != "", 5):
            return "no draft was written"
        for letter in WORDS:
            terminal.press("space" if letter == " " else letter)
        time.sleep(0.3)  # the last letters are on their way; they need not be saved yet
        terminal.hang_up()
        code = folder / "code"
        if not wait_until(code.exists, 10):
            return "the program went on"
        kept = "draft kept" if draft().endswith(WORDS) else f"draft lost ({draft()!r})"
        return f"{kept}, exit code {code.read_text()}"


def examine(kind: type[Terminal], desk: dict[str, str]) -> Finding:
    """Returns what a terminal of this kind can."""
    with running(kind, []) as (terminal, log):
        system = log.wait_for("colours")
        lost, changed = check_keys(terminal, log, [*BOUND, *OTHERS])
        copies, pastes = check_copy(terminal, log), check_paste(terminal, log)
        resizes = check_resize(terminal, log)
        term = log.wait_for("term")
    colours = {"truecolor": "24-bit", "standard": "the terminal's 8 or 16"}.get(system, system)
    return Finding(
        kind.name, _read_version(kind), f"{colours} (`{term}`)", lost, changed,
        copies, pastes, resizes, check_slow_line(kind), check_hang_up(kind, desk),
    )  # fmt: skip


def _read_version(kind: type[Terminal]) -> str:
    program = kind.programs[0]
    flag = {"tmux": "-V", "xterm": "-version", "urxvt": "-help"}.get(program, "--version")
    done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
    words = (done.stdout or done.stderr).replace("(", " ").replace(")", " ").split()
    return next((word.strip("v") for word in words if any(map(str.isdigit, word))), "")


def _came(wait: Callable[[], object]) -> bool:
    try:
        wait()
    except TimeoutError:
        return False
    return True


@contextmanager
def demo_desk() -> Iterator[dict[str, str]]:
    """A running demo, as the variables by which an agent signs in."""
    server = subprocess.Popen(
        [sys.executable, "-m", "server", "demo", "--headless"], cwd=HOUSE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        address, org = server.stdout.readline().strip(), server.stdout.readline().split()[1]
        people = [server.stdout.readline().split() for _ in range(3)]
        _, email, password = people[2]
        yield {
            "DESKWIRE_SERVER": address, "DESKWIRE_ORG": org, "DESKWIRE_EMAIL": email,
            "DESKWIRE_PASSWORD": password,
        }  # fmt: skip
    finally:
        server.terminate()
        server.wait()


def draw_table(
    findings: Sequence[Finding], skipped: Sequence[tuple[str, str]], before: str = ""
) -> str:
    """Returns the table, and a line for each terminal that was not examined.

    Terminals that are in neither list keep the line that they had in the table before.
    """
    heads = (
        "terminal", "colours", "keys of the workstation", "other keys that do not come as such",
        "copy", "paste of 5,000 lines", "resize", "200 ms", "hang-up",
    )  # fmt: skip
    lines = {
        kind.name: line
        for line in before.splitlines()
        for kind in KINDS
        if line.startswith((f"| {kind.name} ", f"- {kind.name}:"))
    }
    lines |= {it.name: _join_cells(_draw_row(it)) for it in findings}
    lines |= {name: f"- {name}: not examined, {why}." for name, why in skipped}
    ordered = [lines[kind.name] for kind in KINDS if kind.name in lines]
    rows = [line for line in ordered if line.startswith("|")]
    remarks = [line for line in ordered if not line.startswith("|")]
    head = [_join_cells(heads), _join_cells(["---"] * len(heads))]
    return "\n".join([*head, *rows, *([""] if remarks else []), *remarks])


def _join_cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _draw_row(it: Finding) -> tuple[str, ...]:
    own = [key for key in it.lost if key in BOUND] + [key for key in it.changed if key in BOUND]
    other = [f"`{key}`: none" for key in it.lost if key in OTHERS]
    other += [f"`{key}`: `{came}`" for key, came in it.changed.items() if key in OTHERS]
    return (
        f"{it.name} {it.version}",
        it.colours,
        ", ".join(f"not `{key}`" for key in own) or "all",
        ", ".join(other) or "none",
        _word(it.copies), it.pastes, _word(it.resizes), _word(it.is_slow_well),
        it.keeps_draft,
    )  # fmt: skip


def _word(is_so: bool) -> str:  # noqa: FBT001 - a value to print
    return "yes" if is_so else "no"


def main(names: list[str]) -> None:
    findings, skipped = [], []
    with demo_desk() as desk:
        for kind in KINDS:
            if names and kind.name not in names:
                continue
            if missing := kind.missing():
                skipped.append((kind.name, f"{' and '.join(missing)} missing"))
                continue
            print(kind.name, "...", file=sys.stderr)
            findings.append(examine(kind, desk))
    windows.close_display()
    page = HOUSE / "docs" / "terminals.md"
    before, begin, rest = page.read_text().partition("<!-- terminals -->\n")
    old, end, after = rest.partition("\n<!-- /terminals -->")
    table = draw_table(findings, skipped, old)
    if "--write" in sys.argv:
        page.write_text(f"{before}{begin}{table}{end}{after}")
    print(table)


if __name__ == "__main__":
    main([argument for argument in sys.argv[1:] if not argument.startswith("-")])
