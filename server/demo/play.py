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

from server.clock import utc_now
from server.demo import opening, stage
from server.demo.company import ADMIN, COLLEAGUES, CUSTOMERS, SUPERVISOR, YOU
from server.demo.founding import Founded, close_desk, open_desk
from server.demo.past import Past
from server.demo.stories import deck
from server.demo.traffic import Traffic
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
            past = Past(utc_now(), stories, dice)
            founded = await open_desk(settings.database, past.lines(), began)
            http = await ready
            traffic = Traffic(web, http, founded, stories, dice)
            await opening.act(traffic)
            async with _alive(traffic):
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
async def _alive(traffic: Traffic) -> AsyncIterator[None]:
    life = asyncio.create_task(traffic.run())
    try:
        yield
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life


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
