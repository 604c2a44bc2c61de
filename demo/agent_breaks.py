"""Breaks of the simulated agents: one at a time, apart from Mei, who starts on her lunch break."""

import asyncio
from typing import Final

from demo.company import COLLEAGUES, MEI, DemoPerson
from demo.simulated_agents import SimulatedAgents
from demo.simulation_state import SimulationState

_LUNCH_SECONDS: Final = 100
"""Seconds until Mei, the only agent for cafés, returns from lunch after the demo has started."""
_LOST_SECONDS: Final = 100
"""Seconds without a terminal: one minute until the tickets go back, and time to see it."""


class AgentBreaks:
    """Sends colleagues on breaks and brings them back."""

    def __init__(self, state: SimulationState, colleagues: SimulatedAgents) -> None:
        self._state = state
        self._colleagues = colleagues
        self._one = asyncio.Lock()

    async def repeat_breaks(self, agent: DemoPerson) -> None:
        """Runs until it is cancelled."""
        if agent is MEI:
            await asyncio.sleep(_LUNCH_SECONDS)
            await self._colleagues.return_from_lunch(agent)
        else:
            await self._state.pause(12 + 60 * COLLEAGUES.index(agent))
        while True:
            async with self._one:
                await self._take_break(agent)
            await self._state.pause(150)

    async def _take_break(self, agent: DemoPerson) -> None:
        leave, seconds = self._state.dice.choice(
            (
                (self._colleagues.go_away, 40),
                (self._colleagues.go_away, 40),
                (self._colleagues.set_busy, 40),
                (self._colleagues.lose_connection, _LOST_SECONDS),
            )
        )
        await leave(agent)
        await self._state.pause(seconds)
        await self._colleagues.go_online(agent)
