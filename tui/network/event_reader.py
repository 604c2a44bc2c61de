"""Reads the event log as it grows: each event once, in order, as the server wrote it.

The stream says that something happened, and mostly brings it; the log over REST fills every gap.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

import msgspec
import zmq.asyncio
from msgspec import UNSET, Struct

from common import endpoints
from common.queries import EventQuery
from common.topics import STREAM_MOVED
from tui.network.client import MAX_PAGE_SIZE, ApiProblem, Client, Unreachable
from tui.network.feed import LogReplaced, StreamMoved
from tui.network.stream_codec import UNLOGGED_TYPES
from tui.network.stream_socket import CurveKeys, StreamLost, StreamSubscription

_SHORTEST: Final = 0.2
_LONGEST: Final = 5.0
_POLL_SECONDS: Final = 2.0
_FORBIDDEN: Final = 403


class _StreamHeader(Struct, frozen=True):
    org: int
    seq: int
    type: str = ""
    epoch: str = ""


class _RawLogPage(Struct, frozen=True):
    items: list[msgspec.Raw]
    seq: int
    epoch: str = ""


class EventReader:
    """One reader of an organization's log, from an event on; it reconnects for ever."""

    def __init__(
        self,
        client: Client,
        take_event: Callable[[bytes], None],
        report: Callable[[str], None],
        *,
        after: int | None = None,
        epoch: str | None = None,
    ) -> None:
        """`take_event` gets each event as JSON, `report` lines about the connection.

        `after` None: from the newest event on.
        """
        self._client, self._take_event, self._report = client, take_event, report
        self.seq, self.epoch = after, epoch
        self._keys = CurveKeys()
        self._failures = 0

    async def run(self) -> None:
        """Reads for ever. Raises ApiProblem and LogReplaced, where waiting does not help."""
        context = zmq.asyncio.Context()
        try:
            while True:
                try:
                    await self._follow_log(context)
                except StreamMoved:
                    await asyncio.sleep(random.uniform(0, 1))  # noqa: S311 - all clients reconnect at once
                except (StreamLost, Unreachable) as error:
                    await self._back_off(str(error), getattr(error, "retry_after", None))
        finally:
            context.destroy(linger=0)

    async def _back_off(self, reason: str, at_least: float | None) -> None:
        pause = min(_LONGEST, _SHORTEST * 2 ** min(self._failures, 10))
        self._failures += 1
        if self._failures == 1:
            self._report(f"offline: {reason} Trying again.")
        await asyncio.sleep(max(pause, min(at_least or 0, 60)))

    def _note_success(self) -> None:
        if self._failures:
            self._report("online again.")
        self._failures = 0

    async def _follow_log(self, context: zmq.asyncio.Context) -> None:
        try:
            stream = await self._client.open_stream(self._keys.public)
        except ApiProblem as problem:
            if problem.status != _FORBIDDEN:
                raise
            await self._poll_log()  # an API key opens no stream
            return
        self._check_epoch(stream.epoch)
        self.seq = stream.seq if self.seq is None else self.seq
        async with StreamSubscription(context, stream, self._keys) as subscription:
            await subscription.wait_until_ready()
            await self._read_new()
            self._note_success()
            while True:
                await self._take_frames(await subscription.receive_frames())

    async def _take_frames(self, frames: list[bytes]) -> None:
        header = _decode_header(frames[-1])
        if header is None or header.org != self._client.org_id:
            return
        self._check_epoch(header.epoch)
        if header.type == STREAM_MOVED:
            raise StreamMoved
        is_logged = header.type not in UNLOGGED_TYPES and b"/user/" not in frames[0]
        if is_logged and header.seq == (self.seq or 0) + 1:
            self._take_next(frames[-1])
        elif header.seq > (self.seq or 0):
            await self._read_new()

    def _take_next(self, event: bytes) -> None:
        self._take_event(event)
        self.seq = (self.seq or 0) + 1

    async def _poll_log(self) -> None:
        while True:
            await self._read_new()
            self._note_success()
            await asyncio.sleep(_POLL_SECONDS)

    async def _read_new(self) -> None:
        """Takes what the log has after the last event. Raises LogReplaced."""
        while True:
            page = await self._read_page()
            self._check_epoch(page.epoch)
            if self.seq is None:
                self.seq = page.seq
                return
            for event in page.items:
                self._take_next(bytes(event))
            if not page.items:
                return

    async def _read_page(self) -> _RawLogPage:
        query = EventQuery(after=self.seq or 0, limit=MAX_PAGE_SIZE, epoch=self.epoch or UNSET)
        try:
            raw = await self._client.fetch_raw(endpoints.LIST_EVENTS, query)
            return msgspec.json.decode(raw, type=_RawLogPage)
        except ApiProblem as problem:
            if problem.is_log_changed:
                raise LogReplaced(problem.detail) from problem
            raise
        except msgspec.MsgspecError as error:
            raise Unreachable(f"The server's answer was not understood: {error}") from error

    def _check_epoch(self, epoch: str) -> None:
        """Raises LogReplaced where the log is not the one that was read so far."""
        if self.epoch is not None and epoch != self.epoch:
            raise LogReplaced("The event log was replaced, for example by a restored backup.")
        self.epoch = epoch


def _decode_header(payload: bytes) -> _StreamHeader | None:
    try:
        return msgspec.json.decode(payload, type=_StreamHeader)
    except msgspec.MsgspecError:
        return None
