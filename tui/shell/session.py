"""A signed-in session: client, event feed, API calls, drafts and presence.

Imported after the first paint, because the network's libraries take their time.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from msgspec import UNSET
from textual.message import Message

from common.envelope import Signal
from common.people import Presence
from common.topics import MACROS_CHANGED, VIEWS_CHANGED
from common.wire import MeView
from tui import clock
from tui.messages.requests import FiguresRequest, LoadMacros, LoadViews, ShowToast, SignIn
from tui.messages.results import RequestFailed, RequestResult, WatchReceived
from tui.model.context import ServerLink
from tui.model.drafts import Drafts
from tui.model.outbox import Outbox
from tui.model.outbox_file import OutboxFile
from tui.model.presence_state import PresenceState
from tui.model.store import Store, StoreChange
from tui.model.working_times import WorkingTimes
from tui.network.api_tasks import ApiTasks
from tui.network.bulk_tasks import BulkTasks
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.command_sender import CommandSender
from tui.network.draft_syncer import DraftSyncer
from tui.network.error_text import explain_error
from tui.network.feed import ConnectionPhase, ConnectionState, Feed
from tui.network.inbox_poller import InboxPoller
from tui.network.presence_reporter import PresenceReporter

if TYPE_CHECKING:
    from tui.reports.report_loader import ReportLoader

_SIGN_OUT_SECONDS = 0.8
_DRAFT_SECONDS = 0.6
_FLUSH_SECONDS = 1.2
"""Seconds for the last requests; a signal leaves the program three in all."""


class SignInFailed(Exception):
    """The sign-in failed; the message says why. `is_token_dead`: a kept token is of no use."""

    def __init__(self, message: str, *, is_token_dead: bool = False) -> None:
        super().__init__(message)
        self.is_token_dead = is_token_dead


class AgentSession:
    """The session of one agent."""

    def __init__(
        self,
        client: Client,
        user: MeView,
        store: Store,
        post: Callable[[Message], Any],
        on_link: Callable[[ServerLink], None],
        times: WorkingTimes,
        *,
        is_kept: bool = False,
    ) -> None:
        """`is_kept`: the session at the server goes on after the program."""
        self._is_kept = is_kept
        self._client, self._store, self._post, self._on_link = client, store, post, on_link
        self._inbox_poller = InboxPoller(client, post)
        self._feed = Feed(
            client,
            store,
            self._connection_changed,
            self._inbox_poller.request_poll,
            lambda watch: post(WatchReceived(watch)),
            self._hear_signal,
        )
        self.api_tasks = ApiTasks(client, store, post)
        self.bulk_tasks = BulkTasks(client, post)
        self.public_url = client.public_url
        self.drafts = Drafts(client.server_url, client.org_id, user.id)
        self.draft_syncer = DraftSyncer(client, self.drafts, store, post)
        self.outbox = Outbox(
            store, OutboxFile(client.server_url, client.org_id, user.id), times.hold
        )
        self.outbox.open()
        self._sender = CommandSender(client, self.outbox, store, post)
        self.outbox.on_change = self._outbox_changed
        presence = PresenceState(user.presence, clock.read_elapsed_time(), times.idle_after)
        self._presence_reporter = PresenceReporter(
            client, presence, lambda text: post(ShowToast(text))
        )
        self._reporter: ReportLoader | None = None

    @classmethod
    async def sign_in(
        cls,
        wish: SignIn,
        store: Store,
        post: Callable[[Message], Any],
        on_link: Callable[[ServerLink], None],
        times: WorkingTimes,
    ) -> Self:
        """Signs in. Raises SignInFailed."""
        client = Client(wish.server, wish.org, wish.token)
        clock.follow_server(client.server_clock)
        try:
            user = (
                await client.read_me()
                if wish.token
                else (await client.sign_in(wish.email, wish.password)).user
            )
        except BaseException as error:
            clock.follow_server(None)
            await client.close()
            if isinstance(error, ApiProblem | Unreachable):
                raise SignInFailed(
                    _explain_sign_in_error(error, wish), is_token_dead=_is_token_dead(error, wish)
                ) from error
            raise
        is_kept = wish.token is not None
        return cls(client, user, store, post, on_link, times, is_kept=is_kept)

    async def run(self, *, attends: bool = True) -> None:
        """Keeps the store up to date until the session ends; `attends`: reports presence, too."""
        unsubscribe = self._store.subscribe(self._store_changed)
        attending = [self._presence_reporter.run()] if attends else []
        beside = asyncio.gather(
            self._inbox_poller.run(), self._sender.run(), self.draft_syncer.run(), *attending
        )
        try:
            await self._feed.run()
        finally:
            unsubscribe()
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside

    async def answer_figures_request(self, asked: FiguresRequest) -> RequestResult:
        """Answers a request for figures; its code is imported with the first one."""
        if self._reporter is None:
            from tui.reports.report_loader import ReportLoader  # late: see report_handlers

            self._reporter = ReportLoader(self._client, self._store)
        return await self._reporter.answer_request(asked)

    def resync(self) -> None:
        self._feed.resync()

    def record_activity(self) -> None:
        """Records that the agent is at the keyboard."""
        self._presence_reporter.record_activity()

    async def change_presence(self, state: Presence) -> None:
        """Sets the presence of the agent; a `ShowToast` or `RequestFailed` has the result."""
        try:
            await self._presence_reporter.choose_presence(state)
        except (ApiProblem, Unreachable) as error:
            self._post(
                RequestFailed(f"{explain_error(error)} It will be sent again automatically.")
            )
        else:
            self._post(ShowToast(f"You are {state}.", "good"))

    def _hear_signal(self, signal: Signal) -> None:
        """Takes what another terminal of this agent has done."""
        if signal.draft is not UNSET:
            self.draft_syncer.hear_change(signal.draft)
        if signal.type == MACROS_CHANGED:
            self._post(LoadMacros())
        if signal.type == VIEWS_CHANGED:
            self._post(LoadViews())

    def _connection_changed(self, state: ConnectionState) -> None:
        if state.connection is ConnectionPhase.LIVE:
            self._presence_reporter.renew_now()
            self._inbox_poller.request_poll()
        self._sender.set_live(is_live=state.connection is ConnectionPhase.LIVE)
        self.draft_syncer.set_live(is_live=state.connection is ConnectionPhase.LIVE)
        self._on_link(_build_link(state))

    def _outbox_changed(self) -> None:
        self._sender.look_again()
        self.draft_syncer.note_change()  # the draft of a message that was sent goes

    def _store_changed(self, change: StoreChange) -> None:
        if change.people and self._store.me is not None:
            self._presence_reporter.handle_server_state(self._store.me.presence)
        if change.numbers:
            self._sender.look_again()
            self.draft_syncer.follow_merges(change.numbers)
            self._inbox_poller.request_poll_soon()

    async def close(self) -> int:
        """Sends what waits and signs out, if the server answers soon; closes the connections.

        Returns the number of commands that wait for the next session.
        """
        await self._sender.flush(_FLUSH_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAFT_SECONDS):
                await self.draft_syncer.flush()
        left = self.outbox.close()
        if not self._is_kept:
            with suppress(ApiProblem, Unreachable, TimeoutError):
                async with asyncio.timeout(_SIGN_OUT_SECONDS):
                    await self._client.sign_out()
        await self._client.close()
        clock.follow_server(None)
        return left


def _build_link(state: ConnectionState) -> ServerLink:
    pause = None if state.retry_in is None else timedelta(seconds=state.retry_in)
    return ServerLink(
        state.connection.value, state.since, clock.read_server_time() + pause if pause else None
    )


def _is_token_dead(error: ApiProblem | Unreachable, wish: SignIn) -> bool:
    return wish.token is not None and isinstance(error, ApiProblem) and error.is_signed_out


def _explain_sign_in_error(error: ApiProblem | Unreachable, wish: SignIn) -> str:
    if isinstance(error, Unreachable):
        return f"No answer from {wish.server}."
    if _is_token_dead(error, wish):
        return "The kept session has ended. Type your password."
    if error.is_signed_out:
        return "Organization, e-mail or password is wrong."
    return explain_error(error)
