"""Hands a text to the agent's own editor; the stream goes on while it is open."""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from textual.app import SuspendNotSupported

from tui.messages.requests import EditText
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices
from tui.text import safe_text

_VARIABLES = ("VISUAL", "EDITOR")


class EditorHandlers:
    """Opens `$VISUAL` or `$EDITOR` on a text. `suspend` gives the terminal away and takes it back.

    The file is readable by the agent alone, and gone afterwards.
    """

    def __init__(
        self, services: HandlerServices, suspend: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._services, self._suspend = services, suspend

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {EditText: self.edit_text}

    def edit_text(self, request: EditText) -> None:
        """Opens the editor, or says which variable to set."""
        command = next((os.environ[it] for it in _VARIABLES if os.environ.get(it)), "")
        if not command:
            self._services.show_toast("Set VISUAL or EDITOR to the editor that you use.", "bad")
        else:
            self._services.run_task(self._edit(request, command))

    async def _edit(self, request: EditText, command: str) -> None:
        with tempfile.TemporaryDirectory(prefix="deskwire-") as folder:
            path = _write_file(folder, request.text)
            try:
                with self._suspend():
                    code = await _run_editor(command, path)
            except (OSError, ValueError, SuspendNotSupported) as error:
                self._services.show_toast(f"The editor did not open: {error}.", "bad")
                return
            if code:
                said = f"The editor ended with {code}: the text is as it was."
                self._services.show_toast(said, "bad")
                return
            with suppress(OSError):
                request.then(_read_file(path))


def _write_file(folder: str, text: str) -> Path:
    path = Path(folder, "message.txt")
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def _read_file(path: Path) -> str:
    """Returns the text without the end of its last line, which editors add."""
    text = path.read_text("utf-8", errors="replace")
    return safe_text.clean_block(text).removesuffix("\n")


async def _run_editor(command: str, path: Path) -> int:
    process = await asyncio.create_subprocess_exec(*shlex.split(command), str(path))
    return await process.wait()
