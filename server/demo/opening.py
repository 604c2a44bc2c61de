"""The first act: a queue that has been lived in, filed over REST before anybody looks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from server.demo.company import COLLEAGUES, SUPERVISOR, YOU, Person
from server.demo.traffic import Traffic


async def act(traffic: Traffic) -> None:
    """Files as many tickets as there are lots, and takes each as far as its lot says."""
    filed = await asyncio.gather(*(traffic.file() for _ in _LOTS))
    played = [(number, lot) for number, lot in zip(filed, _LOTS, strict=True) if number]
    traffic.dice.shuffle(played)
    await asyncio.gather(*(lot(traffic, number) for number, lot in played))


def _anybody(traffic: Traffic) -> Person:
    return traffic.dice.choice(COLLEAGUES)


async def _waits(_: Traffic, __: int) -> None:
    """Nobody has it yet."""


async def _asked(traffic: Traffic, number: int) -> None:
    agent = _anybody(traffic)
    await traffic.take(agent, number)
    await traffic.reply(agent, number)
    traffic.go_on_later(number)


async def _answered(traffic: Traffic, number: int) -> None:
    agent = _anybody(traffic)
    await traffic.take(agent, number)
    await traffic.reply(agent, number)
    await traffic.go_on(number)


async def _resolved(traffic: Traffic, number: int) -> None:
    agent = _anybody(traffic)
    await traffic.take(agent, number)
    for _ in range(len(traffic.plots[number].story.talk) // 2):
        await traffic.reply(agent, number)
        await traffic.go_on(number)
    await traffic.resolve(agent, number)


async def _closed(traffic: Traffic, number: int) -> None:
    await _resolved(traffic, number)
    await traffic.close(number)


async def _with_others(traffic: Traffic, number: int) -> None:
    """Waits for somebody who is neither the customer nor an agent."""
    agent = _anybody(traffic)
    await traffic.take(agent, number)
    await traffic.as_(agent).patch(f"/tickets/{number}", waiting_on="third_party")


async def _yours(traffic: Traffic, number: int) -> None:
    """The supervisor has a few for the visitor."""
    you = await traffic.as_(YOU).get("/me")
    if you is not None:
        path = f"/tickets/{number}/assign"
        await traffic.as_(SUPERVISOR).post(path, user_id=you["id"])


async def _yours_begun(traffic: Traffic, number: int) -> None:
    await traffic.take(YOU, number)
    await traffic.reply(YOU, number)
    await traffic.go_on(number)


_Lot = Callable[[Traffic, int], Awaitable[None]]
_LOTS: Final[tuple[_Lot, ...]] = (
    *(_waits,) * 14,
    *(_asked,) * 8,
    *(_answered,) * 6,
    *(_resolved,) * 4,
    *(_closed,) * 3,
    *(_with_others,) * 2,
    *(_yours,) * 2,
    _yours_begun,
)
