"""The demo from curtain to curtain: founding, first act, life, and nothing left behind."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp
from msgspec import Struct
from msgspec.structs import replace

from demo import environment, escalation_bot, scheduled_scenes
from demo.agent_breaks import Breaks
from demo.company import ADMIN, COLLEAGUES, CUSTOMERS, SUPERVISOR, YOU
from demo.first_morning import Opening
from demo.organization_setup import Founded, close_desk, open_desk
from demo.simulated_agents import Colleagues
from demo.simulated_customers import Customers
from demo.simulation_state import Troupe
from demo.stories import Deck
from server.settings import Settings

_KILLED = 1
_RECOVERY: Final = 5.0
"""Seconds until a part of the demo that failed goes on."""
Say = Callable[[str], None]
Part = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)


class _ServerEnded(Exception):
    """The demo's server has ended, and the demo has not asked it to."""


class Scene(Struct, frozen=True):
    """A desk that lives."""

    http: str
    founded: Founded
    place: Path
    server_end: asyncio.Task[str]


async def play(settings: Settings, say: Say, complain: Say, *, headless: bool) -> int:
    """Plays until the workstation leaves, or until interrupted; answers the exit code.

    `complain` says why it ended, where nobody asked it to.
    """
    _end_on_signals()
    try:
        if not headless:
            say("Filling a desk with live customers ...")
        async with _scene(settings) as scene:
            if headless:
                for line in _programme(scene):
                    say(line)
                return await _unless_ended(scene, _stay())
            _log_to(scene.place / "demo.log")
            return await _unless_ended(scene, environment.workstation(_signed_in(scene)))
    except asyncio.CancelledError:
        return 0  # told to end, and everything has ended
    except (environment.Killed, _ServerEnded) as cause:
        complain(str(cause))
        return _KILLED


async def _unless_ended(scene: Scene, work: Coroutine[Any, Any, int]) -> int:
    """Returns what the work does; a server that ends before breaks it off. Raises _ServerEnded."""
    working = asyncio.create_task(work)
    try:
        await asyncio.wait({working, scene.server_end}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise _ServerEnded(await scene.server_end)
        return await working
    finally:
        if not working.done():
            working.cancel()
            await asyncio.wait({working})


async def _stay() -> int:
    """Serves until cancelled."""
    await asyncio.Event().wait()
    return 0


def _end_on_signals() -> None:
    """Whoever interrupts the demo cancels it, so that every block ends what it began."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)


@asynccontextmanager
async def _scene(settings: Settings) -> AsyncIterator[Scene]:
    dice = Random()  # noqa: S311 - chance, no secret
    stories = Deck(dice)
    async with environment.folder() as place, aiohttp.ClientSession() as web:
        stays, settings = settings.database, _placed(settings, place)
        async with _leaving_nothing(stays) as began, environment.server(settings, place) as served:
            founded = await open_desk(settings.database, stories, dice, began)
            http = await served.address
            troupe = Troupe(web, http, founded, dice)
            async with escalation_bot.employed(troupe), _alive(troupe, stories):
                yield Scene(http, founded, place, served.end)


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
async def _alive(troupe: Troupe, stories: Deck) -> AsyncIterator[None]:
    """The first act is over when the block begins, and life ends with it."""
    customers, colleagues = Customers(troupe, stories), Colleagues(troupe)
    await Opening(troupe, customers, colleagues).act()
    life = asyncio.create_task(live(troupe, customers, colleagues))
    try:
        yield
    finally:
        life.cancel()
        troupe.forget()
        with suppress(asyncio.CancelledError):
            await life


async def live(troupe: Troupe, customers: Customers, colleagues: Colleagues) -> None:
    """Plays until it is cancelled; a part that fails goes on after a moment."""
    breaks = Breaks(troupe, colleagues)
    parts: list[Part] = [customers.arrive, customers.listen]
    for colleague in COLLEAGUES:
        parts += [partial(colleagues.work, colleague), partial(breaks.keep, colleague)]
    async with asyncio.TaskGroup() as group:
        group.create_task(_play_once(partial(scheduled_scenes.play, customers, colleagues)))
        for part in parts:
            group.create_task(_play_on(part))


async def _play_on(part: Part) -> None:
    while True:
        await _play_once(part)
        await asyncio.sleep(_RECOVERY)


async def _play_once(part: Part) -> None:
    """Plays a part to its end. A failure is logged: one must not end all the others."""
    try:
        await part()
    except Exception:
        log.exception("a part of the demo failed")


def _log_to(file: Path) -> None:
    """Keeps log lines off the terminal: the workstation draws there."""
    logging.basicConfig(filename=file, force=True)


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
