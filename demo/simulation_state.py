"""State that all simulated people share: tickets, chance and time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random

import aiohttp

from demo.api_caller import ApiCaller
from demo.company import DemoPerson
from demo.live_ticket import LiveTicket
from demo.organization_setup import DemoDesk
from server.clock import Clock, utc_now

log = logging.getLogger(__name__)


class SimulationState:
    """All simulated people, and what they share."""

    def __init__(
        self,
        web: aiohttp.ClientSession,
        http: str,
        founded: DemoDesk,
        dice: Random,
        clock: Clock = utc_now,
    ) -> None:
        self.web = web
        self.dice = dice
        self.clock = clock
        self.live_tickets: dict[int, LiveTicket] = dict(founded.live_tickets)
        self._root = f"{http}/v1/orgs/{founded.org_id}"
        self._callers = {
            email: self.caller_with_token(token) for email, token in founded.tokens.items()
        }
        self._pending: set[asyncio.Task[None]] = set()

    def caller_for(self, person: DemoPerson) -> ApiCaller:
        return self._callers[person.email]

    def caller_with_token(self, token: str) -> ApiCaller:
        """Returns the caller with this token."""
        return ApiCaller(self.web, self._root, token)

    async def pause(self, seconds: float) -> None:
        """Sleeps for about this time, varied at random."""
        await asyncio.sleep(self.dice.uniform(0.4, 1.6) * seconds)

    def run_later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Schedules a task after about this time."""

        async def wait() -> None:
            await self.pause(seconds)
            try:
                await work()
            except Exception:
                log.exception("a step of the demo failed")

        task = asyncio.create_task(wait())
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    def cancel_pending(self) -> None:
        """Cancels all scheduled tasks."""
        for task in self._pending:
            task.cancel()
