"""The queue before password checks: short, and fair to every address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from common.errors import Unavailable
from server.fair_queue import FairQueue


class Work:
    """Callers of a queue of one slot, which are let in one after the other."""

    def __init__(self, limit: int) -> None:
        self.now = 0.0
        self.queue = FairQueue(1, limit, lambda: self.now)
        self.served: list[str] = []
        self.callers: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """The slot is taken while the block sends callers; afterwards all are served."""
        async with self.queue.hold_slot("held"):
            yield
        await asyncio.gather(*self.callers.values(), return_exceptions=True)

    async def send(self, name: str, address: str, *, is_familiar: bool = False) -> None:
        self.callers[name] = asyncio.create_task(self._ask(name, address, is_familiar=is_familiar))
        await asyncio.sleep(0)

    async def _ask(self, name: str, address: str, *, is_familiar: bool) -> None:
        async with self.queue.hold_slot(address, is_familiar=is_familiar):
            self.served.append(name)

    def refused(self) -> set[str]:
        done = {name: it for name, it in self.callers.items() if it.done() and not it.cancelled()}
        return {name for name, it in done.items() if isinstance(it.exception(), Unavailable)}


async def test_addresses_take_turns() -> None:
    work = Work(limit=10)
    async with work.held():
        for name in ("a1", "a2", "a3", "b1", "c1", "c2"):
            await work.send(name, name[0])

    assert work.served == ["a1", "b1", "c1", "a2", "c2", "a3"]


async def test_the_familiar_come_first() -> None:
    work = Work(limit=10)
    async with work.held():
        await work.send("a1", "a")
        await work.send("b1", "b", is_familiar=True)

    assert work.served == ["b1", "a1"]


async def test_a_full_queue_refuses_the_newest_of_the_address_that_has_most_in_it() -> None:
    work = Work(limit=4)
    async with work.held():
        for name in ("a1", "a2", "a3", "b1"):
            await work.send(name, name[0])
        await work.send("c1", "c")
        await work.send("a4", "a")

    assert work.refused() == {"a3", "a4"}
    assert work.served == ["a1", "b1", "c1", "a2"]


async def test_a_queue_full_of_single_callers_refuses_whoever_comes_unless_familiar() -> None:
    work = Work(limit=2)
    async with work.held():
        for name in ("a1", "b1", "c1"):
            await work.send(name, name[0])
        await work.send("d1", "d", is_familiar=True)
        await work.send("e1", "e", is_familiar=True)
        await work.send("f1", "f", is_familiar=True)

    assert work.refused() == {"a1", "b1", "c1", "f1"}
    assert work.served == ["d1", "e1"]


async def test_a_refusal_says_when_to_come_again() -> None:
    work = Work(limit=0)
    async with work.held():
        with pytest.raises(Unavailable) as refused:
            async with work.queue.hold_slot("a"):
                pass
    assert refused.value.retry_after > 0


async def test_whoever_goes_away_leaves_the_slot_to_others() -> None:
    work = Work(limit=4)
    async with work.held():
        for name in ("a1", "b1", "c1"):
            await work.send(name, name[0])
        work.callers["a1"].cancel()
        await asyncio.sleep(0)

    assert work.served == ["b1", "c1"]
    async with work.queue.hold_slot("d"):
        pass


async def test_a_slot_that_was_given_to_somebody_who_goes_away_is_given_on() -> None:
    work = Work(limit=4)
    async with work.queue.hold_slot("held"):
        await work.send("a1", "a")
        await work.send("b1", "b")
    work.callers["a1"].cancel()
    await asyncio.gather(*work.callers.values(), return_exceptions=True)

    assert work.served == ["b1"]
    async with work.queue.hold_slot("d"):
        pass


async def test_where_work_takes_long_fewer_may_wait_so_that_nobody_waits_long() -> None:
    work = Work(limit=30)
    for _ in range(20):
        async with work.queue.hold_slot("slow"):
            work.now += 0.5  # seconds that one check takes
    async with work.held():
        for number in range(10):
            await work.send(f"a{number}", f"address {number}")

    assert len(work.served) == 4  # two seconds of work
