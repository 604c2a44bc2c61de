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
from tui.model.presence_state import PresenceState
from tui.network.client import ApiProblem, Client, Unreachable

TTL_SECONDS: Final = 60
_LIFETIME: Final = timedelta(seconds=TTL_SECONDS)
RENEW_SECONDS: Final = 20.0
_ECHO_WINDOW: Final = timedelta(seconds=3)
"""How long what the server says may be the echo of what it was told before."""


class PresenceReporter:
    """Renews one agent's presence, and changes it when the agent chooses, idles or comes back."""

    def __init__(
        self, client: Client, whereabouts: PresenceState, say: Callable[[str], object]
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
            if self._whereabouts.check_idle(clock.elapsed_time()):
                self._say("You are away: no key for a while. Any key brings you back.")
            with suppress(ApiProblem, Unreachable):
                await self._report_presence()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._seconds_to_renewal())

    async def choose_presence(self, state: Presence) -> None:
        """The agent says where it is. Raises Problem or Unreachable; it is told again anyway."""
        self._whereabouts.choose_presence(state, clock.elapsed_time())
        await self._report_presence()

    def record_activity(self) -> None:
        """A key was pressed."""
        if self._whereabouts.record_activity(clock.elapsed_time()):
            self._say("Welcome back: you are available again.")
            self.renew_now()

    def renew_now(self) -> None:
        """Tell it anew, now."""
        self._wake.set()

    def handle_server_state(self, state: Presence) -> None:
        """What the server says of the agent now."""
        now = clock.elapsed_time()
        if state is self._told or self._told_at is None or now - self._told_at < _ECHO_WINDOW:
            return
        if state is Presence.OFFLINE and self._may_have_lapsed(now):
            self.renew_now()
        else:
            self._told = state
            self._whereabouts.accept_server_state(state, now)
            self.renew_now()  # and be at rest for as long as is right from now on

    def _may_have_lapsed(self, now: timedelta) -> bool:
        """Offline is then no choice: it could not be renewed in time."""
        return self._kept_at is None or now - self._kept_at >= _LIFETIME

    def _seconds_to_renewal(self) -> float:
        left = self._whereabouts.time_until_idle(clock.elapsed_time())
        if left is None or left <= timedelta(0):
            return RENEW_SECONDS
        return min(RENEW_SECONDS, left.total_seconds())

    async def _report_presence(self) -> None:
        now, state = clock.elapsed_time(), self._whereabouts.state
        if state is not self._told or self._may_have_lapsed(now):
            self._told_at = now  # to renew what holds has no echo
        self._told = state
        # To be offline is nothing that has to be renewed.
        ttl = {} if self._told is Presence.OFFLINE else {"ttl_seconds": TTL_SECONDS}
        await self._client.call(endpoints.SET_PRESENCE, body=SetPresence(state=self._told, **ttl))
        self._kept_at = now
