"""A signed-in session: the client, the feed that keeps the store true, the errands, the drafts.

Imported after the first paint, because the network's libraries take their time.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from textual.message import Message

from common.people import Presence
from common.wire import MeView
from tui import clock
from tui.messages.requests import Ask, Say, SignIn
from tui.messages.results import Outcome, Trouble
from tui.model.context import Link
from tui.model.drafts import Drafts
from tui.model.presence_state import Whereabouts
from tui.model.store import Change, Store
from tui.network.api_tasks import Errands
from tui.network.client import Client, Problem, Unreachable
from tui.network.error_text import explained
from tui.network.feed import Connection, ConnectionState, Feed
from tui.network.inbox_poller import Postman
from tui.network.presence_reporter import Attendance

if TYPE_CHECKING:
    from tui.reports.report_loader import Reporter

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
        idle_after: timedelta | None,
    ) -> None:
        self._client, self._store, self._post, self._on_link = client, store, post, on_link
        self._postman = Postman(client, post)
        self._feed = Feed(client, store, self._link_changed, self._postman.want)
        self.errands = Errands(client, store, post)
        self.drafts = Drafts(client.server_url, client.org_id, user.id)
        whereabouts = Whereabouts(user.presence, clock.elapsed(), idle_after)
        self._attendance = Attendance(client, whereabouts, lambda text: post(Say(text)))
        self._reporter: Reporter | None = None

    @classmethod
    async def open(
        cls,
        wish: SignIn,
        store: Store,
        post: Callable[[Message], Any],
        on_link: Callable[[Link], None],
        idle_after: timedelta | None = None,
    ) -> Self:
        """Sign in; the agent is away after `idle_after` without a key. Raises NotSignedIn."""
        client = Client(wish.server, wish.org)
        clock.follow(client.server_clock)
        try:
            session = await client.sign_in(wish.email, wish.password)
        except BaseException as error:
            clock.follow(None)
            await client.close()
            if isinstance(error, Problem | Unreachable):
                raise NotSignedIn(_why(error, wish.server)) from error
            raise
        return cls(client, session.user, store, post, on_link, idle_after)

    async def run(self, *, attends: bool = True) -> None:
        """Keep the store true until the session ends; where one attends, be there for tickets."""
        unsubscribe = self._store.subscribe(self._heard)
        attending = [self._attendance.run()] if attends else []
        beside = asyncio.gather(self._postman.run(), *attending)
        try:
            await self._feed.run()
        finally:
            unsubscribe()
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside

    async def answer(self, asked: Ask) -> Outcome:
        """Put a question about figures to the server; who never asks loads nothing for it."""
        if self._reporter is None:
            from tui.reports.report_loader import Reporter  # late: see tui/supervising.py

            self._reporter = Reporter(self._client, self._store)
        return await self._reporter.answer(asked)

    def resync(self) -> None:
        self._feed.resync()

    def touch(self) -> None:
        """The agent is at the keyboard."""
        self._attendance.touch()

    async def be(self, state: Presence) -> None:
        """Say where the agent is; `Say` or `Trouble` tells what became of it."""
        try:
            await self._attendance.choose(state)
        except (Problem, Unreachable) as error:
            self._post(Trouble(f"{explained(error)} It is said again by itself."))
        else:
            self._post(Say(f"You are {state}.", "good"))

    def _link_changed(self, state: ConnectionState) -> None:
        if state.connection is Connection.LIVE:
            self._attendance.renew()
            self._postman.want()
        self._on_link(_link(state))

    def _heard(self, change: Change) -> None:
        if change.people and self._store.me is not None:
            self._attendance.hear(self._store.me.presence)
        if change.numbers:
            self._postman.want_later()

    async def close(self) -> None:
        """Sign out if the server answers soon, and close the connections."""
        with suppress(Problem, Unreachable, TimeoutError):
            await asyncio.wait_for(self._client.sign_out(), _PARTING)
        await self._client.close()
        clock.follow(None)


def _link(state: ConnectionState) -> Link:
    pause = None if state.retry_in is None else timedelta(seconds=state.retry_in)
    return Link(state.connection.value, state.since, clock.now() + pause if pause else None)


def _why(error: Problem | Unreachable, server: str) -> str:
    if isinstance(error, Unreachable):
        return f"No answer from {server}."
    if error.is_signed_out:
        return "Organization, e-mail and password do not fit together."
    return explained(error)
