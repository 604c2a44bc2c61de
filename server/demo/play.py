"""The demo from curtain to curtain: founding, first act, life, and nothing left behind."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import aiohttp
from msgspec import Struct
from msgspec.structs import replace

from server.demo import bot, cues, stage
from server.demo.breaks import Breaks
from server.demo.colleagues import Colleagues
from server.demo.company import ADMIN, COLLEAGUES, CUSTOMERS, SUPERVISOR, YOU
from server.demo.customers import Customers
from server.demo.founding import Founded, close_desk, open_desk
from server.demo.opening import Opening
from server.demo.stories import Story, deck
from server.demo.troupe import Troupe
from server.settings import Settings

_KILLED = 1
Say = Callable[[str], None]


class Scene(Struct, frozen=True):
    """A desk that lives."""

    http: str
    founded: Founded
    place: Path


async def play(settings: Settings, say: Say, *, headless: bool) -> int:
    """Plays until the workstation leaves, or until interrupted; answers the exit code."""
    _end_on_signals()
    try:
        if not headless:
            say("Filling a desk with live customers ...")
        async with _scene(settings) as scene:
            if not headless:
                return await stage.workstation(_signed_in(scene))
            for line in _programme(scene):
                say(line)
            await asyncio.Event().wait()
            return 0
    except asyncio.CancelledError:
        return 0  # told to end, and everything has ended
    except stage.Killed:
        return _KILLED


def _end_on_signals() -> None:
    """Whoever interrupts the demo cancels it, so that every block ends what it began."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)


@asynccontextmanager
async def _scene(settings: Settings) -> AsyncIterator[Scene]:
    dice = Random()  # noqa: S311 - chance, no secret
    stories = deck(dice)
    async with stage.folder() as place, aiohttp.ClientSession() as web:
        stays, settings = settings.database, _placed(settings, place)
        async with _leaving_nothing(stays) as began, stage.server(settings, place) as ready:
            founded = await open_desk(settings.database, stories, dice, began)
            http = await ready
            troupe = Troupe(web, http, founded, dice)
            async with bot.employed(troupe), _alive(troupe, stories):
                yield Scene(http, founded, place)


@asynccontextmanager
async def _leaving_nothing(url: str) -> AsyncIterator[list[int]]:
    """Takes what was begun in the block out of a database that stays; `url` empty: none does."""
    began: list[int] = []
    try:
        yield began
    finally:
        for org_id in began if url else []:
            await close_desk(url, org_id)


@asynccontextmanager
async def _alive(troupe: Troupe, stories: Iterator[Story]) -> AsyncIterator[None]:
    """The first act is over when the block begins, and life ends with it."""
    customers, colleagues = Customers(troupe, stories), Colleagues(troupe)
    await Opening(troupe, customers, colleagues).act()
    life = asyncio.create_task(_live(troupe, customers, colleagues))
    try:
        yield
    finally:
        life.cancel()
        troupe.forget()
        with suppress(asyncio.CancelledError):
            await life


async def _live(troupe: Troupe, customers: Customers, colleagues: Colleagues) -> None:
    """Goes on until it is cancelled."""
    breaks = Breaks(troupe, colleagues)
    async with asyncio.TaskGroup() as group:
        group.create_task(customers.arrive())
        group.create_task(customers.listen())
        group.create_task(cues.play(customers, colleagues))
        for colleague in COLLEAGUES:
            group.create_task(colleagues.work(colleague))
            group.create_task(breaks.keep(colleague))


def _placed(settings: Settings, place: Path) -> Settings:
    return replace(settings, database=settings.database or f"sqlite:///{place}/desk.db")


def _signed_in(scene: Scene) -> dict[str, str]:
    """What the workstation reads; what it would keep goes with the rest."""
    return {
        "DESKWIRE_SERVER": scene.http,
        "DESKWIRE_ORG": str(scene.founded.org_id),
        "DESKWIRE_EMAIL": YOU.email,
        "DESKWIRE_PASSWORD": scene.founded.password,
        "XDG_STATE_HOME": str(scene.place / "state"),
    }


def _programme(scene: Scene) -> Iterator[str]:
    """The REST address alone, then who can sign in."""
    yield scene.http
    yield f"organization {scene.founded.org_id}"
    for person in (ADMIN, SUPERVISOR, YOU, *COLLEAGUES, *CUSTOMERS):
        yield f"{person.role:<12}{person.email:<28}{scene.founded.password}"
