"""Opens files with the program that the desktop has for them."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_SECONDS: Final = 3.0
"""An opener that has not failed by then has found a program."""


def find_opener(environment: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Returns the program that opens files; None where there is none, or no desktop to show them.

    Without a desktop, as over ssh, xdg-open would start a program in this terminal.
    """
    if platform == "darwin":
        return shutil.which("open")
    has_desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return shutil.which("xdg-open") if has_desktop else None


class FileOpener:
    """Opens files, and keeps those that are only to be seen until the program ends."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None

    def make_temporary_path(self, name: str) -> Path:
        """Returns a path in a folder that only the agent may read. Raises OSError."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="deskwire-", ignore_cleanup_errors=True)
        return Path(self._folder.name) / name

    def remove_temporary_files(self) -> None:
        """Removes the files that were only to be seen."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def open_file(self, path: Path) -> str | None:
        """Opens a file. Returns why it could not be opened; None: it was."""
        return await self.open_target(str(path), path.name)

    async def open_target(self, target: str, name: str) -> str | None:
        """Opens a file or an address, which `name` names to the agent. Returns as above."""
        opener = find_opener(os.environ)
        if opener is None:
            return NO_OPENER
        try:
            process = await asyncio.create_subprocess_exec(
                opener,
                target,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            return f"{opener} cannot be started: {error.strerror}."
        try:
            async with asyncio.timeout(_SECONDS):
                code = await process.wait()
        except TimeoutError:
            return None
        return f"Your desktop has no program for {name}." if code else None


NO_OPENER: Final = "There is no desktop here to open files on."
