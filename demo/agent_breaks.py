"""Breaks: colleagues come and go, never two at once but for Mei, who begins with her lunch."""

import asyncio
from typing import Final

from demo.company import COLLEAGUES, MEI, Person
from demo.simulated_agents import Colleagues
from demo.simulation_state import Troupe

_LUNCH: Final = 100
"""Seconds that the one who knows the cafés is still away when somebody begins to look."""
_LOST: Final = 100
"""A lost terminal: one minute until its tickets go back, and some time to see that they have."""


class Breaks:
    """Who is away when."""

    def __init__(self, troupe: Troupe, colleagues: Colleagues) -> None:
        self._troupe = troupe
        self._colleagues = colleagues
        self._one = asyncio.Lock()

    async def keep(self, agent: Person) -> None:
        """Goes on until it is cancelled."""
        if agent is MEI:
            await asyncio.sleep(_LUNCH)
            await self._colleagues.catch_up(agent)
        else:
            await self._troupe.pause(12 + 60 * COLLEAGUES.index(agent))
        while True:
            async with self._one:
                await self._take(agent)
            await self._troupe.pause(150)

    async def _take(self, agent: Person) -> None:
        leave, seconds = self._troupe.dice.choice(
            (
                (self._colleagues.go, 40),
                (self._colleagues.go, 40),
                (self._colleagues.be_busy, 40),
                (self._colleagues.vanish, _LOST),
            )
        )
        await leave(agent)
        await self._troupe.pause(seconds)
        await self._colleagues.come(agent)
