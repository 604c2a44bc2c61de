"""`deskwire watch`: the log as lines of JSON, without a gap."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from common.people import Scope
from tests.support.desk import Org
from tests.support.deskwire_command import acting_as, deskwire
from tests.support.marks import on_sqlite
from tests.support.process import HOUSE
from tests.support.rest import Caller

pytestmark = on_sqlite


class Watcher:
    """A running `deskwire watch`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    async def take(self, count: int) -> list[dict[str, Any]]:
        """Returns the next events."""
        assert self.process.stdout is not None
        lines = [await asyncio.to_thread(self.process.stdout.readline) for _ in range(count)]
        return [msgspec.json.decode(line) for line in lines]


@asynccontextmanager
async def watching(caller: Caller, *arguments: str) -> AsyncIterator[Watcher]:
    process = subprocess.Popen(  # noqa: ASYNC220 - it only starts
        [sys.executable, "-m", "tui", "watch", *arguments],
        cwd=HOUSE,
        env={**os.environ, **acting_as(caller)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Watcher(process)
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.communicate)
    assert process.returncode == 130


async def test_the_log_comes_from_any_event_on_and_then_live(org: Org) -> None:
    customer = await org.customer()
    await customer.file()
    logged = await org.admin.events()
    async with watching(await org.agent(), "--after", "0") as watcher:
        assert await watcher.take(len(logged)) == logged
        before = (await org.admin.get("/queues")).json["seq"]
        await watcher.take(before - len(logged))
        await customer.file("Another")
        (event,) = await watcher.take(1)
        assert [event] == await org.admin.events(before)


async def test_types_and_tickets_narrow_what_is_printed(org: Org) -> None:
    customer = await org.customer()
    first, second = await customer.file(), await customer.file()
    for ticket in (first, second):
        await customer.write(ticket["number"])
    narrowed = ("--after", "0", "--type", "message.*", "--ticket", str(second["number"]))
    async with watching(await org.agent(), *narrowed) as watcher:
        (event,) = await watcher.take(1)
        assert (event["type"], event["ticket"]["number"]) == ("message.added", second["number"])


async def test_an_api_key_reads_the_log_too(org: Org) -> None:
    await (await org.customer()).file()
    key = await org.key(Scope.EVENTS_READ)
    async with watching(key, "--after", "0") as watcher:
        assert await watcher.take(2) == (await org.admin.events())[:2]


async def test_another_log_than_before_ends_it_with_a_code_of_its_own(org: Org) -> None:
    env = acting_as(await org.agent())
    done = await deskwire("watch", "--after", "1", "--epoch", "another", env=env)
    assert done.returncode == 7
    (line,) = done.stderr.splitlines()
    assert "replaced" in line
