"""Runs the demo from start to end: setup, first morning, simulation, and removal."""

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
from demo.agent_breaks import AgentBreaks
from demo.company import ADMIN, COLLEAGUES, CUSTOMERS, SUPERVISOR, VISITOR
from demo.customer_link import find_page_to_show
from demo.customer_mailboxes import CustomerMailboxes
from demo.customer_mails import AUTHSERV_ID, INBOX, CustomerMails
from demo.first_morning import FirstMorning
from demo.mail_delivery import MailDelivery
from demo.mail_scenes import MailScenes
from demo.organization_setup import DemoDesk, create_demo_desk, remove_demo_desk
from demo.page_visits import PageVisits
from demo.simulated_agents import SimulatedAgents
from demo.simulated_customers import SimulatedCustomers
from demo.simulation_state import SimulationState
from demo.stories import StoryDeck
from server.settings import Settings

_FAILURE_CODE = 1
_RETRY_SECONDS: Final = 5.0
"""Seconds until a part of the demo that failed continues."""
_SENDER: Final = f"Kettle & Crane <{INBOX}>"
_MAIL_LISTEN: Final = "lmtp://127.0.0.1:0"
PrintLine = Callable[[str], None]
SimulationPart = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)


class _ServerEnded(Exception):
    """The demo's server has ended unexpectedly."""


class RunningDemo(Struct, frozen=True):
    """A running demo."""

    http: str
    founded: DemoDesk
    place: Path
    server_end: asyncio.Task[str]
    customer_page: str | None
    """The address of a customer's page."""


async def run_demo(
    settings: Settings, say: PrintLine, complain: PrintLine, *, headless: bool
) -> int:
    """Runs the demo until the workstation ends or it is interrupted. Returns the exit code.

    `complain` prints the reason of an unexpected end.
    """
    _cancel_on_signals()
    try:
        if not headless:
            say("Filling a desk with live customers ...")
        async with _open_demo(settings) as scene:
            if headless:
                for line in _headless_lines(scene):
                    say(line)
                return await _run_until_server_ends(scene, _wait_forever())
            if scene.customer_page:
                say(f"A customer's page: {scene.customer_page}")
            _log_to_file(scene.place / "demo.log")
            return await _run_until_server_ends(
                scene, environment.run_workstation(_workstation_environment(scene))
            )
    except asyncio.CancelledError:
        return 0  # told to end, and everything has ended
    except (environment.WorkstationKilled, _ServerEnded) as cause:
        complain(str(cause))
        return _FAILURE_CODE


async def _run_until_server_ends(scene: RunningDemo, work: Coroutine[Any, Any, int]) -> int:
    """Awaits the work and returns its result. Raises _ServerEnded if the server ends first."""
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


async def _wait_forever() -> int:
    """Serves until cancelled."""
    await asyncio.Event().wait()
    return 0


def _cancel_on_signals() -> None:
    """Cancels the demo on a signal, so that every block cleans up."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)


@asynccontextmanager
async def _open_demo(wish: Settings) -> AsyncIterator[RunningDemo]:
    dice = Random()  # noqa: S311 - chance, no secret
    stories = StoryDeck(dice)
    async with (
        environment.open_temporary_folder() as place,
        aiohttp.ClientSession() as web,
        _open_mailboxes(wish) as (mailboxes, relayed),
    ):
        stays, settings = wish.database, _with_database_url(relayed, place)
        async with (
            _remove_desk_afterwards(stays) as began,
            environment.run_demo_server(settings, place) as served,
        ):
            founded = await create_demo_desk(settings.database, stories, dice, began)
            addresses = await served.addresses
            http = addresses.http
            state = SimulationState(web, http, founded, dice)
            mails = CustomerMails(state, MailDelivery(addresses.mail).deliver, mailboxes)
            customers = SimulatedCustomers(state, stories, mails)
            async with (
                escalation_bot.run_escalation_bot(state),
                _simulate_in_background(state, founded, customers, mails),
            ):
                customers.pages = PageVisits(web, mailboxes)
                page = await find_page_to_show(state, founded, settings.public_url or http)
                yield RunningDemo(http, founded, place, served.end, page)


@asynccontextmanager
async def _remove_desk_afterwards(url: str) -> AsyncIterator[list[int]]:
    """Removes the demo's organization after the block. `url` is empty for a temporary database."""
    began: list[int] = []
    try:
        yield began
    finally:
        for org_id in began if url else []:
            await remove_demo_desk(url, org_id)


