"""Live traffic over REST: customers write and answer, colleagues take work and settle it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from random import Random
from typing import Any, Final

import aiohttp
from msgspec import Struct

from server.demo.company import COLLEAGUES, CUSTOMERS, SUPERVISOR, Person
from server.demo.founding import Founded
from server.demo.rest import Caller
from server.demo.stories import AGAIN, FOR_YOU, NO_STORY, Story

Ticket = dict[str, Any]
CROWD: Final = 70
"""Unresolved tickets at which customers hold back."""


class Plot(Struct):
    """A live ticket: its story, whose it is, and how much of the talk has been said."""

    story: Story
    customer: Person
    said: int = 0


class Traffic:
    """Everybody but the one at the workstation."""

    def __init__(
        self,
        web: aiohttp.ClientSession,
        http: str,
        founded: Founded,
        stories: Iterator[Story],
        dice: Random,
    ) -> None:
        root = f"{http}/v1/orgs/{founded.org_id}"
        self.plots: dict[int, Plot] = {}
        self.dice = dice
        self._stories = stories
        self._callers = {email: Caller(web, root, token) for email, token in founded.tokens.items()}
        self._answers: set[asyncio.Task[None]] = set()

    def as_(self, person: Person) -> Caller:
        return self._callers[person.email]

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._arrivals())
                group.create_task(self._listening())
                for colleague in COLLEAGUES:
                    group.create_task(self._shift(colleague))
        finally:
            for answer in self._answers:
                answer.cancel()

    # -- customers

    async def file(self) -> int:
        """A customer files the next story; answers its number, 0 where that failed."""
        story, customer = next(self._stories), self.dice.choice(CUSTOMERS)
        ticket = await self.as_(customer).post(
            "/tickets",
            subject=story.subject,
            description=story.description,
            priority=story.priority,
            category=story.category,
        )
        if ticket is None:
            return 0
        self.plots[ticket["number"]] = Plot(story, customer)
        return int(ticket["number"])

    async def go_on(self, number: int) -> None:
        """The customer says the next sentence of the story."""
        plot = self.plots[number]
        if plot.said < len(plot.story.talk):
            plot.said += 1
            await self.write(number, plot.story.talk[plot.said - 1])

    def go_on_later(self, number: int) -> None:
        """The same after a while."""
        self._later(60, partial(self.go_on, number))

    async def write(self, number: int, words: str) -> None:
        """The ticket's customer writes something."""
        customer = self.plots[number].customer
        await self.as_(customer).post(f"/tickets/{number}/messages", body=words)

    async def close(self, number: int) -> None:
        """The customer is content."""
        customer = self.plots[number].customer
        await self.as_(customer).patch(f"/tickets/{number}", status="closed")

    async def _arrivals(self) -> None:
        while True:
            await self._pause(6)
            queues = await self.as_(SUPERVISOR).get("/queues") or {}
            if queues.get("open", 0) + queues.get("in_progress", 0) < CROWD:
                await self.file()

    async def _listening(self) -> None:
        """Customers read what is written to them, and think before they answer."""
        hearing = self.as_(SUPERVISOR)
        seq = (await hearing.get("/queues") or {}).get("seq", 0)
        while True:
            await asyncio.sleep(1)
            page = await hearing.get(f"/events?after={seq}") or {"items": []}
            for event in page["items"]:
                seq = event["seq"]
                self._hear(event)

    def _hear(self, event: dict[str, Any]) -> None:
        if "ticket" not in event or event["actor"]["role"] == "customer":
            return
        number = self._plot_of(event["ticket"])
        if event["type"] == "message.added" and event["message"]["kind"] == "reply":
            self._later(8, partial(self._answer_to, number, event["message"]["body"]))
        elif event["type"] == "ticket.resolved":
            self._later(15, partial(self._after_all, number))

    def _plot_of(self, ticket: Ticket) -> int:
        """The ticket's number; one from before the demo has no story any more."""
        number: int = ticket["number"]
        if number not in self.plots:
            email = ticket["customer"]["email"]
            customer = next((it for it in CUSTOMERS if it.email == email), CUSTOMERS[0])
            self.plots[number] = Plot(NO_STORY, customer)
        return number

    async def _answer_to(self, number: int, words: str) -> None:
        """The story goes on where it was; other words than its own get an answer for anything."""
        plot = self.plots[number]
        if plot.said and plot.story.talk[plot.said - 1] == words:
            await self.go_on(number)
        else:
            await self.write(number, self.dice.choice(FOR_YOU))

    async def _after_all(self, number: int) -> None:
        """Most are content; some close the ticket themselves, and a few come back."""
        mood = self.dice.random()
        if mood < 0.1:  # noqa: PLR2004 - one in ten
            await self.write(number, self.dice.choice(AGAIN))
        elif mood < 0.5:  # noqa: PLR2004 - four in ten
            await self.close(number)

    def _later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await self._pause(seconds)
            await work()

        task = asyncio.create_task(wait())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    # -- colleagues

    async def take(self, agent: Person, number: int) -> None:
        """Claims a ticket and tags it as its story says."""
        claimed = await self.as_(agent).post(f"/tickets/{number}/claim")
        story = self.plots[number].story
        if claimed is not None and story.tags:
            await self.as_(agent).patch(f"/tickets/{number}", tags=story.tags)

    async def reply(self, agent: Person, number: int) -> None:
        """Says the next sentence of the story, which is an agent's."""
        plot, path = self.plots[number], f"/tickets/{number}/messages"
        plot.said += 1
        if plot.said == 1 and plot.story.note:
            await self.as_(agent).post(path, body=plot.story.note, kind="note")
        words = plot.story.talk[plot.said - 1]
        await self.as_(agent).post(path, body=words, waiting_on="customer")

    async def resolve(self, agent: Person, number: int) -> None:
        await self.as_(agent).patch(f"/tickets/{number}", status="resolved")

    async def _shift(self, agent: Person) -> None:
        """One piece of work after the other, with a sip of coffee between them."""
        while True:
            await self._pause(9)
            mine = await self.as_(agent).get("/tickets?assignee=me&status=in_progress") or {}
            tickets = [it for it in mine.get("items", []) if it["number"] in self.plots]
            due = [it for it in tickets if it["waiting_on"] == "agent"]
            if due:
                await self._carry_on(agent, due[-1]["number"])
            elif len(tickets) < 4:  # noqa: PLR2004 - as many as one can have in mind
                await self._take_one(agent)

    async def _carry_on(self, agent: Person, number: int) -> None:
        plot = self.plots[number]
        if plot.said < len(plot.story.talk):
            await self.reply(agent, number)
        else:
            await self.resolve(agent, number)

    async def _take_one(self, agent: Person) -> None:
        """Not always the oldest: something is left for whoever sits at the workstation."""
        path = "/tickets?assignee=none&status=open&sort=created_at"
        waiting = await self.as_(agent).get(path) or {}
        numbers = [it["number"] for it in waiting.get("items", []) if it["number"] in self.plots]
        if len(numbers) > 6:  # noqa: PLR2004 - the visitor's share
            await self.take(agent, self.dice.choice(numbers))

    async def _pause(self, seconds: float) -> None:
        """About so long, never quite the same."""
        await asyncio.sleep(self.dice.uniform(0.4, 1.6) * seconds)
