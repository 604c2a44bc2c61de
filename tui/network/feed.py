"""Follows the event stream: finds gaps, catches up over REST, and reconnects for ever."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Final

import zmq.asyncio
from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.envelope import Envelope, EventPage, Signal
from common.topics import (
    DRAFT_CHANGED,
    HEARTBEAT,
    MACROS_CHANGED,
    NOTIFICATION_CREATED,
    STREAM_MOVED,
    VIEWS_CHANGED,
)
from common.watching import WatchView
from common.wire import Page, TicketView
from tui import clock
from tui.model.store import EventGap, Store
from tui.network import snapshot, stream_codec
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.stream_socket import CurveKeys, StreamLost, StreamSubscription

_FEW_EVENTS: Final = 500
"""Events that are always cheaper than a snapshot, however few tickets the queue has."""
_SHORTEST: Final = 0.2
_LONGEST: Final = 5.0
_LONGEST_ASKED: Final = 60.0
"""Seconds between attempts: the usual range, and the longest that a server may ask for."""
_SPREAD: Final = 1.0


class ConnectionPhase(StrEnum):
    """The state of the connection to the server."""

    CONNECTING = "connecting"
    CATCHING_UP = "catching_up"
    LIVE = "live"
    OFFLINE = "offline"
    SIGNED_OUT = "signed_out"


class ConnectionState(Struct, frozen=True):
    """The state, its start, and the seconds until the next attempt (only when OFFLINE)."""

    connection: ConnectionPhase
    since: datetime
    retry_in: float | None = None
    reason: str = ""


class StreamMoved(Exception):
    """The stream has a new address or key: it must be opened again."""


class LogReplaced(Exception):
    """The server's log was replaced (a restored backup): the store is out of date."""


