"""Drives real terminals: starts a program in one, types, pastes, resizes, reads its clipboard.

Multiplexers run on a pseudo-terminal of ours, which sends what xterm sends. Terminals with a window
run under Xvfb, and get their keys from its keyboard (`window_terminals`).
"""

import base64
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from tests.support.process import HOUSE
from tests.support.waiting import PATIENCE

SIZE, LATER_SIZE = (100, 30), (120, 40)
_FUNCTION = {1: "OP", 2: "OQ", 3: "OR", 4: "OS"} | {
    number: f"[{code}~"
    for number, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)
}
_CURSOR = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_OTHERS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f", "space": " ",
    "shift+tab": "\x1b[Z", "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~",
    "alt+enter": "\x1b\r", "ctrl+enter": "\r",
}  # fmt: skip


def encode_key(key: str) -> str:
    """Returns what xterm sends for a key, without the kitty protocol."""
    if key in _OTHERS:
        return _OTHERS[key]
    if key in _CURSOR:
        return f"\x1b[{_CURSOR[key]}"
    if key.startswith("f") and key[1:].isdigit():
        return f"\x1b{_FUNCTION[int(key[1:])]}"
    modifier, _, last = key.rpartition("+")
    if modifier == "ctrl" and last in _CURSOR:
        return f"\x1b[1;5{_CURSOR[last]}"
    if modifier == "ctrl" and len(last) == 1:
        return chr(ord(last.upper()) & 0x1F)
    return f"\x1b{last}" if modifier == "alt" else key


