"""The commit channel: servers on one PostgreSQL tell each other for whom they have committed.

They pass on what is in no log, too: signals, which may be lost.

It carries hints only. Who hears one reads the log, and who misses one (a connection that was lost,
a server that was killed between its commit and the hint) finds the events at its next look. So a
hint is sent after the commit, and not in the transaction: commits with a NOTIFY wait for each other
in the whole PostgreSQL cluster, and would be synced one by one. A server that is alone sends none.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import psycopg

from common.errors import Unavailable
from server.clock import monotonic_seconds
from server.monitoring.incident_log import IncidentLog
from server.storage.engine.database_errors import convert_driver_error

CHANNEL: Final = "deskwire_commits"
SIGNAL_CHANNEL: Final = "deskwire_signals"
LISTEN: Final = f"LISTEN {CHANNEL}"
"""The last statement of a connection that listens, by which others recognize it."""
_LISTEN_TO_SIGNALS: Final = f"LISTEN {SIGNAL_CHANNEL}"
_PAUSE_SECONDS: Final = 0.005
"""The time between two hints of a server: what is committed meanwhile shares the next one."""
_ALONE_SECONDS: Final = 0.5
"""The time without hints after nobody else listened. Whoever starts meanwhile looks by itself."""
_RETRY_SECONDS: Final = 5.0
_ORGS_AT_ONCE: Final = 500
"""Organizations in one hint: PostgreSQL takes a payload of less than 8,000 bytes."""
_MOST_PAYLOAD_BYTES: Final = 7900
_MOST_UNSENT_SIGNALS: Final = 1000
"""Signals that wait at most: what they say is over before a slow database has passed them on."""
AsyncConnection = psycopg.AsyncConnection[Any]


class CommitChannel:
    """Sends hints with `send`, and hears those of other servers on a connection from `connect`.

    `connect` returns None where a pooler is in between: it would give the connection to others.
    `send` gets a channel, a payload and our listener's process id in PostgreSQL (0 without one); it
    returns False where nobody else listens, and then sends nothing. For one event loop.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[AsyncConnection | None]],
        send: Callable[[str, str, int], Awaitable[bool]],
    ) -> None:
        self._connect = connect
        self._send = send
        self._origin = secrets.token_hex(8)
        """The name of this server in hints, by which it leaves out its own."""
        self._unsent: dict[int, None] = {}
        self._unsent_signals: deque[str] = deque(maxlen=_MOST_UNSENT_SIGNALS)
        self._sending: asyncio.Task[None] | None = None
        self._listener_pid = 0
        self._alone_until = 0.0
        self._incidents = IncidentLog()
        self.is_listening = asyncio.Event()

    def announce_commit(self, org_id: int) -> None:
        """Tells the other servers soon that something was committed for an organization."""
        if monotonic_seconds() < self._alone_until:
            return
        self._unsent[org_id] = None
        self._send_soon()

    def announce_signal(self, text: str) -> None:
        """Passes a signal on to the other servers soon: a line that they understand."""
        if len(text.encode()) + len(self._origin) < _MOST_PAYLOAD_BYTES:
            self._unsent_signals.append(text)
            self._send_soon()

    def _send_soon(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_hints(), name="commit hints")

    async def listen(self, hear: Callable[[int], None], hear_signal: Callable[[str], None]) -> None:
        """Calls `hear` with each organization for which another server has committed.

        Calls `hear_signal` with each signal of another server.

        Returns only where a pooler makes listening impossible.
        """
        while True:
            try:
                connection = await self._connect()
                if connection is None:
                    return
                await self._hear_hints(connection, hear, hear_signal)
            except psycopg.Error as error:
                fault = convert_driver_error(error).fault
                self._incidents.report_failure(
                    "commits of other servers not heard at once", fault, reason=fault.value
                )
            await asyncio.sleep(_RETRY_SECONDS)

    async def close(self) -> None:
        """Sends what is still to be said, unless the database is away."""
        if self._sending is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._sending

    async def _hear_hints(
        self,
        connection: AsyncConnection,
        hear: Callable[[int], None],
        hear_signal: Callable[[str], None],
    ) -> None:
        try:
            await connection.execute(_LISTEN_TO_SIGNALS.encode())
            await connection.execute(LISTEN.encode())
            self._listener_pid = connection.info.backend_pid
            self.is_listening.set()
            async for hint in connection.notifies():
                # Organizations are on one line, and each signal is on a line of its own.
                is_signal = hint.channel == SIGNAL_CHANNEL
                origin, *told = hint.payload.split("\n" if is_signal else None)
                if origin == self._origin:
                    continue
                for text in told:
                    if is_signal:
                        hear_signal(text)
                    else:
                        hear(int(text))
        finally:
            self.is_listening.clear()
            self._listener_pid = 0
            await connection.close()

    async def _send_hints(self) -> None:
        while self._unsent or self._unsent_signals:
            # The database reports its own faults, and the others' next look finds the events.
            with suppress(Unavailable):
                if org_ids := self._take_org_ids():
                    await self._notify_others(CHANNEL, " ".join((self._origin, *map(str, org_ids))))
                if signals := self._take_signals():
                    await self._notify_others(SIGNAL_CHANNEL, "\n".join((self._origin, *signals)))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _notify_others(self, channel: str, payload: str) -> None:
        if not await self._send(channel, payload, self._listener_pid):
            self._alone_until = monotonic_seconds() + _ALONE_SECONDS

    def _take_org_ids(self) -> list[int]:
        org_ids = list(self._unsent)[:_ORGS_AT_ONCE]
        for org_id in org_ids:
            del self._unsent[org_id]
        return org_ids

    def _take_signals(self) -> list[str]:
        """Takes as many signals as fit in one hint."""
        taken, size = list[str](), len(self._origin)
        while self._unsent_signals:
            size += len(self._unsent_signals[0].encode()) + 1
            if size > _MOST_PAYLOAD_BYTES:
                break
            taken.append(self._unsent_signals.popleft())
        return taken