class Feed:
    """Keeps the store up to date. `run` returns only when the session has ended."""

    def __init__(
        self,
        client: Client,
        store: Store,
        on_state: Callable[[ConnectionState], None],
        on_notice: Callable[[], None] = lambda: None,
        on_watch: Callable[[WatchView], None] = lambda _watch: None,
        on_signal: Callable[[Signal], None] = lambda _signal: None,
    ) -> None:
        """`on_signal` gets what only the agent's own terminals hear: of drafts and macros."""
        self._client, self._store, self._on_state = client, store, on_state
        self._on_notice, self._on_watch, self._on_signal = on_notice, on_watch, on_signal
        self._state = ConnectionState(ConnectionPhase.CONNECTING, clock.read_server_time())
        self._keys = CurveKeys()
        self._failures = 0
        self._is_whole = False
        self._epoch = ""
        self._wake = asyncio.Event()
        self._subscription: StreamSubscription | None = None
        self._loading: asyncio.Task[None] | None = None

    @property
    def state(self) -> ConnectionState:
        """The state that `on_state` was last called with."""
        return self._state

    async def run(self) -> None:
        """Loads a snapshot, then applies events until the session ends (then SIGNED_OUT)."""
        self._on_state(self._state)
        context = zmq.asyncio.Context()
        try:
            while await self._run_connection(context):
                self._wake.clear()
        finally:
            context.destroy(linger=0)

    def resync(self) -> None:
        """Begins anew with a snapshot, now; also ends the waiting while OFFLINE."""
        self._is_whole = False
        self._wake.set()
        if self._subscription is not None:
            self._subscription.drop_connection()

    async def _run_connection(self, context: zmq.asyncio.Context) -> bool:
        """Runs one connection, and the wait after it. False: the session has ended."""
        try:
            await self._follow_stream(context)
        except StreamMoved:
            # All clients get this message at once, and should not all reconnect at once.
            await self._sleep_or_wake(random.uniform(0, _SPREAD))  # noqa: S311 - spreads load, hides nothing
        except LogReplaced:
            self._is_whole = False
            await self._sleep_or_wake(random.uniform(0, _SPREAD))  # noqa: S311 - as above
        except ApiProblem as problem:
            if problem.is_signed_out:
                self._set_state(ConnectionPhase.SIGNED_OUT, reason=problem.detail)
                return False
            await self._back_off(problem.retry_after, problem.detail)
        except (StreamLost, Unreachable, EventGap) as error:
            await self._back_off(getattr(error, "retry_after", None), str(error))
        return True

    async def _back_off(self, at_least: float | None, reason: str) -> None:
        if self._wake.is_set():
            return
        pause = min(_LONGEST, _SHORTEST * 2 ** min(self._failures, 10))
        pause = max(pause * random.uniform(0.5, 1), min(at_least or 0, _LONGEST_ASKED))  # noqa: S311 - as above
        self._failures += 1
        self._set_state(ConnectionPhase.OFFLINE, pause, reason)
        await self._sleep_or_wake(pause)

    async def _sleep_or_wake(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    def _set_state(
        self, connection: ConnectionPhase, retry_in: float | None = None, reason: str = ""
    ) -> None:
        same = connection is self._state.connection
        if same and retry_in is None:
            return
        since = self._state.since if same else clock.read_server_time()
        self._state = ConnectionState(connection, since, retry_in, reason)
        self._on_state(self._state)

    # -- one connection

    async def _follow_stream(self, context: zmq.asyncio.Context) -> None:
        stream = await self._client.open_stream(self._keys.public)
        async with StreamSubscription(context, stream, self._keys) as subscription:
            # A resync that was requested before this is about to happen anyway.
            self._subscription = subscription
            self._wake.clear()
            self._epoch = stream.epoch
            if not self._is_whole or stream.epoch != self._store.epoch:
                self._set_state(ConnectionPhase.CATCHING_UP)
                await self._load_snapshot()
            await subscription.wait_until_ready()
            # Events from before the handshake were not received.
            self._set_state(ConnectionPhase.CATCHING_UP)
            await self._catch_up(stream.seq)
            self._failures = 0
            self._set_state(ConnectionPhase.LIVE)
            try:
                while True:
                    await self._handle_frames(await subscription.receive_frames())
            finally:
                await self._stop_loading()

    async def _handle_frames(self, frames: list[bytes]) -> None:
        received = stream_codec.decode_frame(frames[0], frames[-1])
        if received is None or received.org != self._client.org_id:
            return
        self._check_epoch(received.epoch)
        if isinstance(received, Envelope):
            await self._apply_or_catch_up(received)
        else:
            await self._handle_signal(received)

    async def _handle_signal(self, signal: Signal) -> None:
        if signal.type == HEARTBEAT:
            self._client.server_clock.add_heartbeat(
                signal.at.timestamp(), clock.read_steady_clock()
            )
        if signal.type == STREAM_MOVED:
            raise StreamMoved
        if signal.type == NOTIFICATION_CREATED:
            self._on_notice()
        if signal.watch is not UNSET:
            self._on_watch(signal.watch)
        if signal.type in {DRAFT_CHANGED, MACROS_CHANGED, VIEWS_CHANGED}:
            self._on_signal(signal)
        if signal.seq > self._store.seq:
            await self._catch_up(signal.seq)

    async def _apply_or_catch_up(self, envelope: Envelope) -> None:
        try:
            self._store.apply(envelope)
        except EventGap:
            await self._catch_up(envelope.seq)

    # -- over REST

    async def _catch_up(self, head: int) -> None:
        """Takes every event since the store's, which brings what the stream lost.

        `head` is the log's newest seq, as far as it is known.
        """
        while True:
            if self._is_snapshot_cheaper(head):
                await self._load_snapshot()
            page = await self._read_log()
            head = page.seq
            if head < self._store.seq or not self._continues_store(page):
                await self._load_snapshot()
                continue
            for envelope in page.items:
                self._store.apply(envelope)
            if not page.items or self._store.seq >= head:
                return

    def _is_snapshot_cheaper(self, head: int) -> bool:
        """Returns whether the missing events take longer than the unresolved tickets do.

        One of each takes about the same time (`make bench ARGS=catching_up`).
        """
        queues = self._store.queue_counts
        unresolved = queues.open + queues.in_progress
        return head - self._store.seq > max(_FEW_EVENTS, unresolved)

    async def _read_log(self) -> EventPage:
        """Returns what came after the store's event. Raises LogReplaced."""
        try:
            page = await self._client.list_events(self._store.seq)
        except ApiProblem as problem:
            if problem.is_log_changed:
                raise LogReplaced from problem
            raise
        self._check_epoch(page.epoch)
        return page

    def _check_epoch(self, epoch: str) -> None:
        """Raises LogReplaced where the log is not the one that the stream was opened on."""
        if epoch != self._epoch:
            raise LogReplaced

    def _continues_store(self, page: EventPage) -> bool:
        """Returns whether the log continues at the store's seq: another database's would not."""
        return not page.items or page.items[0].seq == self._store.seq + 1

    async def _load_snapshot(self) -> None:
        """Loads a snapshot. The very first is shown from its first page on, a later one whole."""
        await self._stop_loading()
        self._is_whole = False
        is_first = self._store.me is None
        pages = snapshot.list_unresolved_pages(self._client)
        first = await anext(pages)
        state = await snapshot.build_snapshot(self._client, first, self._epoch)
        if is_first:
            self._store.reset(state)
            self._loading = asyncio.create_task(self._load_rest(pages), name="the whole queue")
            return
        rest = [ticket async for page in pages for ticket in page.items]
        whole = Page([*first.items, *rest], None, first.seq)
        self._store.reset(replace(state, tickets=whole))
        self._is_whole = True

    async def _load_rest(self, pages: AsyncIterator[Page[TicketView]]) -> None:
        """Loads the pages after the first while events are applied; a failure drops the stream."""
        try:
            async for page in pages:
                self._store.merge_tickets(page.items, page.seq)
        except (ApiProblem, Unreachable):
            # Connecting again says why, and begins anew: the store is not whole.
            if self._subscription is not None:
                self._subscription.drop_connection()
        else:
            self._is_whole = True
            self._store.complete_loading()

    async def _stop_loading(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait({self._loading})
            self._loading = None
