"""Drives terminals with a window: under Xvfb, with keys from its keyboard.

Those of Wayland run in Weston, which has a window there.
"""

import os
import shutil
import subprocess
import time
from contextlib import suppress
from functools import cache

from tests.support.terminal_drivers import Terminal, wait_until
from tests.support.waiting import PATIENCE

_NAMES = {
    "escape": "Escape", "enter": "Return", "tab": "Tab", "backspace": "BackSpace", "space": "space",
    "pageup": "Prior", "pagedown": "Next", "home": "Home", "end": "End", "delete": "Delete",
    "up": "Up", "down": "Down", "left": "Left", "right": "Right", ":": "colon", "?": "question",
    "!": "exclam", "/": "slash", "[": "bracketleft", "]": "bracketright", "+": "plus",
    "_": "underscore", "%": "percent", "=": "equal", "@": "at", "|": "bar",
}  # fmt: skip


class Display:
    """An X server without a screen, for as long as the program runs."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            # Without -noreset it begins anew whenever its last window has been closed.
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-noreset"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as number:
            self.name = f":{number.readline().strip()}"

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()


@cache
def open_display() -> Display:
    return Display()


def close_display() -> None:
    """Ends the X server, where one was started."""
    if open_display.cache_info().currsize:
        open_display().close()
        open_display.cache_clear()


class WindowTerminal(Terminal):
    """A terminal in a window. `arguments` come before the command."""

    has_window = True
    programs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    paste_key = "shift+Insert"
    needs: tuple[str, ...] = ("Xvfb", "xdotool", "xsel")
    environment: dict[str, str] = {}  # noqa: RUF012 - replaced, never changed

    @classmethod
    def missing(cls) -> list[str]:
        return [name for name in (*cls.programs, *cls.needs) if shutil.which(name) is None]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        return {
            **kept, "DISPLAY": open_display().name, "LC_ALL": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(runtime), "LIBGL_ALWAYS_SOFTWARE": "1", **self.environment,
        }  # fmt: skip

    def start(self) -> None:
        self.start_process()
        self._window = self._find_window()
        self._x("windowfocus", "--sync", self._window)

    def start_process(self) -> None:
        self._process = subprocess.Popen(
            [self.programs[0], *self.arguments, *self.command], env=self._environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def _find_window(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            if found := self.search_window():
                return found.splitlines()[-1]
            time.sleep(0.1)  # X has no event for a window that another program opens
        raise TimeoutError(f"{self.name} shows no window")

    def search_window(self) -> str:
        """Returns the ids of the terminal's windows, a line each."""
        found = self._x("search", "--onlyvisible", "--pid", str(self._process.pid))
        return found or self._x("search", "--onlyvisible", "--class", self.programs[0])

    def _x(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env=self._environment(), capture_output=True, text=True,
            check=False, timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout.strip()

    def press(self, key: str) -> None:
        *modifiers, last = key.split("+") if key != "+" else ["+"]
        name = _NAMES.get(
            last, last.upper() if last.startswith("f") and last[1:].isdigit() else last
        )
        focus = ("windowfocus", self._window)
        self._x(*focus, "key", "--clearmodifiers", "+".join([*modifiers, name]))

    def paste(self, text: str) -> None:
        self.copy_to_clipboard(text)
        time.sleep(0.5)  # it goes on in the background, and owns the selection after a while
        self.press_paste_key()

    def press_paste_key(self) -> None:
        *modifiers, last = self.paste_key.split("+")
        down = [word for name in modifiers for word in ("keydown", name)]
        up = [word for name in modifiers for word in ("keyup", name)]
        self._x("windowfocus", "--sync", self._window, *down, "sleep", "0.2", "key", last, *up)

    def copy_to_clipboard(self, text: str) -> None:
        """Has the text pasted next, from the clipboard and from the primary selection."""
        for selection in ("-b", "-p"):
            subprocess.run(
                ["xsel", selection, "-i"],
                input=text,
                text=True,
                env=self._environment(),
                check=True,
            )

    def resize(self, size: tuple[int, int]) -> None:
        self._x("windowsize", "--sync", self._window, str(size[0] * 11), str(size[1] * 20))

    def read_clipboard(self) -> str:
        return self._read_output("xsel", "-b", "-o")

    def _read_output(self, *command: str) -> str:
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(
                command, env=self._environment(), capture_output=True, text=True,
                check=False, timeout=3,
            ).stdout  # fmt: skip
        return ""

    def hang_up(self) -> None:
        self._process.terminate()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


class Xterm(WindowTerminal):
    name, programs = "xterm", ("xterm",)
    arguments: tuple[str, ...] = ("-geometry", "100x30", "-e")


class ColourXterm(Xterm):
    name = "xterm-256color"
    arguments = ("-tn", "xterm-256color", "-geometry", "100x30", "-e")


class Urxvt(WindowTerminal):
    name, programs = "rxvt-unicode", ("urxvt",)
    arguments = ("-geometry", "100x30", "-e")

    def paste(self, text: str) -> None:
        """Pastes, and confirms it: rxvt-unicode asks for texts with line ends."""
        super().paste(text)
        time.sleep(1)  # its question takes the keyboard a while after the paste
        self.press("y")


class Kitty(WindowTerminal):
    name, programs, paste_key = "kitty", ("kitty",), "ctrl+shift+v"
    arguments = (
        "--config", "NONE", "-o", "confirm_os_window_close=0", "-o", "remember_window_size=no",
    )  # fmt: skip


class Alacritty(WindowTerminal):
    name, programs, paste_key = "alacritty", ("alacritty",), "ctrl+shift+v"
    arguments = ("--config-file", "/dev/null", "-e")


class Foot(WindowTerminal):
    """A terminal of Wayland, in a Weston of its own, which hands the keys of its window on.

    Weston's headless backend has no keyboard, and none can be added: it lacks virtual keyboards.
    """

    name, programs, paste_key = "foot", ("foot",), "ctrl+shift+v"
    needs = ("Xvfb", "xdotool", "weston", "wl-copy", "wl-paste")
    arguments = ("-W", "100x30")
    environment = {"WAYLAND_DISPLAY": "deskwire"}  # noqa: RUF012 - as above
    _socket = environment["WAYLAND_DISPLAY"]

    def start(self) -> None:
        self._compositor = subprocess.Popen(
            ["weston", "--backend=x11-backend.so", "--use-pixman", "--width=1500", "--height=900",
             f"--socket={self._socket}", "--idle-time=0", "--no-config"],
            env=self._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        super().start()

    def start_process(self) -> None:
        wait_until((self.folder / "run" / self._socket).exists, PATIENCE)
        super().start_process()

    def search_window(self) -> str:
        return self._x("search", "--class", "weston")

    def copy_to_clipboard(self, text: str) -> None:
        subprocess.run(["wl-copy"], input=text, text=True, env=self._environment(), check=True)
        time.sleep(2)  # Weston fades its window out, and leaves the keyboard to it meanwhile

    def press_paste_key(self) -> None:
        self.press(self.paste_key)

    def resize(self, size: tuple[int, int]) -> None:
        """Maximizes the window, by Weston's key: the size is that of the screen."""
        down, up = ("keydown", "super", "keydown", "shift"), ("keyup", "shift", "keyup", "super")
        self._x("windowfocus", "--sync", self._window, *down, "sleep", "0.2", "key", "m", *up)

    def read_clipboard(self) -> str:
        return self._read_output("wl-paste", "--no-newline")

    def close(self) -> None:
        super().close()
        self._compositor.terminate()
        self._compositor.wait()
