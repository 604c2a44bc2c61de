"""Every screen of the workstation in its states, to be read by a person.

`python -m tests.support.screen_gallery FOLDER [WALK ...]` writes each screen as text and as SVG, in
three sizes. The walks are in `gallery_walks`; without a name all of them are taken.
"""

import asyncio
import contextlib
import io
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

from rich.console import Console
from textual.pilot import Pilot

from tests.support.desk import PASSWORD
from tests.support.picture import ORG, PictureDesk, remove_fonts
from tests.support.waiting import PATIENCE
from tui.cli.workstation_start import MONO
from tui.model.working_times import WorkingTimes
from tui.shell.app import Deskwire
from tui.shell.terminal_colours import NO_COLOUR

SIZES: Final = ((80, 24), (120, 40), (160, 50))
KEY_NAMES: Final = {" ": "space", "\n": "enter", "?": "question_mark", ":": "colon"}


class Gallery:
    """One agent's workstation, whose screens are written to a folder."""

    def __init__(self, app: Deskwire, pilot: Pilot[None], folder: Path, walk: str) -> None:
        self.app, self.pilot = app, pilot
        self._folder, self._walk, self._count = folder, walk, 0

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        await self.press(*(KEY_NAMES.get(letter, letter) for letter in text))

    async def sees(self, *parts: str) -> None:
        """Waits until all parts are on the screen."""
        await self._wait(lambda: all(part in self._print().export_text() for part in parts), parts)

    async def select(self, subject: str) -> None:
        """Moves the cursor to a ticket."""
        await self.press("g")
        queue = self.app.queue
        for _ in range(len(queue.table.rows)):
            if queue.target_ticket and queue.target_ticket.subject == subject:
                return
            await self.press("j")
        raise LookupError(subject)

    async def shoot(self, name: str, *parts: str) -> None:
        """Writes the screen in each size, once all parts are on it in the first."""
        await self.sees(*parts)
        self._count += 1
        stem = f"{self._walk}-{self._count:02}-{name}"
        for width, height in SIZES:
            await self.pilot.resize_terminal(width, height)
            await self.pilot.pause(0.1)
            for form, text in self._render().items():
                (self._folder / f"{stem}-{width}x{height}.{form}").write_text(text)
        await self.pilot.resize_terminal(*SIZES[0])
        await self.pilot.pause(0.1)

    def _render(self) -> dict[str, str]:
        console = self._print()
        text = console.export_text(clear=False)
        frame = "─" * self.app.size.width
        return {
            "txt": f"┌{frame}┐\n{_draw_sides(text, self.app.size.width)}└{frame}┘\n",
            "svg": remove_fonts(console.export_svg(title="deskwire")),
        }

    def _print(self) -> Console:
        width, height = self.app.size
        console = Console(
            width=width,
            height=height,
            file=io.StringIO(),
            force_terminal=True,
            color_system="truecolor",
            record=True,
            legacy_windows=False,
        )
        console.print(
            self.app.screen._compositor.render_update(
                full=True, screen_stack=self.app._background_screens
            )
        )
        return console

    async def _wait(self, is_so: Callable[[], bool], what: object) -> None:
        end = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come:\n{self._print().export_text()}")
            await self.pilot.pause(0.02)


def _draw_sides(text: str, width: int) -> str:
    """Returns the lines between two borders, by which one sees where they end."""
    return "".join(f"│{line.ljust(width)}│\n" for line in text.rstrip("\n").split("\n"))


class Visit:
    """The desk, and the folder of the pictures that a walk takes."""

    def __init__(self, desk: PictureDesk, folder: Path, walk: str) -> None:
        self.desk, self.folder, self.walk = desk, folder, walk
        self._taken = 0

    @contextlib.asynccontextmanager
    async def sit_down(
        self, email: str, *, hold: float = 0, is_wallboard: bool = False, theme: str = "dark"
    ) -> AsyncIterator[Gallery]:
        """An agent who has signed in, at a workstation of the least size."""
        values = {"server": self.desk.address, "org": str(ORG), "email": email}
        with patch.dict(os.environ, {NO_COLOUR: "1"} if theme == MONO else {}):
            app = Deskwire(
                {**values, "password": PASSWORD},
                WorkingTimes(hold=timedelta(seconds=hold)),
                is_wallboard=is_wallboard,
                theme="dark" if theme == MONO else theme,
            )
            async with app.run_test(size=SIZES[0]) as pilot:
                self._taken += 1
                yield Gallery(app, pilot, self.folder, f"{self.walk}{self._taken}")


async def take_walks(folder: Path, names: Sequence[str]) -> None:
    """Takes these walks, each on a desk of its own."""
    from tests.support.gallery_walks import WALKS, open_desk

    if unknown := set(names).difference(WALKS):
        sys.exit(f"No walk is called {', '.join(sorted(unknown))}. There are {', '.join(WALKS)}.")
    for name in names or list(WALKS):
        with tempfile.TemporaryDirectory(prefix="deskwire-gallery-") as state:
            home = {"XDG_STATE_HOME": state, "XDG_CONFIG_HOME": state}
            with patch.dict(os.environ, home):
                async with open_desk(Path(state)) as desk:
                    await WALKS[name](Visit(desk, folder, name))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_walks(folder, sys.argv[2:]))


if __name__ == "__main__":
    main()
