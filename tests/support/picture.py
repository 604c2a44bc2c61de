"""The screenshots in the documentation: the real program on a real server.

`python -m tests.support.picture` draws them again, into `docs/`.
"""

import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import patch

from aiohttp import web
from textual.pilot import Pilot

from common.accounts import CreateUser
from common.organization import Assignment, AssignmentMode, OrganizationSettings
from common.people import Actor, Presence, Role
from common.tickets.registry import AnyCommand
from common.tickets.replying import AddMessage, MessageKind
from server.app import Server
from server.clock import utc_now
from server.desk.people import accounts
from server.desk.routing import presence_changes
from server.desk.tickets import ticket_commands, ticket_creation
from server.provisioning import provision_organization
from server.settings import Settings
from server.storage.connect import open_database
from server.storage.queries.person.people import Person
from tests.support.desk import HASH, PASSWORD
from tests.support.pages import DOCS
from tests.support.picture_stories import (
    AGENTS,
    ANA,
    BO,
    CUSTOMERS,
    MIA,
    STORIES,
    Story,
    past_stories,
)
from tests.support.waiting import PATIENCE
from tui.shell.app import Deskwire

ORG: Final = 4821
SIZE: Final = (120, 26)
DAYS: Final = 29
NAMES: Final = {"queue": "screen.svg", "ticket": "ticket.svg"} | {
    name: f"{name}.svg" for name in ("report", "wallboard")
}
"""The file of each picture; the queue's is the one in the README."""


class PictureDesk:
    """A server of this process, with a clock that runs through the stories and ends now."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(
            Settings(rate_limit=0), open_database(f"sqlite:///{folder}/desk.db"), self.clock
        )
        self.behind = timedelta()
        self._runner = web.AppRunner(self.server.web, access_log=None)
        self._is_stopped = False
        self.address = ""
        self.people: dict[str, Actor] = {}

    def clock(self) -> datetime:
        return utc_now() - self.behind

    async def serve(self) -> None:
        """Serves the desk, at an address of its own."""
        await self.server.start("tcp://127.0.0.1:0")
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = "http://{}:{}".format(*self._runner.addresses[0][:2])

    async def stop(self) -> None:
        """Ends the server; nothing answers any more."""
        if not self._is_stopped:
            self._is_stopped = True
            await self._runner.cleanup()
            await self.server.close()

    async def provision(self, days: int) -> None:
        """Creates the organization and everybody in it, so many days ago."""
        self.behind = timedelta(days=days + 2)
        settings = OrganizationSettings(name="Acme", assignment=Assignment(AssignmentMode.MANUAL))
        made = await provision_organization(
            self.server.database, self.clock, settings, ORG, "admin@acme.example", HASH
        )
        self.people["admin"] = _as_actor(made.admin)
        roles = dict.fromkeys(AGENTS, Role.AGENT) | {MIA: Role.SUPERVISOR}
        roles |= dict.fromkeys(CUSTOMERS, Role.CUSTOMER)
        for email, name in (AGENTS | CUSTOMERS).items():
            await self._add_person(CreateUser(email=email, name=name, role=roles[email]))

    async def _add_person(self, command: CreateUser) -> None:
        person = await self.server.desk.write(
            self.people["admin"], lambda work: accounts.create_user(work, command, HASH)
        )
        self.people[person.email] = _as_actor(person)

    async def play(self, stories: list[Story]) -> None:
        """Plays every step of every story in the order of time, then returns to the present."""
        numbers: dict[int, int] = {}
        for minutes_ago, who, index, command in sorted(_list_steps(stories), key=lambda it: -it[0]):
            self.behind = timedelta(minutes=minutes_ago)
            if command is None:
                numbers[index] = await self.file_story(stories[index])
            else:
                await self.execute(numbers[index], who, command)
        self.behind = timedelta()
        await self.server.timekeeper.run_due_work()

    async def file_story(self, story: Story) -> int:
        """Files a story's ticket now, and returns its number."""
        ticket = await self.server.desk.write(
            self.people[story.customer],
            lambda work: ticket_creation.create_ticket(work, story.filed),
        )
        return ticket.number

    async def execute(self, number: int, who: str, command: AnyCommand) -> None:
        await self.server.desk.write(
            self.people[who],
            lambda work: ticket_commands.execute_command(work, number, command),
        )

    async def set_presence(self, who: str, state: Presence) -> None:
        actor = self.people[who]
        await self.server.desk.write(
            actor, lambda work: presence_changes.change_presence(work, actor.id or 0, state)
        )


