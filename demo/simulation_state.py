"""Who plays in the demo, over REST, and what all of them share: tickets, chance and time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random

import aiohttp

from demo.api_caller import Caller
from demo.company import Person
from demo.live_ticket import Plot
from demo.organization_setup import Founded
from server.clock import Clock, utc_now

log = logging.getLogger(__name__)


class Troupe:
    """Everybody but the one at the workstation."""

    def __init__(
        self,
        web: aiohttp.ClientSession,
        http: str,
        founded: Founded,
        dice: Random,
        clock: Clock = utc_now,
    ) -> None:
        self.web = web
        self.dice = dice
        self.clock = clock
        self.plots: dict[int, Plot] = dict(founded.plots)
        self._root = f"{http}/v1/orgs/{founded.org_id}"
        self._callers = {email: self.bearing(token) for email, token in founded.tokens.items()}
        self._pending: set[asyncio.Task[None]] = set()

    def as_(self, person: Person) -> Caller:
        return self._callers[person.email]

    def bearing(self, token: str) -> Caller:
        """Who has this token."""
        return Caller(self.web, self._root, token)

    async def pause(self, seconds: float) -> None:
        """About so long, never quite the same."""
        await asyncio.sleep(self.dice.uniform(0.4, 1.6) * seconds)

    def later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does it after about so long, and goes on meanwhile."""

        async def wait() -> None:
            await self.pause(seconds)
            try:
                await work()
            except Exception:
                log.exception("a step of the demo failed")

        task = asyncio.create_task(wait())
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    def forget(self) -> None:
        """What was to be done later is not done any more."""
        for task in self._pending:
            task.cancel()
