"""Simulated agents: they work on their assigned tickets, one after the other."""

from datetime import datetime, timedelta
from typing import Any, Final

from demo.company import DemoPerson
from demo.simulation_state import SimulationState

Ticket = dict[str, Any]
_OWN_TICKETS_PATH: Final = (
    "/tickets?assignee=me&status=open&status=in_progress&sort=created_at&limit=100"
)
_SILENCE: Final = timedelta(minutes=5)
"""Time that an agent waits for a customer's reply before resolving the ticket."""


class SimulatedAgents:
    """All simulated agents. `there` are those who are available."""

    def __init__(self, state: SimulationState) -> None:
        self._state = state
        self.there: set[DemoPerson] = set()

    async def go_online(self, agent: DemoPerson) -> None:
        """Makes the agent available, so that routing assigns tickets."""
        await self._set_presence(agent, "available")
        self.there.add(agent)

    async def return_from_lunch(self, agent: DemoPerson) -> None:
        """Makes the agent available. The two most urgent tickets come first."""
        await self._set_presence(agent, "available")
        for _ in range(2):
            await self._state.pause(3)
            await self.work_next_ticket(agent)
        self.there.add(agent)

    async def go_away(self, agent: DemoPerson) -> None:
        """Sets the agent's presence to away."""
        self.there.discard(agent)
        await self._set_presence(agent, "away")

    async def set_busy(self, agent: DemoPerson) -> None:
        """Sets the agent's presence to busy: no new tickets are assigned."""
        await self._set_presence(agent, "busy")

    async def lose_connection(self, agent: DemoPerson) -> None:
        """Simulates a lost terminal: the presence is no longer renewed."""
        self.there.discard(agent)
        await self._state.caller_for(agent).put("/me/presence", state="available", ttl_seconds=1)

    async def _set_presence(self, agent: DemoPerson, state: str) -> None:
        await self._state.caller_for(agent).put("/me/presence", state=state)

    async def work_continuously(self, agent: DemoPerson) -> None:
        """Works on one ticket after the other, with pauses."""
        while True:
            await self._state.pause(9)
            if agent in self.there:
                await self.work_next_ticket(agent)

    async def work_next_ticket(self, agent: DemoPerson) -> None:
        """Takes the next step on the ticket that is due first."""
        due = await self.find_actionable_tickets(agent)
        if due:
            await self._advance_ticket(agent, min(due, key=_due_order))

    async def find_actionable_tickets(self, agent: DemoPerson) -> list[Ticket]:
        """Returns the agent's tickets that the agent can move on."""
        mine = await self._state.caller_for(agent).get(_OWN_TICKETS_PATH) or {"items": []}
        return [it for it in mine["items"] if self._is_due(it)]

    def _is_due(self, ticket: Ticket) -> bool:
        """Returns whether the agent can take the next step. A snoozed ticket has to wake first."""
        is_live = ticket["number"] in self._state.live_tickets
        is_left_alone = ticket["waiting_on"] == "customer" and not self._is_customer_silent(ticket)
        return is_live and not is_left_alone and not ticket["snoozed_until"]

    def _is_customer_silent(self, ticket: Ticket) -> bool:
        """Returns whether the customer has not replied for a long time."""
        since = datetime.fromisoformat(ticket["updated_at"])
        return ticket["waiting_on"] == "customer" and self._state.clock() - since > _SILENCE

    async def _advance_ticket(self, agent: DemoPerson, ticket: Ticket) -> None:
        number = ticket["number"]
        live = self._state.live_tickets[number]
        if live.said >= len(live.story.talk) or self._is_customer_silent(ticket):
            await self.resolve_ticket(agent, number)
        elif live.said and self._state.dice.random() < 0.1:  # noqa: PLR2004 - one in ten
            await self.snooze_ticket(agent, number, 45)
        else:
            await self.send_reply(agent, number)

    async def send_reply(self, agent: DemoPerson, number: int) -> None:
        """Writes the agent's next sentence of the story."""
        live, path = self._state.live_tickets[number], f"/tickets/{number}"
        live.said += 1
        if live.said == 1 and live.story.tags:
            await self._state.caller_for(agent).patch(path, tags=live.story.tags)
        if live.said == 1 and live.story.note:
            await self.write_note(agent, number, live.story.note)
        words = live.story.talk[live.said - 1]
        await self._state.caller_for(agent).post(
            f"{path}/messages", body=words, waiting_on="customer"
        )

    async def resolve_ticket(self, agent: DemoPerson, number: int) -> None:
        """Resolves the ticket and ends its story."""
        self._state.live_tickets[number].is_over = True
        await self._state.caller_for(agent).patch(f"/tickets/{number}", status="resolved")

    async def write_note(self, agent: DemoPerson, number: int, words: str) -> None:
        """Writes an internal note."""
        await self._state.caller_for(agent).post(
            f"/tickets/{number}/messages", body=words, kind="note"
        )

    async def snooze_ticket(self, agent: DemoPerson, number: int, seconds: float) -> None:
        """Snoozes a ticket for some seconds, as waiting on a third party."""
        until = self._state.clock() + timedelta(seconds=seconds)
        await self._state.caller_for(agent).patch(
            f"/tickets/{number}", snoozed_until=until.isoformat(), waiting_on="third_party"
        )


def _due_order(ticket: Ticket) -> tuple[bool, str]:
    """Returns a sort key: earliest due time first, tickets without an SLA last."""
    sla = ticket["sla"] or {}
    dues = (sla.get(name) for name in ("first_response_due", "next_response_due"))
    first = min((due for due in dues if due), default="")
    return not first, first
