"""Attendance: while the workstation runs, the server is told where its agent is.

The presence has a time to live and is renewed, so that a terminal that dies takes nobody's
tickets with it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from common import endpoints
from common.accounts import SetPresence
from common.people import Presence
from tui import clock
from tui.model.presence_state import Whereabouts
from tui.network.client import Client, Problem, Unreachable

TTL_SECONDS: Final = 60
_LIFETIME: Final = timedelta(seconds=TTL_SECONDS)
RENEW_SECONDS: Final = 20.0
_ECHO: Final = timedelta(seconds=3)
"""How long what the server says may be the echo of what it was told before."""


class Attendance:
    """Renews one agent's presence, and changes it when the agent chooses, idles or comes back."""

    def __init__(
        self, client: Client, whereabouts: Whereabouts, say: Callable[[str], object]
    ) -> None:
        """`say` shows the agent a sentence."""
        self._client, self._whereabouts, self._say = client, whereabouts, say
        self._told: Presence | None = None
        self._told_at: timedelta | None = None
        self._kept_at: timedelta | None = None
        """When the server last took it. For the time to live from then on, it cannot lapse."""
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Renew until cancelled; while the server is away there is nobody to tell."""
        while True:
            self._wake.clear()
            if self._whereabouts.look(clock.elapsed()):
                self._say("You are away: no key for a while. Any key brings you back.")
            with suppress(Problem, Unreachable):
                await self._tell()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._rest())

    async def choose(self, state: Presence) -> None:
        """The agent says where it is. Raises Problem or Unreachable; it is told again anyway."""
        self._whereabouts.choose(state, clock.elapsed())
        await self._tell()

    def touch(self) -> None:
        """A key was pressed."""
        if self._whereabouts.touch(clock.elapsed()):
            self._say("Welcome back: you are available again.")
            self.renew()

    def renew(self) -> None:
        """Tell it anew, now."""
        self._wake.set()

    def hear(self, state: Presence) -> None:
        """What the server says of the agent now."""
        now = clock.elapsed()
        if state is self._told or self._told_at is None or now - self._told_at < _ECHO:
            return
        if state is Presence.OFFLINE and self._may_have_lapsed(now):
            self.renew()
        else:
            self._told = state
            self._whereabouts.hear(state, now)
            self.renew()  # and be at rest for as long as is right from now on

    def _may_have_lapsed(self, now: timedelta) -> bool:
        """Offline is then no choice: it could not be renewed in time."""
        return self._kept_at is None or now - self._kept_at >= _LIFETIME

    def _rest(self) -> float:
        left = self._whereabouts.until_idle(clock.elapsed())
        if left is None or left <= timedelta(0):
            return RENEW_SECONDS
        return min(RENEW_SECONDS, left.total_seconds())

    async def _tell(self) -> None:
        now, state = clock.elapsed(), self._whereabouts.state
        if state is not self._told or self._may_have_lapsed(now):
            self._told_at = now  # to renew what holds has no echo
        self._told = state
        # To be offline is nothing that has to be renewed.
        ttl = {} if self._told is Presence.OFFLINE else {"ttl_seconds": TTL_SECONDS}
        await self._client.call(endpoints.SET_PRESENCE, body=SetPresence(state=self._told, **ttl))
        self._kept_at = now
