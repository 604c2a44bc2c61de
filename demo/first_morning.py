"""The first morning: the agents' work over REST before the visitor sees the demo."""

import asyncio
from functools import partial
from typing import Final

from demo import opening_hours
from demo.company import COLLEAGUES, MEI, SUPERVISOR, VISITOR, DemoPerson
from demo.simulated_agents import SimulatedAgents
from demo.simulated_customers import SimulatedCustomers
from demo.simulation_state import SimulationState

_REPLIES: Final = 4
_RESOLUTIONS: Final = 2
"""The steps of each agent before the visitor sees the demo."""
_SNOOZE_SECONDS: Final = 30
"""Seconds until one of the visitor's tickets wakes up."""


class FirstMorning:
    """Lets the available agents start their work."""

    def __init__(
        self, state: SimulationState, customers: SimulatedCustomers, colleagues: SimulatedAgents
    ) -> None:
        self._state = state
        self._customers = customers
        self._colleagues = colleagues

    async def run_morning(self) -> None:
        """Plays the morning. Every agent has work afterwards, and some tickets wait."""
        await self._assign_visitor_tickets()
        there = [agent for agent in COLLEAGUES if agent is not MEI]
        await self._colleagues.go_away(MEI)
        await asyncio.gather(*(self._work_morning(agent) for agent in there))
        self._schedule_customer_replies()
        await self._mark_notifications_read()

    def _schedule_customer_replies(self) -> None:
        """Schedules the customers' answers to what was done."""
        for number, live in self._state.live_tickets.items():
            if live.is_over:
                self._state.run_later(30, partial(self._customers.react_to_resolution, number))
            elif live.said % 2:
                self._state.run_later(50, partial(self._customers.continue_story, number))

    async def _assign_visitor_tickets(self) -> None:
        """Gives the visitor tickets: some assigned, one in progress, one snoozed."""
        live_tickets = self._state.live_tickets
        fit = [
            number
            for number, live in live_tickets.items()
            if live.story.category != opening_hours.WHOLESALE_CATEGORY
        ]
        begun, asleep, *others = self._state.dice.sample(fit, 4)
        you = await self._state.caller_for(VISITOR).get("/me") or {"id": None}
        for number in (asleep, *others):
            path = f"/tickets/{number}/assign"
            await self._state.caller_for(SUPERVISOR).post(path, user_id=you["id"])
        await self._state.caller_for(VISITOR).post(f"/tickets/{begun}/claim")
        await self._colleagues.send_reply(VISITOR, begun)
        await self._customers.continue_story(begun)
        await self._colleagues.snooze_ticket(VISITOR, asleep, _SNOOZE_SECONDS)

    async def _work_morning(self, agent: DemoPerson) -> None:
        await self._colleagues.go_online(agent)
        for _ in range(_RESOLUTIONS):
            await self._resolve_one_ticket(agent)
        for _ in range(_REPLIES):
            await self._colleagues.work_next_ticket(agent)

    async def _resolve_one_ticket(self, agent: DemoPerson) -> None:
        for ticket in (await self._colleagues.find_actionable_tickets(agent))[:1]:
            number = ticket["number"]
            live = self._state.live_tickets[number]
            while live.said < len(live.story.talk):
                await self._colleagues.send_reply(agent, number)
                await self._customers.continue_story(number)
            await self._colleagues.resolve_ticket(agent, number)

    async def _mark_notifications_read(self) -> None:
        """Marks the visitor's notifications as read, so that later ones are new."""
        you = self._state.caller_for(VISITOR)
        inbox = await you.get("/notifications?limit=1")
        for newest in inbox["items"] if inbox else []:
            await you.post("/notifications/read", up_to=newest["id"])
