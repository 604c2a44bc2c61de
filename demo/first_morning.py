"""The first act: a morning's work, done over REST before anybody looks."""

import asyncio
from functools import partial
from typing import Final

from demo import opening_hours
from demo.company import COLLEAGUES, MEI, SUPERVISOR, YOU, Person
from demo.simulated_agents import Colleagues
from demo.simulated_customers import Customers
from demo.simulation_state import Troupe

_REPLIES: Final = 4
_SOLVED: Final = 2
"""What each colleague has done before the curtain rises."""
_ASLEEP: Final = 30
"""Seconds until one of the visitor's tickets wakes up."""


class Opening:
    """Who is there comes, and works."""

    def __init__(self, troupe: Troupe, customers: Customers, colleagues: Colleagues) -> None:
        self._troupe = troupe
        self._customers = customers
        self._colleagues = colleagues

    async def act(self) -> None:
        """Leaves a desk behind on which everybody has something to do, and some of it waits."""
        await self._fill_your_desk()
        there = [agent for agent in COLLEAGUES if agent is not MEI]
        await self._colleagues.go(MEI)
        await asyncio.gather(*(self._work(agent) for agent in there))
        self._leave_to_customers()
        await self._read_what_was()

    def _leave_to_customers(self) -> None:
        """What they will say to what was done."""
        for number, plot in self._troupe.plots.items():
            if plot.is_over:
                self._troupe.later(30, partial(self._customers.part, number))
            elif plot.said % 2:
                self._troupe.later(50, partial(self._customers.go_on, number))

    async def _fill_your_desk(self) -> None:
        """The supervisor has put some on it; one is begun, and one is put aside for a moment."""
        plots = self._troupe.plots
        fit = [
            number for number, plot in plots.items() if plot.story.category != opening_hours.TRADE
        ]
        begun, asleep, *others = self._troupe.dice.sample(fit, 4)
        you = await self._troupe.as_(YOU).get("/me") or {"id": None}
        for number in (asleep, *others):
            path = f"/tickets/{number}/assign"
            await self._troupe.as_(SUPERVISOR).post(path, user_id=you["id"])
        await self._troupe.as_(YOU).post(f"/tickets/{begun}/claim")
        await self._colleagues.reply(YOU, begun)
        await self._customers.go_on(begun)
        await self._colleagues.sleep_on(YOU, asleep, _ASLEEP)

    async def _work(self, agent: Person) -> None:
        await self._colleagues.come(agent)
        for _ in range(_SOLVED):
            await self._solve_one(agent)
        for _ in range(_REPLIES):
            await self._colleagues.do_something(agent)

    async def _solve_one(self, agent: Person) -> None:
        for ticket in (await self._colleagues.due(agent))[:1]:
            number = ticket["number"]
            plot = self._troupe.plots[number]
            while plot.said < len(plot.story.talk):
                await self._colleagues.reply(agent, number)
                await self._customers.go_on(number)
            await self._colleagues.resolve(agent, number)

    async def _read_what_was(self) -> None:
        """The visitor has read what was told before: what comes now is news."""
        you = self._troupe.as_(YOU)
        told = await you.get("/notifications?limit=1")
        for newest in told["items"] if told else []:
            await you.post("/notifications/read", up_to=newest["id"])