@asynccontextmanager
async def _open_mailboxes(settings: Settings) -> AsyncIterator[tuple[CustomerMailboxes, Settings]]:
    """Yields the customers' mailboxes, and the settings with which the desk's mails go there.

    Where the settings have a relay the mails go to that, and no mailbox gets any.
    """
    mailboxes = CustomerMailboxes()
    if settings.smtp_url:
        yield mailboxes, settings
        return
    try:
        url = await mailboxes.open()
        yield mailboxes, replace(settings, smtp_url=url, mail_from=settings.mail_from or _SENDER)
    finally:
        mailboxes.close()


@asynccontextmanager
async def _simulate_in_background(
    state: SimulationState,
    founded: DemoDesk,
    customers: SimulatedCustomers,
    mails: CustomerMails,
) -> AsyncIterator[None]:
    """Plays the first morning, then runs the simulation during the block."""
    colleagues = SimulatedAgents(state)
    await mails.open_inbox()
    await FirstMorning(state, customers, colleagues).run_morning()
    life = asyncio.create_task(
        run_simulation(
            state, customers, colleagues, MailScenes(state, founded, customers, colleagues, mails)
        )
    )
    try:
        yield
    finally:
        life.cancel()
        state.cancel_pending()
        with suppress(asyncio.CancelledError):
            await life


async def run_simulation(
    state: SimulationState,
    customers: SimulatedCustomers,
    colleagues: SimulatedAgents,
    mail_scenes: MailScenes | None = None,
) -> None:
    """Runs the simulation until it is cancelled. A part that fails continues after a pause."""
    breaks = AgentBreaks(state, colleagues)
    parts: list[SimulationPart] = [customers.arrive, customers.follow_events]
    for colleague in COLLEAGUES:
        parts += [
            partial(colleagues.work_continuously, colleague),
            partial(breaks.repeat_breaks, colleague),
        ]
    async with asyncio.TaskGroup() as group:
        group.create_task(
            _run_part(
                partial(scheduled_scenes.run_scheduled_scenes, customers, colleagues, mail_scenes)
            )
        )
        for part in parts:
            group.create_task(_repeat_part(part))


async def _repeat_part(part: SimulationPart) -> None:
    while True:
        await _run_part(part)
        await asyncio.sleep(_RETRY_SECONDS)


async def _run_part(part: SimulationPart) -> None:
    """Runs a part to its end. A failure is logged, so that the other parts continue."""
    try:
        await part()
    except Exception:
        log.exception("a part of the demo failed")


def _log_to_file(file: Path) -> None:
    """Writes the log to a file: the workstation draws on the terminal."""
    logging.basicConfig(filename=file, force=True)


def _with_database_url(settings: Settings, place: Path) -> Settings:
    return replace(
        settings,
        database=settings.database or f"sqlite:///{place}/desk.db",
        mail_authserv_id=settings.mail_authserv_id or AUTHSERV_ID,
        mail_listen=settings.mail_listen or _MAIL_LISTEN,
    )


def _workstation_environment(scene: RunningDemo) -> dict[str, str]:
    """Returns the workstation's environment, with its state in the temporary folder."""
    return {
        "DESKWIRE_SERVER": scene.http,
        "DESKWIRE_ORG": str(scene.founded.org_id),
        "DESKWIRE_EMAIL": VISITOR.email,
        "DESKWIRE_PASSWORD": scene.founded.password,
        "XDG_STATE_HOME": str(scene.place / "state"),
    }


def _headless_lines(scene: RunningDemo) -> Iterator[str]:
    """Yields the REST address, the people who can sign in, and a customer's page."""
    yield scene.http
    yield f"organization {scene.founded.org_id}"
    for person in (ADMIN, SUPERVISOR, VISITOR, *COLLEAGUES, *CUSTOMERS):
        yield f"{person.role:<12}{person.email:<28}{scene.founded.password}"
    if scene.customer_page:
        yield f"page {scene.customer_page}"
