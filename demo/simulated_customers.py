"""Customers: they write, answer, rate, and some come back."""

from functools import partial
from typing import Any, Final

from demo.api_caller import Caller
from demo.company import CUSTOMERS, SUPERVISOR
from demo.live_ticket import Plot
from demo.simulation_state import Troupe
from demo.stories import AGAIN, FOR_YOU, NO_STORY, RATINGS, Deck, Story

Event = dict[str, Any]
CROWD: Final = 60
"""Unresolved tickets at which customers hold back."""
QUEUE: Final = 8
"""Tickets that wait for anybody at which they hold back, too."""


class Customers:
    """All of them."""

    def __init__(self, troupe: Troupe, stories: Deck) -> None:
        self._troupe = troupe
        self._stories = stories
        self._seq: int | None = None

    async def file(self, story: Story) -> None:
        """Somebody files it."""
        customer = self._troupe.dice.choice(CUSTOMERS)
        ticket = await self._troupe.as_(customer).post(
            "/tickets",
            subject=story.subject,
            description=story.description,
            priority=story.priority,
            category=story.category,
        )
        if ticket is not None:
            self._troupe.plots[ticket["number"]] = Plot(story, customer)

    async def go_on(self, number: int) -> None:
        """The customer says the next sentence of the story."""
        plot = self._troupe.plots.get(number)
        if plot and plot.said < len(plot.story.talk):
            plot.said += 1
            await self._write(number, plot.story.talk[plot.said - 1])

    async def _write(self, number: int, words: str) -> None:
        await self._as_its_own(number).post(f"/tickets/{number}/messages", body=words)

    async def arrive(self) -> None:
        """More and more of them, as long as the desk can bear it."""
        while True:
            await self._troupe.pause(6)
            queues = await self._troupe.as_(SUPERVISOR).get("/queues")
            if queues and queues["unassigned"] < QUEUE and _unresolved(queues) < CROWD:
                await self._file_fresh_story()

    async def _file_fresh_story(self) -> None:
        """Files a story that the queue does not show yet; none where it shows all of them."""
        seen = {plot.story.subject for plot in self._troupe.plots.values() if not plot.is_over}
        story = self._stories.draw_besides(seen)
        if story is not None:
            await self.file(story)

    async def listen(self) -> None:
        """They read what is written to them, and think before they answer."""
        hearing = self._troupe.as_(SUPERVISOR)
        while True:
            await self._troupe.pause(1)
            if self._seq is None:
                self._seq = (await hearing.get("/queues") or {}).get("seq")
                continue
            page = await hearing.get(f"/events?after={self._seq}") or {"items": []}
            for event in page["items"]:
                self._seq = event["seq"]
                self._hear(event)

    def _hear(self, event: Event) -> None:
        if "ticket" not in event:
            return
        if event["ticket"]["status"] == "closed":
            self._troupe.plots.pop(event["ticket"]["number"], None)
            return
        number = self._plot_of(event["ticket"])
        self._troupe.plots[number].is_over = event["ticket"]["status"] == "resolved"
        if event["actor"]["role"] not in {"agent", "supervisor", "admin"}:
            return
        if event["type"] == "message.added" and event["message"]["kind"] == "reply":
            self._troupe.later(8, partial(self._answer_to, number, event["message"]["body"]))
        elif event["type"] == "ticket.resolved":
            self._troupe.later(12, partial(self.part, number))

    def _plot_of(self, ticket: dict[str, Any]) -> int:
        """The ticket's number; one from before the demo has no story any more."""
        number: int = ticket["number"]
        if number not in self._troupe.plots:
            email = ticket["customer"]["email"]
            customer = next((it for it in CUSTOMERS if it.email == email), CUSTOMERS[0])
            self._troupe.plots[number] = Plot(NO_STORY, customer)
        return number

    async def _answer_to(self, number: int, words: str) -> None:
        """The story goes on where it was; other words than its own get an answer for anything."""
        plot = self._troupe.plots.get(number)
        if plot is None:
            return
        if plot.said and plot.story.talk[plot.said - 1] == words:
            await self.go_on(number)
        else:
            await self._write(number, self._troupe.dice.choice(FOR_YOU))

    async def part(self, number: int) -> None:
        """A few come back; most are content, and many of them say so."""
        if number not in self._troupe.plots:
            return
        mood, customer = self._troupe.dice.random(), self._as_its_own(number)
        if mood < 0.1:  # noqa: PLR2004 - one in ten
            await self._write(number, self._troupe.dice.choice(AGAIN))
        elif mood < 0.6:  # noqa: PLR2004 - every second one
            await self._rate(customer, number)
        if mood > 0.4:  # noqa: PLR2004 - six in ten, rated or not
            await customer.patch(f"/tickets/{number}", status="closed")

    async def _rate(self, customer: Caller, number: int) -> None:
        score, comment = self._troupe.dice.choice(RATINGS)
        await customer.post(f"/tickets/{number}/rating", score=score, comment=comment)

    def _as_its_own(self, number: int) -> Caller:
        return self._troupe.as_(self._troupe.plots[number].customer)


def _unresolved(queues: dict[str, int]) -> int:
    return queues["open"] + queues["in_progress"]
