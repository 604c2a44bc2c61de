"""The session at the head of the README: the real program on a real server, key by key.

`python -m tests.support.recorded_session` records it again, into `docs/session.svg`.
"""

import asyncio
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Final
from unittest.mock import patch

from rich.segment import Segment
from textual.pilot import Pilot

from common.people import Presence
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority
from tests.support.animated_svg import Frame, draw_animation
from tests.support.desk import PASSWORD
from tests.support.pages import DOCS
from tests.support.picture import ORG, PictureDesk, serve_desk
from tests.support.picture_stories import MIA, Story
from tests.support.waiting import PATIENCE
from tui.shell.app import Deskwire

SIZE: Final = (100, 26)
NAME: Final = "session.svg"
_KEY_SECONDS: Final = 0.07
"""The time for which a typed letter stands."""
_KEY_NAMES: Final = {" ": "space", ":": "colon", ",": "comma"}


class Recorder:
    """An agent's workstation, whose screens are kept as frames."""

    def __init__(self, app: Deskwire, pilot: Pilot[None]) -> None:
        self._app, self._pilot = app, pilot
        self._caption = ""
        self.frames: list[Frame] = []

    def explain(self, caption: str) -> None:
        """Puts a sentence below the frames that come now."""
        self._caption = caption

    async def press(self, keys: str, *parts: str, seconds: float = 1.2) -> None:
        """Presses the keys, waits for all parts on the screen, and keeps it."""
        await self._pilot.press(*keys.split())
        await self.keep(*parts, seconds=seconds)

    async def write(self, text: str) -> None:
        """Types a text, word by word, and keeps a frame of each."""
        for word in re.findall(r"\S+ ?", text):
            await self._pilot.press(*(_KEY_NAMES.get(letter, letter) for letter in word))
            await self.keep(seconds=_KEY_SECONDS * len(word))

    async def keep(self, *parts: str, seconds: float = 1.2) -> None:
        """Waits for all parts on the screen, and keeps it as a frame."""
        end, text, is_there = time.monotonic() + PATIENCE, "", False
        while not is_there:
            if time.monotonic() > end:
                raise TimeoutError(f"{parts} did not come:\n{text}")
            await self._pilot.pause(0.02)
            lines = self._render_lines()
            text = "\n".join("".join(part.text for part in line) for line in lines)
            is_there = all(part in text for part in parts)
        self.frames.append(Frame(lines, seconds, self._caption))

    async def select(self, subject: str) -> None:
        """Moves the cursor down to a ticket, a frame a key."""
        while self._find_subject() != subject:
            await self.press("j", seconds=0.15)

    def _find_subject(self) -> str:
        ticket = self._app.queue.target_ticket
        return ticket.subject if ticket else ""

    def _render_lines(self) -> tuple[tuple[Segment, ...], ...]:
        update = self._app.screen._compositor.render_update(
            full=True, screen_stack=self._app._background_screens, simplify=True
        )
        return tuple(
            tuple(
                Segment(
                    segment.text, segment.style.clear_meta_and_links() if segment.style else None
                )
                for strip in strips
                for segment in strip
            )
            for strips in update.strips  # type: ignore[union-attr] # a full update is by lines
        )


async def record_session(folder: Path, days: int = 14) -> list[Frame]:
    """Returns the frames of the whole session, played on a desk of its own in a folder."""
    with patch.dict(os.environ, XDG_STATE_HOME=str(folder), XDG_CONFIG_HOME=str(folder)):
        async with serve_desk(folder, days) as desk:
            await desk.set_presence(MIA, Presence.AVAILABLE)
            values = {"server": desk.address, "org": str(ORG), "email": MIA, "password": PASSWORD}
            app = Deskwire(values)
            async with app.run_test(size=SIZE) as pilot:
                recorder = Recorder(app, pilot)
                await _play(recorder, desk, app)
                return recorder.frames


async def _play(recorder: Recorder, desk: PictureDesk, app: Deskwire) -> None:
    await _claim(recorder, desk)
    await _answer(recorder, desk, app)
    await _undo(recorder)
    await _give_many(recorder)
    await _save_view(recorder)
    recorder.explain("f3: the report of a supervisor, live")
    await recorder.press("f3", "Backlog", "Response, median", "by day", seconds=4)


async def _claim(recorder: Recorder, desk: PictureDesk) -> None:
    recorder.explain("A live queue: each ticket with its clock, and why it waits")
    await recorder.keep("LIVE", "Dark mode", seconds=2.5)
    urgent = FileTicket("Warehouse scanners are offline", "All of them.", Priority("urgent"))
    await desk.file_story(Story(0, "tom@floor3.example", urgent))
    await recorder.keep("Warehouse scanners", seconds=2)
    recorder.explain("c claims it; z would take that back")
    await recorder.select("Warehouse scanners are offline")
    await recorder.press("c", "is yours", seconds=2)


async def _answer(recorder: Recorder, desk: PictureDesk, app: Deskwire) -> None:
    recorder.explain("r answers the customer; the draft is saved while you type")
    await recorder.press("r", "PUBLIC", seconds=0.8)
    await recorder.write("Thank you. We restart the gateway now.")
    recorder.explain("The customer wrote meanwhile: nothing is sent, the text stays")
    number = next(
        it.number for it in app.context.store.tickets.values() if "scanners" in it.subject
    )
    await desk.execute(number, "tom@floor3.example", AddMessage("Gate 4 works again."))
    await recorder.press("ctrl+s", "Gate 4 works again", "PUBLIC", seconds=3)


async def _undo(recorder: Recorder) -> None:
    recorder.explain("ctrl+s sends; for five seconds z takes it back")
    await recorder.press("ctrl+s", "z undo", seconds=2)
    await recorder.press("z", "Taken back", seconds=2)
    await recorder.press("ctrl+s", "z undo", seconds=1.5)


async def _give_many(recorder: Recorder) -> None:
    recorder.explain("space marks; then any verb is for all that are marked")
    await recorder.press("q", "Dark mode", seconds=0.8)
    await recorder.press("g", seconds=0.3)
    await recorder.select("Invoice 4711 shows the wrong VAT")
    await recorder.press("space space", "2 marked", seconds=0.6)
    await recorder.press("j space", "3 marked", seconds=0.6)
    await recorder.press("a", "3 tickets", seconds=1)
    await recorder.write("ana")
    await recorder.press("enter", "3 tickets?", seconds=1.5)
    await recorder.press("y", "2 Unassigned 4", seconds=2.5)


async def _save_view(recorder: Recorder) -> None:
    recorder.explain("/ filters; ctrl+s keeps the filter as a tab, with a live count")
    await recorder.press("slash", seconds=0.5)
    await recorder.write("p:high,urgent sla:breached")
    await recorder.keep(" of 14", seconds=1)
    await recorder.press("ctrl+s", "Save as a view", seconds=0.8)
    await recorder.write("Hot")
    await recorder.press("enter", "for everybody", seconds=1)
    await recorder.press("down enter", "[6 Hot", "is saved", seconds=2.5)


def draw_session(frames: list[Frame]) -> str:
    """Returns the frames as one SVG that plays them."""
    return draw_animation(frames, SIZE[0])


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="deskwire-session-") as folder:
        frames = asyncio.run(record_session(Path(folder)))
    (DOCS / NAME).write_text(draw_session(frames))


if __name__ == "__main__":
    main()
