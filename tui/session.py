"""A signed-in session: the client, the feed that keeps the store true, the errands, the drafts.

Imported after the first paint, because the network's libraries take their time.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self

from textual.message import Message

from common.wire import MeView
from tui import clock
from tui.attendance import Attendance
from tui.client import Client, Problem, Unreachable
from tui.drafts import Drafts
from tui.errands import Errands
from tui.feed import ConnectionState, Feed
from tui.intents import SignIn
from tui.station import Link
from tui.store import Store
from tui.troubles import explained

_PARTING = 1.0


class NotSignedIn(Exception):
    """The sentence says why."""


class Session:
    """One agent at work."""

    def __init__(
        self,
        client: Client,
        user: MeView,
        store: Store,
        post: Callable[[Message], Any],
        on_link: Callable[[Link], None],
    ) -> None:
        self._client = client
        self._feed = Feed(client, store, lambda state: on_link(_link(state)))
        self.errands = Errands(client, store, post)
        self.drafts = Drafts(client.server_url, client.org_id, user.id)
        self._attendance = Attendance(client, user.presence)

    @classmethod
    async def open(
        cls,
        wish: SignIn,
        store: Store,
        post: Callable[[Message], Any],
        on_link: Callable[[Link], None],
    ) -> Self:
        """Sign in. Raises NotSignedIn."""
        client = Client(wish.server, wish.org)
        try:
            session = await client.sign_in(wish.email, wish.password)
        except (Problem, Unreachable) as error:
            await client.close()
            raise NotSignedIn(_why(error, wish.server)) from error
        return cls(client, session.user, store, post, on_link)

    async def run(self) -> None:
        """Keep the store true until the session ends."""
        attending = asyncio.create_task(self._attendance.run(), name="attendance")
        try:
            await self._feed.run()
        finally:
            attending.cancel()
            with suppress(asyncio.CancelledError):
                await attending

    def resync(self) -> None:
        self._feed.resync()

    async def close(self) -> None:
        """Sign out if the server answers soon, and close the connections."""
        with suppress(Problem, Unreachable, TimeoutError):
            await asyncio.wait_for(self._client.sign_out(), _PARTING)
        await self._client.close()


def _link(state: ConnectionState) -> Link:
    pause = None if state.retry_in is None else timedelta(seconds=state.retry_in)
    return Link(state.connection.value, state.since, clock.now() + pause if pause else None)


def _why(error: Problem | Unreachable, server: str) -> str:
    if isinstance(error, Unreachable):
        return f"No answer from {server}."
    if error.is_signed_out:
        return "Organization, e-mail and password do not fit together."
    return explained(error)
