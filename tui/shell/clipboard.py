"""Copies text into the terminal's clipboard, also over ssh: OSC 52.

A terminal does not confirm a copy, so the agent sees what is known of the terminal. tmux and GNU
screen need sequences of their own.
"""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Final

from tui.messages.requests import MAX_COPY_BYTES
from tui.text import formatting

_TMUX_PATIENCE: Final = 2.0
_SCREEN_CHUNK: Final = 250
"""GNU screen drops a string of more than 256 bytes, or 768 in later versions."""

UNSURE: Final = "if the terminal allows it"
_SHOWN: Final = 30
_WITHOUT_CLIPBOARD: Final = ("", "dumb", "unknown", "linux", "cons25")
_KNOWN_TERMS: Final = (
    "xterm-kitty",
    "alacritty",
    "foot",
    "wezterm",
    "xterm-ghostty",
    "contour",
    "rio",
)
_KNOWN_VARIABLES: Final = (
    "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR", "WT_SESSION",
)  # fmt: skip


class Clipboard:
    """The terminal's clipboard, with a toast for each copy."""

    def __init__(
        self,
        environ: Mapping[str, str],
        write: Callable[[str], None],
        show: Callable[[str, str], None],
    ) -> None:
        """`write` writes to the terminal; `show` shows a sentence of a kind."""
        self._environ, self._write, self._show = environ, write, show

    async def copy_text(self, text: str, what: str = "") -> None:
        """Copies a text, and says so or why not; `what` is its name, else its words are."""
        size = len(text.encode())
        if not text.strip():
            self._show("There is nothing to copy.", "plain")
        elif size > MAX_COPY_BYTES:
            most = f"{size / 1000:.0f} kB are too much, {MAX_COPY_BYTES // 1000} kB the most"
            self._show(f"Not copied: {most} that terminals take.", "bad")
        elif not has_clipboard(self._environ):
            self._show(f"This terminal has no clipboard: {what or describe_text(text)}", "bad")
        else:
            self._write(build_copy_sequences(text, self._environ))
            doubt = await self._describe_doubt(text)
            # The name comes last: it may be long, and is what may be cut.
            self._show(f"Copied{doubt}: {what or describe_text(text)}", "good")

    async def _describe_doubt(self, text: str) -> str:
        if self._environ.get("TMUX"):
            doubt = await copy_by_tmux(text)
        else:
            doubt = "" if is_clipboard_certain(self._environ) else UNSURE
        return f", {doubt}" if doubt else ""


def describe_text(text: str) -> str:
    """Returns `3 lines`, or the words of a single line, cut."""
    lines = text.count("\n") + 1
    return f"{lines} lines" if lines > 1 else f"“{formatting.truncate_text(text.strip(), _SHOWN)}”"


def build_copy_sequences(text: str, environ: Mapping[str, str]) -> str:
    """Returns what to write to the terminal so that its clipboard holds the text."""
    plain, term = encode_osc52(text), environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        # tmux takes the first with `set-clipboard on` and passes the second with
        # `allow-passthrough on`. Taken twice, it is the same text.
        return plain + wrap_for_tmux(plain)
    if environ.get("STY"):
        return wrap_for_screen(plain)
    if term.startswith("screen"):
        # GNU screen or tmux, on another machine. tmux takes the first and ignores the second;
        # screen ignores the first and prints it where it is long.
        return (plain if len(plain) <= _SCREEN_CHUNK else "") + wrap_for_screen(plain)
    return plain


def encode_osc52(text: str) -> str:
    """Returns the control sequence that sets the clipboard of a terminal."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


def wrap_for_tmux(sequence: str) -> str:
    """Returns a sequence that tmux hands to the terminal in which it runs."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def wrap_for_screen(sequence: str) -> str:
    """Returns strings, each short enough for GNU screen, which hands on what is in them."""
    parts = range(0, len(sequence), _SCREEN_CHUNK)
    return "".join(f"\x1bP{sequence[at : at + _SCREEN_CHUNK]}\x1b\\" for at in parts)


def has_clipboard(environ: Mapping[str, str]) -> bool:
    """Returns whether the terminal may have a clipboard; others would print what is sent to it."""
    term = environ.get("TERM", "")
    return term not in _WITHOUT_CLIPBOARD and not (term.startswith("vt") and term[2:3].isdigit())


def is_clipboard_certain(environ: Mapping[str, str]) -> bool:
    """Returns whether the terminal is known to take a copy, as it is installed."""
    term = environ.get("TERM", "")
    if environ.get("TMUX") or environ.get("STY") or term.startswith(("tmux", "screen")):
        return False
    return term.startswith(_KNOWN_TERMS) or any(environ.get(name) for name in _KNOWN_VARIABLES)


async def copy_by_tmux(text: str) -> str:
    """Hands the text to tmux itself, which as installed takes no OSC 52; returns a doubt or ""."""
    try:
        async with asyncio.timeout(_TMUX_PATIENCE):
            setting = await _run_tmux("show-options", "-sv", "set-clipboard")
            if setting != "on":  # else it has taken what was written to it
                passes_on = ["-w"] if setting == "external" else []
                await _run_tmux("load-buffer", *passes_on, "-", given=text)
    except (OSError, TimeoutError, ValueError):
        return UNSURE
    return "in tmux alone (its set-clipboard is off)" if setting == "off" else ""


async def _run_tmux(*arguments: str, given: str = "") -> str:
    """Runs a command of tmux and returns what it says. Raises ValueError where it fails."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "tmux", *arguments, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate(given.encode())
    if process.returncode:
        raise ValueError(arguments[0])
    return said.decode().strip()
