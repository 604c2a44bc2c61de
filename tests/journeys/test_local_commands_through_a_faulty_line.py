"""Commands made at once arrive once and in order, over a line that fails in every way."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from tests.support.desk import Org
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.feed_client import FeedClient
from tests.support.marks import on_sqlite
from tests.support.rest import Caller
from tui.model.outbox import NewCommand, Outbox
from tui.model.outbox_file import OutboxFile
from tui.network.client import Client
from tui.network.command_sender import CommandSender
from tui.network.feed import ConnectionPhase

TICKETS = 6
ROUNDS = 40
EVERY_FAULT = [Fault.NONE, Fault.NONE, Fault.LOST, Fault.UNANSWERED, Fault.REPEATED]


class Workstation(FeedClient):
    """A workstation without a screen: feed, store, outbox and sender."""

    def __init__(self, client: Client, root: Path) -> None:
        super().__init__(client)
        file = OutboxFile(client.server_url, client.org_id, 1, root)
        self.outbox = Outbox(self.store, file, timedelta(0))
        self.outbox.open()
        self.sender = CommandSender(client, self.outbox, self.store, lambda _result: None)
        self.outbox.on_change = self.sender.look_again
        self.store.subscribe(lambda _change: self.sender.look_again())

    def follow_link(self) -> None:
        is_live = self.feed.state.connection is ConnectionPhase.LIVE
        self.sender.set_live(is_live=is_live)


@asynccontextmanager
async def working(client: Client, root: Path) -> AsyncIterator[Workstation]:
    """Runs a workstation, which is killed at the end of the block."""
    station = Workstation(client, root)
    take_state = station.feed._on_state

    def state_changed(state: object) -> None:
        take_state(state)  # type: ignore[arg-type]
        station.follow_link()

    station.feed._on_state = state_changed
    running = [asyncio.create_task(one) for one in (station.feed.run(), station.sender.run())]
    try:
        yield station
    finally:
        for one in running:
            one.cancel()
        await asyncio.wait(running)
        await client.close()
        station.outbox._file.close(is_empty=False)


def draw_command(draw: random.Random, written: int) -> Command:
    kind = draw.choice(list(MessageKind))
    verbs: list[Command] = [
        ClaimTicket(),
        ReleaseTicket(),
        EditTicket(priority=draw.choice(list(Priority))),
        EditTicket(tags=(f"t{draw.randrange(3)}",)),
        EditTicket(status=draw.choice([Status.RESOLVED, Status.IN_PROGRESS])),
        AddMessage(body=f"mine {written}", kind=kind),
        AddMessage(body=f"mine {written}", kind=kind),
    ]
    return draw.choice(verbs)


async def act_as_others(bo: Caller, draw: random.Random) -> None:
    number = 1 + draw.randrange(TICKETS)
    verbs = [
        lambda: bo.post(f"/tickets/{number}/claim", {}),
        lambda: bo.patch(f"/tickets/{number}", {"priority": draw.choice(["low", "urgent"])}),
        lambda: bo.post(f"/tickets/{number}/messages", {"body": "from Bo", "kind": "note"}),
    ]
    await draw.choice(verbs)()  # some are refused: that is their own affair


@on_sqlite
@pytest.mark.parametrize("seed", [2])
async def test_the_client_ends_equal_to_the_server(org: Org, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a test's luck, repeatable
    ana, bo = await org.agent("ana"), await org.agent("bo")
    for _ in range(TICKETS):
        await org.admin.file(customer_email="dora@example.org")
    proxy = FaultyProxy(org.desk.http, seed, delay=0.03)
    made: list[str] = []
    refused: list[str] = []
    async with proxy.running() as address:
        async with working(Client(address, org.id, ana.token), tmp_path) as first:
            await first.live()
            proxy.faults = EVERY_FAULT
            for step in range(ROUNDS):
                made += submit(first, draw, step)
                await act_as_others(bo, draw)
            refused += [one.pending.key for one in first.outbox.pending.refused]
        # It was killed with commands under way; the next one goes on with them.
        async with working(Client(address, org.id, ana.token), tmp_path) as second:
            await second.until(lambda: second.store.seq > 0)
            for step in range(ROUNDS, 2 * ROUNDS):
                made += submit(second, draw, step)
                await act_as_others(bo, draw)
            # The end: every answer comes again, but as late and as out of order as before.
            proxy.faults = [Fault.NONE]
            await second.until(lambda: not second.outbox.pending.waiting)
            newest = (await ana.events(0))[-1]["seq"]
            await second.until(lambda: second.store.seq == newest)
            await second.until(lambda: not list(second.outbox.pending))
            await equals_the_server(second, ana)
            refused = sorted({one.pending.key for one in second.outbox.pending.refused})
    assert {Fault.LOST, Fault.UNANSWERED, Fault.REPEATED} <= set(proxy.met)
    await check_messages(ana, made)
    assert set(refused) <= {key for key, _ in map(split_key, made)}


def split_key(line: str) -> tuple[str, str]:
    key, _, body = line.partition(" ")
    return key, body


def submit(station: Workstation, draw: random.Random, step: int) -> list[str]:
    """Makes a command; returns its key and, of a message, its text."""
    command = draw_command(draw, step)
    number = 1 + draw.randrange(TICKETS)
    submission = station.outbox.submit([NewCommand(number=number, command=command, done="")])
    body = command.body if isinstance(command, AddMessage) else ""
    return [f"{one.pending.key} {body}" for one in submission.made]


async def equals_the_server(station: Workstation, caller: Caller) -> None:
    for shown in station.store.tickets.values():
        told = await caller.ticket(shown.number)
        assignee = shown.assignee.id if shown.assignee else None
        assert assignee == (told["assignee"] or {}).get("id")
        assert [shown.status, shown.priority, list(shown.tags or ())] == [
            told[name] for name in ("status", "priority", "tags")
        ]
        assert (shown.version, shown.last_seq) == (told["version"], told["last_seq"])


async def check_messages(caller: Caller, made: list[str]) -> None:
    """Each message that was written is there once, in the order of its writing."""
    said: list[str] = []
    for number in range(1, TICKETS + 1):
        bodies = [it["body"] for it in await caller.everything(f"/tickets/{number}/messages")]
        own = [body for body in bodies if body.startswith("mine")]
        assert own == sorted(own, key=lambda body: int(body.split()[1]))
        said += own
    written = [body for _, body in map(split_key, made) if body]
    assert Counter(said) == Counter(written)