def wait_until(is_so: Callable[[], object], seconds: float) -> bool:
    """Returns whether it was so within these seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.1)  # between two looks at files and processes of others
    return False


class ProbeLog:
    """The log of the probe in a terminal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        text = self.path.read_text() if self.path.exists() else ""
        return [msgspec.json.decode(line) for line in text.splitlines()]

    def wait_for(self, field: str, is_so: Callable[[Any], bool] = lambda _: True) -> Any:
        """Returns the first value of a field that is so. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for entry in self.read():
                if field in entry and is_so(entry[field]):
                    return entry[field]
            time.sleep(0.05)  # a file that another program writes notifies nobody
        raise TimeoutError(f"{field} did not come: {self.read()[-5:]}")

    def keys(self) -> list[str]:
        return [entry["key"] for entry in self.read() if "key" in entry]


class Terminal(ABC):
    """A terminal that runs a command. Subclasses say how."""

    name = ""
    programs: tuple[str, ...] = ()
    has_window = False

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.command, self.folder = list(command), folder

    @classmethod
    def missing(cls) -> list[str]:
        """Returns the programs that it needs and this machine lacks."""
        return [name for name in cls.programs if shutil.which(name) is None]

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None: ...

    @abstractmethod
    def paste(self, text: str) -> None: ...

    @abstractmethod
    def resize(self, size: tuple[int, int]) -> None: ...

    @abstractmethod
    def read_clipboard(self) -> str: ...

    @abstractmethod
    def hang_up(self) -> None:
        """Ends the terminal as when its window is closed, or its session killed."""

    @abstractmethod
    def close(self) -> None: ...


class PtyTerminal(Terminal):
    """A program on a pseudo-terminal of ours: a multiplexer, with the command in it."""

    term = "xterm-256color"

    @abstractmethod
    def outer_command(self) -> list[str]: ...

    def outer_environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "TERM": self.term, "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor"}

    def start(self) -> None:
        self.heard = b""
        self._ours, theirs = pty.openpty()
        self.resize(SIZE)
        self._process = subprocess.Popen(
            self.outer_command(), stdin=theirs, stdout=theirs, stderr=theirs, cwd=HOUSE,
            env=self.outer_environment(), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while True:
                if select.select([self._ours], [], [], 0.2)[0]:
                    self.heard += os.read(self._ours, 65_536)

    def press(self, key: str) -> None:
        self._write(encode_key(key).encode())

    def paste(self, text: str) -> None:
        # As terminals do: line ends are those of the enter key.
        self._write(b"\x1b[200~" + text.replace("\n", "\r").encode() + b"\x1b[201~")

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._ours, data[:1024]) :]

    def resize(self, size: tuple[int, int]) -> None:
        termios.tcsetwinsize(self._ours, (size[1], size[0]))
        with suppress(AttributeError, ProcessLookupError):
            os.kill(self._process.pid, signal.SIGWINCH)

    def read_clipboard(self) -> str:
        """Returns the text that reached our end by OSC 52."""
        found = re.findall(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]+)(?:\x07|\x1b\\)", self.heard)
        return base64.b64decode(found[-1]).decode() if found else ""

    def hang_up(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(1)
        os.close(self._ours)


class Tmux(PtyTerminal):
    name, programs = "tmux", ("tmux",)

    def _tmux(self, *arguments: str) -> list[str]:
        return ["tmux", "-S", str(self.folder / "tmux"), "-f", "/dev/null", *arguments]

    def outer_command(self) -> list[str]:
        return self._tmux("new-session", shlex.join(self.command))

    def hang_up(self) -> None:
        subprocess.run(self._tmux("kill-server"), check=False)

    def close(self) -> None:
        self.hang_up()
        super().close()


class Screen(PtyTerminal):
    name, programs = "GNU screen", ("screen",)

    def outer_command(self) -> list[str]:
        return ["screen", "-U", "-c", "/dev/null", "-S", self.folder.name, *self.command]

    def hang_up(self) -> None:
        subprocess.run(
            ["screen", "-S", self.folder.name, "-X", "quit"], check=False, capture_output=True
        )

    def close(self) -> None:
        self.hang_up()
        super().close()


class Mosh(PtyTerminal):
    """mosh without SSH: the server is started here, and the client told its key."""

    name, programs = "mosh", ("mosh-server", "mosh-client")

    def outer_command(self) -> list[str]:
        started = subprocess.run(
            ["mosh-server", "new", "-c", "256", "-i", "127.0.0.1", "--", *self.command],
            env=self.outer_environment(), capture_output=True, text=True, check=True, cwd=HOUSE,
        )  # fmt: skip
        found = re.search(r"MOSH CONNECT (\d+) (\S+)", started.stdout)
        server = re.search(r"pid = (\d+)", started.stderr + started.stdout)
        assert found, started.stdout + started.stderr
        assert server, started.stdout + started.stderr
        self._port, self._key, self._server = found[1], found[2], int(server[1])
        return ["env", f"MOSH_KEY={self._key}", "mosh-client", "127.0.0.1", self._port]

    def hang_up(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._server, signal.SIGTERM)

    def close(self) -> None:
        self.hang_up()
        super().close()


@contextmanager
def running(kind: type[Terminal], program: Sequence[str]) -> Iterator[tuple[Terminal, ProbeLog]]:
    """Runs the probe in a terminal of this kind; `program` goes before it, as a slow line does."""
    with tempfile.TemporaryDirectory(prefix="deskwire-term-") as name:
        log = ProbeLog(Path(name) / "log")
        probe = [sys.executable, "-m", "tests.support.terminal_probe"]
        command = ["env", f"PROBE_LOG={log.path}", f"PYTHONPATH={HOUSE}", *program, *probe]
        terminal = kind(command, Path(name))
        terminal.start()
        try:
            log.wait_for("ready")
            yield terminal, log
        finally:
            terminal.close()


@contextmanager
def launched(
    kind: type[Terminal], environment: Sequence[str], program: Sequence[str]
) -> Iterator[tuple[Terminal, Path]]:
    """Runs a program in a terminal of this kind, with a folder for its state and exit code."""
    with tempfile.TemporaryDirectory(prefix="deskwire-term-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        state = [f"XDG_STATE_HOME={folder}/state", f"DESKWIRE_CONFIG={folder}/config.toml"]
        command = ["env", f"PYTHONPATH={HOUSE}", *state, *environment, *program]
        terminal = kind([*command, str(folder / "code")], folder)
        terminal.start()
        try:
            yield terminal, folder
        finally:
            terminal.close()
