"""An agent before the workstation, which runs under Textual's Pilot."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.waiting import PATIENCE
from tui.screens.desk_screen import DeskScreen
from tui.shell.app import Deskwire


class Seat:
    """An agent before the workstation: keys in, text out."""

    def __init__(self, app: Deskwire, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        names = {" ": "space", "\n": "enter", "?": "question_mark"}
        await self.press(*(names.get(letter, letter) for letter in text))

    @property
    def lines(self) -> list[str]:
        """Returns the screen's lines, with a question or a choice that stands on it at the end."""
        screens = self.app.screen_stack
        desk = [screen for screen in screens if isinstance(screen, DeskScreen)][-1:]
        shown = desk if screens[-1] in desk else [*desk, screens[-1]]
        strips = [strip for one in shown for strip in one._compositor.render_strips()]
        return [strip.text.rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line(self, part: str) -> str:
        """The line with this text in it."""
        return next((line for line in self.lines if part in line), "")

    async def until(self, is_so: Callable[[], Any], what: str = "") -> None:
        """Wait for the thing itself, not for a time."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > end:
                pytest.fail(f"It did not come: {what}\n{self.text}")
            await self.pilot.pause(0.02)

    async def sees(self, *parts: str) -> None:
        await self.until(lambda: self._find_parts(parts) == set(parts), repr(parts))

    async def sees_no(self, *parts: str) -> None:
        await self.until(lambda: not self._find_parts(parts), f"no {parts!r}")

    def _find_parts(self, parts: tuple[str, ...]) -> set[str]:
        text = self.text  # drawn once for all of them
        return {part for part in parts if part in text}
