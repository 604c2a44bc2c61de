"""Attendance: while the workstation runs, its agent is there, and the server is told so.

The presence has a time to live and is renewed, so that a terminal that dies takes nobody's
tickets with it. An agent who chose to be busy or away is left so.
"""

import asyncio
from contextlib import suppress
from typing import Final

from common import endpoints
from common.accounts import SetPresence
from common.people import Presence
from tui.client import Client, Problem, Unreachable

TTL_SECONDS: Final = 60
RENEW_SECONDS: Final = 20.0
_CHOSEN: Final = frozenset({Presence.BUSY, Presence.AWAY})


class Attendance:
    """Renews one agent's presence."""

    def __init__(self, client: Client, found: Presence) -> None:
        self._client = client
        self._found = found

    async def run(self) -> None:
        """Renew until cancelled; while the server is away there is nobody to tell."""
        while self._found not in _CHOSEN:
            with suppress(Problem, Unreachable):
                await self._tell(Presence.AVAILABLE)
            await asyncio.sleep(RENEW_SECONDS)

    async def _tell(self, state: Presence) -> None:
        body = SetPresence(state=state, ttl_seconds=TTL_SECONDS)
        await self._client.call(endpoints.SET_PRESENCE, body=body)
