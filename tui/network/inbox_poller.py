"""Reads the agent's inbox when there may be something new in it."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from textual.message import Message

from tui.messages.results import InboxLoaded, RequestFailed
from tui.model.inbox import INBOX_LIMIT
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.error_text import explain_error

_PAUSE: Final = 0.5
"""Seconds between two requests, however many signals arrive."""
_LATER: Final = 5.0


class InboxPoller:
    """Polls at once after a signal, and within seconds when the team may have new ones."""

    def __init__(self, client: Client, post: Callable[[Message], Any]) -> None:
        self._client, self._post = client, post
        self._wanted = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None

    def request_poll(self) -> None:
        """Reads the inbox now."""
        self._wanted.set()

    def request_poll_soon(self) -> None:
        """Reads it within a few seconds: notifications of a whole team have no signal."""
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(_LATER, self._end_delay)

    def _end_delay(self) -> None:
        self._later = None
        self.request_poll()

    async def run(self) -> None:
        """Reads on demand until cancelled. What fails is read again when the line is back."""
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                await self._read_inbox()
                await asyncio.sleep(_PAUSE)
        finally:
            if self._later is not None:
                self._later.cancel()

    async def _read_inbox(self) -> None:
        try:
            self._post(InboxLoaded(await self._client.list_notifications(INBOX_LIMIT)))
        except Unreachable:
            pass  # the state line shows it, and when the server is back the inbox is read again
        except ApiProblem as problem:
            self._post(RequestFailed(explain_error(problem)))