def _as_actor(person: Person) -> Actor:
    return Actor(person.org_id, person.role, person.id, person.name, person.email)


def _list_steps(stories: list[Story]) -> Iterator[tuple[float, str, int, AnyCommand | None]]:
    for index, story in enumerate(stories):
        yield story.minutes_ago, story.customer, index, None
        for step in story.steps:
            yield step.minutes_ago, step.who, index, step.command


@asynccontextmanager
async def serve_desk(folder: Path, days: int) -> AsyncIterator[PictureDesk]:
    """A served desk on which the stories have been played."""
    desk = PictureDesk(folder)
    try:
        await desk.serve()
        await desk.provision(days)
        await desk.play([*past_stories(days), *STORIES])
        await desk.set_presence(BO, Presence.AVAILABLE)
        await desk.set_presence(MIA, Presence.BUSY)
        yield desk
    finally:
        await desk.stop()


async def draw_pictures(folder: Path, days: int = DAYS) -> dict[str, str]:
    """Returns each picture's name and SVG, each once everything is on it."""
    at_home = patch.dict(os.environ, XDG_STATE_HOME=str(folder))
    with at_home:
        async with serve_desk(folder, days) as desk:
            pictures = await _photograph(desk)
    return {name: remove_fonts(svg) for name, svg in pictures.items()}


@asynccontextmanager
async def _sit_down(desk: PictureDesk, email: str) -> AsyncIterator["Camera"]:
    values = {"server": desk.address, "org": str(ORG), "email": email, "password": PASSWORD}
    app = Deskwire(values)
    async with app.run_test(size=SIZE) as pilot:
        camera = Camera(app, pilot)
        await camera.wait_for("LIVE", "Dark mode")
        yield camera


class Camera:
    """One agent's workstation, and the pictures taken of it."""

    def __init__(self, app: Deskwire, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.pictures: dict[str, str] = {}

    async def shoot(self, name: str, keys: str, *parts: str) -> None:
        """Presses the keys, waits for all parts on the screen, and takes the picture."""
        await self.pilot.press(*keys.split())
        await self.wait_for(*parts)
        self.pictures[name] = self.app.export_screenshot(title="deskwire")

    async def select(self, subject: str) -> int:
        """Moves the cursor to a ticket and returns its number."""
        while True:
            ticket = self.app.queue.target_ticket
            if ticket and ticket.subject == subject:
                return ticket.number
            await self.pilot.press("j")

    async def wait_for(self, *parts: str) -> None:
        end = time.monotonic() + PATIENCE
        while not all(part in (text := self._read_screen()) for part in parts):
            if time.monotonic() > end:
                raise TimeoutError(f"{parts} did not come:\n{text}")
            await self.pilot.pause(0.02)

    def _read_screen(self) -> str:
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)


async def _photograph(desk: PictureDesk) -> dict[str, str]:
    async with _sit_down(desk, ANA) as ana:
        await ana.select("Cannot log in after password reset")
        # A colleague writes while the agent looks: that is what ● is for.
        numbers = {found.subject: found.number for found in ana.app.context.store.tickets.values()}
        note = AddMessage("The smoke alarm has been reset.", MessageKind.NOTE)
        await desk.execute(numbers["Printer on floor 3 smokes"], MIA, note)
        await ana.shoot("queue", "", "if that helps", "●")
        await ana.shoot("ticket", "enter", "Token clock skew", "if that helps")
    async with _sit_down(desk, MIA) as mia:
        await mia.shoot("report", "f3", "Backlog", "Response, median", "by day")
        await mia.shoot("wallboard", "w", "Unassigned", "Available")
    return ana.pictures | mia.pictures


def remove_fonts(svg: str) -> str:
    """The picture without the fonts that it would fetch: any monospaced one will do."""
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="deskwire-picture-") as folder:
        for name, svg in asyncio.run(draw_pictures(Path(folder))).items():
            (DOCS / NAMES[name]).write_text(svg)


if __name__ == "__main__":
    main()
