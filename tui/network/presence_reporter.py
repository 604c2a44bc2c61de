"""Reports the agent's presence to the server for as long as the workstation runs.

The presence has a time to live and is renewed: tickets of a terminal that dies do not wait for it.
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
"""For this long, a state from the server may be an echo of an earlier report."""


class PresenceReporter:
    """Renews one agent's presence, and changes it when the agent chooses, idles or comes back."""

    def __init__(
        self, client: Client, presence: PresenceState, show: Callable[[str], object]
    ) -> None:
        """`show` shows the agent a sentence."""
        self._client, self._presence, self._show = client, presence, show
        self._reported: Presence | None = None
        self._reported_at: timedelta | None = None
        self._confirmed_at: timedelta | None = None
        """The time of the last accepted report; the presence holds for its time to live."""
        self._wake = asyncio.Event()
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Renews the presence until cancelled. A failed report is repeated with the next one."""
        while True:
            self._wake.clear()
            if self._presence.check_idle(clock.read_elapsed_time()):
                self._show("You are away: no key for a while. Any key brings you back.")
            with suppress(ApiProblem, Unreachable):
                await self._report_presence()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_renewal()):
                    await self._wake.wait()

    async def choose_presence(self, state: Presence) -> None:
        """Reports what the agent chose. Raises ApiProblem or Unreachable; `run` tries again."""
        now = clock.read_elapsed_time()
        self._presence.choose_presence(state, now)
        self._reported_at = now  # until the report is out, the server still sends the old state
        await self._report_presence()

    def record_activity(self) -> None:
        """Records a key press, which brings an idle agent back."""
        if self._presence.record_activity(clock.read_elapsed_time()):
            self._show("Welcome back: you are available again.")
            self.renew_now()

    def renew_now(self) -> None:
        """Makes `run` report the presence now."""
        self._wake.set()

    def handle_server_state(self, state: Presence) -> None:
        """Takes the agent's state from the server; another terminal may have changed it."""
        if state is self._reported or self._may_be_echo():
            return
        now = clock.read_elapsed_time()
        if state is Presence.OFFLINE and self._may_have_lapsed(now):
            self.renew_now()
        else:
            self._reported = state
            self._presence.accept_server_state(state, now)
            self.renew_now()  # the new state has another time to the next renewal

    def _may_be_echo(self) -> bool:
        return (
            self._reported_at is None
            or clock.read_elapsed_time() - self._reported_at < _ECHO_WINDOW
        )

    def _may_have_lapsed(self, now: timedelta) -> bool:
        """Returns whether the presence may have run out, so that "offline" is nobody's choice."""
        return self._confirmed_at is None or now - self._confirmed_at >= _LIFETIME

    def _seconds_to_renewal(self) -> float:
        left = self._presence.time_until_idle(clock.read_elapsed_time())
        if left is None or left <= timedelta(0):
            return RENEW_SECONDS
        return min(RENEW_SECONDS, left.total_seconds())

    async def _report_presence(self) -> None:
        # One at a time: of two requests under way, the older could arrive last.
        async with self._sending:
            now, state = clock.read_elapsed_time(), self._presence.state
            if state is not self._reported or self._may_have_lapsed(now):
                self._reported_at = now  # a renewal of the same state has no echo
            self._reported = state
            # "Offline" does not run out.
            ttl = {} if state is Presence.OFFLINE else {"ttl_seconds": TTL_SECONDS}
            body = SetPresence(state=state, **ttl)
            await self._client.call(endpoints.SET_PRESENCE, body=body)
            self._confirmed_at = now
