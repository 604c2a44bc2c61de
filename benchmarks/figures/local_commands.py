"""Commands that are done at once: on the screen over a slow line, and after a time offline."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import child, seeding
from benchmarks.desk_process import ORG, PASSWORD, Desk, desk
from benchmarks.load import percentile
from benchmarks.result import Result
from benchmarks.terminal import Screen, workstation
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority
from tui.model.outbox import NewCommand, Outbox
from tui.model.outbox_file import OutboxFile
from tui.model.store import Store
from tui.network.client import Client
from tui.network.command_sender import CommandSender
from tui.network.feed import ConnectionPhase, ConnectionState, Feed

AGENT = "agent-0@bench.example"
TICKETS, VERBS, DELAY_MS = 500, 60, 300
PAINTED_MS, EQUAL_MS = 30, 1000
FIRST_ROW: Final = seeding.SUBJECT.partition(" {")[0]
ROUNDS: Final = 3


def verb_to_paint(folder: Path) -> Iterator[Result]:
    with (
        desk(folder / "desk.db", seeding.open_tickets(TICKETS)) as ours,
        _delayed(ours.http) as http,
    ):
        ours.people("agent", 1)
        with workstation(http, AGENT, folder) as screen:
            screen.wait_for(FIRST_ROW)
            screen.wait_for("LIVE")
            screen.watch(2)
            waits = list(_claim_tickets(screen))
    yield Result(
        figure=f"verb to its effect on the screen, REST takes {DELAY_MS} ms: p95",
        ours=f"median {median(waits):.0f} ms",
        value=percentile(waits, 95),
        limit=PAINTED_MS,
        unit="ms",
    )


@contextmanager
def _delayed(url: str) -> Iterator[str]:
    with child.running("benchmarks.delaying_proxy", url, str(DELAY_MS)) as proxy:
        yield child.line(proxy)["http"]


def _claim_tickets(screen: Screen) -> Iterator[float]:
    """Claims one ticket after another, at times that keep no step with frames and answers."""
    chance = random.Random(4821)  # noqa: S311 - no secret
    for _ in range(VERBS):
        start = screen.press("c")
        yield (screen.wait_for("in prog") - start) * 1000
        screen.watch(chance.uniform(0, 0.5))
        screen.press("j")
        screen.watch(chance.uniform(0.05, 0.15))


def after_offline(folder: Path) -> Iterator[Result]:
    waits, sent = [], 0
    for index in range(ROUNDS):
        path = folder / str(index)
        path.mkdir()
        with desk(path / "desk.db", seeding.open_tickets(2 * TICKETS)) as ours:
            ours.people("agent", 1)
            took, sent = asyncio.run(_measure_return(ours, path))
            waits.append(took)
    yield Result(
        figure=f"{sent} own commands and {TICKETS} events of others after offline: equal",
        ours=f"worst {max(waits):.0f} ms",
        value=median(waits),
        limit=EQUAL_MS,
        unit="ms",
    )


class _Workstation:
    """A workstation without its screen."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client, self.store = client, Store()
        file = OutboxFile(client.server_url, ORG, 1, folder)
        self.outbox = Outbox(self.store, file, timedelta(0))
        self.outbox.open()
        self.changed = asyncio.Event()
        self.store.subscribe(lambda _change: self.changed.set())
        self._is_whole = False

    @property
    def is_settled(self) -> bool:
        return len(self.outbox.pending) == 0

    @property
    def is_loaded(self) -> bool:
        return len(self.store.tickets) == 2 * TICKETS

    async def follow(self, is_done: Callable[[], bool]) -> None:
        """Is online until it is live, and this is so."""
        sender = CommandSender(self.client, self.outbox, self.store, lambda _result: None)
        self.outbox.on_change = sender.look_again
        live = asyncio.Event()

        def note(state: ConnectionState) -> None:
            is_live = state.connection is ConnectionPhase.LIVE
            sender.set_live(is_live=is_live)
            if is_live:
                live.set()

        feed = Feed(self.client, self.store, note)
        feed._is_whole = self._is_whole  # noqa: SLF001 - as after a lost connection
        running = [asyncio.create_task(feed.run()), asyncio.create_task(sender.run())]
        await live.wait()
        while not is_done():
            self.changed.clear()
            await self.changed.wait()
        self._is_whole = True
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _measure_return(ours: Desk, folder: Path) -> tuple[float, int]:
    """Returns the milliseconds until a client that was away is equal to the server."""
    async with Client(ours.http, ORG) as client, Client(ours.http, ORG) as other:
        await client.sign_in(AGENT, PASSWORD)
        await other.sign_in(AGENT, PASSWORD)
        station = _Workstation(client, folder)
        await station.follow(lambda: station.is_loaded)
        made = station.outbox.submit([_make_command(number) for number in range(1, TICKETS + 1)])
        await asyncio.to_thread(_act_as_others, ours)
        start = time.perf_counter()
        await station.follow(lambda: station.is_settled)
        took = (time.perf_counter() - start) * 1000
        await _check_equal(station, _Workstation(other, folder))
        return took, len(made.made)


def _make_command(number: int) -> NewCommand:
    kinds: list[Command] = [
        ClaimTicket(),
        EditTicket(priority=Priority.HIGH),
        EditTicket(tags=("offline",)),
        AddMessage(body="Written on a train.", kind=MessageKind.NOTE),
    ]
    return NewCommand(number=number, command=kinds[number % len(kinds)], done="")


def _act_as_others(ours: Desk) -> None:
    """Changes every second ticket, half of them those of the agent, too."""
    admin = ours.admin()
    for number in range(2, 2 * TICKETS + 1, 2):
        admin.patch(f"/tickets/{number}", {"subject": "Changed meanwhile"})


async def _check_equal(station: _Workstation, fresh: _Workstation) -> None:
    await fresh.follow(lambda: fresh.is_loaded)
    ours, theirs = station.store, fresh.store
    while ours.seq != theirs.seq:  # the server goes on: it warns of tickets that wait
        await station.follow(lambda: ours.seq >= theirs.seq)
        await fresh.follow(lambda: theirs.seq >= ours.seq)
    if ours.tickets != theirs.tickets or ours.queue_counts != theirs.queue_counts:
        raise RuntimeError("the client is not equal to the server")
    if station.outbox.pending.refused:
        raise RuntimeError("a command was refused that others had left alone")
