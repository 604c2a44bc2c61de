"""Colleagues: they work on what routing gives them, one thing after the other."""

from datetime import datetime, timedelta
from typing import Any, Final

from demo.company import Person
from demo.simulation_state import Troupe

Ticket = dict[str, Any]
_MINE: Final = "/tickets?assignee=me&status=open&status=in_progress&sort=created_at&limit=100"
_SILENCE: Final = timedelta(minutes=5)
"""How long a colleague waits for a customer's answer before the ticket counts as resolved."""


class Colleagues:
    """All of them; `there` are those who sit at their desks."""

    def __init__(self, troupe: Troupe) -> None:
        self._troupe = troupe
        self.there: set[Person] = set()

    async def come(self, agent: Person) -> None:
        """Sits down, and is given work."""
        await self._be(agent, "available")
        self.there.add(agent)

    async def catch_up(self, agent: Person) -> None:
        """Comes, and deals at once with what is most pressing."""
        await self._be(agent, "available")
        for _ in range(2):
            await self._troupe.pause(3)
            await self.do_something(agent)
        self.there.add(agent)

    async def go(self, agent: Person) -> None:
        """Leaves for a while, and says so."""
        self.there.discard(agent)
        await self._be(agent, "away")

    async def be_busy(self, agent: Person) -> None:
        """Goes on with what there is, and gets nothing new."""
        await self._be(agent, "busy")

    async def vanish(self, agent: Person) -> None:
        """The terminal dies: nobody renews the presence any more."""
        self.there.discard(agent)
        await self._troupe.as_(agent).put("/me/presence", state="available", ttl_seconds=1)

    async def _be(self, agent: Person, state: str) -> None:
        await self._troupe.as_(agent).put("/me/presence", state=state)

    async def work(self, agent: Person) -> None:
        """One piece of work after the other, with a sip of coffee between them."""
        while True:
            await self._troupe.pause(9)
            if agent in self.there:
                await self.do_something(agent)

    async def do_something(self, agent: Person) -> None:
        """The next step of the ticket whose answer is due first."""
        due = await self.due(agent)
        if due:
            await self._carry_on(agent, min(due, key=_promised))

    async def due(self, agent: Person) -> list[Ticket]:
        """Returns the agent's tickets that the agent can move on."""
        mine = await self._troupe.as_(agent).get(_MINE) or {"items": []}
        return [it for it in mine["items"] if self._is_due(it)]

    def _is_due(self, ticket: Ticket) -> bool:
        """A ticket that was snoozed is due once it wakes up, whatever it waits for."""
        is_told = ticket["number"] in self._troupe.plots
        is_left_alone = ticket["waiting_on"] == "customer" and not self._is_silent(ticket)
        return is_told and not is_left_alone and not ticket["snoozed_until"]

    def _is_silent(self, ticket: Ticket) -> bool:
        """True where the customer has not answered for long; an answer may have got lost."""
        since = datetime.fromisoformat(ticket["updated_at"])
        return ticket["waiting_on"] == "customer" and self._troupe.clock() - since > _SILENCE

    async def _carry_on(self, agent: Person, ticket: Ticket) -> None:
        number = ticket["number"]
        plot = self._troupe.plots[number]
        if plot.said >= len(plot.story.talk) or self._is_silent(ticket):
            await self.resolve(agent, number)
        elif plot.said and self._troupe.dice.random() < 0.1:  # noqa: PLR2004 - one in ten
            await self.sleep_on(agent, number, 45)
        else:
            await self.reply(agent, number)

    async def reply(self, agent: Person, number: int) -> None:
        """Says the next sentence of the story, which is an agent's."""
        plot, path = self._troupe.plots[number], f"/tickets/{number}"
        plot.said += 1
        if plot.said == 1 and plot.story.tags:
            await self._troupe.as_(agent).patch(path, tags=plot.story.tags)
        if plot.said == 1 and plot.story.note:
            await self.note(agent, number, plot.story.note)
        words = plot.story.talk[plot.said - 1]
        await self._troupe.as_(agent).post(f"{path}/messages", body=words, waiting_on="customer")

    async def resolve(self, agent: Person, number: int) -> None:
        """Has said all that was to be said."""
        self._troupe.plots[number].is_over = True
        await self._troupe.as_(agent).patch(f"/tickets/{number}", status="resolved")

    async def note(self, agent: Person, number: int, words: str) -> None:
        """Writes something for colleagues."""
        await self._troupe.as_(agent).post(f"/tickets/{number}/messages", body=words, kind="note")

    async def sleep_on(self, agent: Person, number: int, seconds: float) -> None:
        """Puts a ticket aside for a while: somebody else has to move first."""
        until = self._troupe.clock() + timedelta(seconds=seconds)
        await self._troupe.as_(agent).patch(
            f"/tickets/{number}", snoozed_until=until.isoformat(), waiting_on="third_party"
        )


def _promised(ticket: Ticket) -> tuple[bool, str]:
    """What is due first comes first; what nobody was promised comes last."""
    sla = ticket["sla"] or {}
    dues = (sla.get(name) for name in ("first_response_due", "next_response_due"))
    first = min((due for due in dues if due), default="")
    return not first, first
