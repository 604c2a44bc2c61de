"""The commit channel: servers on one PostgreSQL tell each other for whom they have committed.

It carries hints only. Who hears one reads the log, and who misses one (a connection that was lost,
a server that was killed between its commit and the hint) finds the events at its next look. So a
hint is sent after the commit, and not in the transaction: commits with a NOTIFY wait for each other
in the whole PostgreSQL cluster, and would be synced one by one.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import psycopg

from common.errors import Unavailable
from server.monitoring.incident_log import IncidentLog
from server.storage.engine.database_errors import convert_driver_error

CHANNEL: Final = "deskwire_commits"
_LISTEN: Final = b"LISTEN deskwire_commits"
_PAUSE_SECONDS: Final = 0.005
"""The time between two hints of a server: what is committed meanwhile shares the next one."""
_RETRY_SECONDS: Final = 5.0
_ORGS_AT_ONCE: Final = 500
"""Organizations in one hint: PostgreSQL takes a payload of less than 8,000 bytes."""
AsyncConnection = psycopg.AsyncConnection[Any]


class CommitChannel:
    """Sends hints with `send`, and hears those of other servers on a connection from `connect`.

    `connect` returns None where a pooler is in between: it would give the connection to others.
    For one event loop.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[AsyncConnection | None]],
        send: Callable[[str], Awaitable[object]],
    ) -> None:
        self._connect = connect
        self._send = send
        self._origin = secrets.token_hex(8)
        """The name of this server in hints, by which it leaves out its own."""
        self._unsent: dict[int, None] = {}
        self._sending: asyncio.Task[None] | None = None
        self._incidents = IncidentLog()
        self.is_listening = asyncio.Event()

    def announce_commit(self, org_id: int) -> None:
        """Tells the other servers soon that something was committed for an organization."""
        self._unsent[org_id] = None
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_hints(), name="commit hints")

    async def listen(self, hear: Callable[[int], None]) -> None:
        """Calls `hear` with each organization for which another server has committed.

        Returns only where a pooler makes listening impossible.
        """
        while True:
            try:
                connection = await self._connect()
                if connection is None:
                    return
                await self._hear_hints(connection, hear)
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
                await asyncio.wait_for(self._sending, timeout=1)

    async def _hear_hints(self, connection: AsyncConnection, hear: Callable[[int], None]) -> None:
        try:
            await connection.execute(_LISTEN)
            self.is_listening.set()
            async for hint in connection.notifies():
                origin, *org_ids = hint.payload.split()
                if origin != self._origin:
                    for org_id in org_ids:
                        hear(int(org_id))
        finally:
            self.is_listening.clear()
            await connection.close()

    async def _send_hints(self) -> None:
        while self._unsent:
            org_ids = list(self._unsent)[:_ORGS_AT_ONCE]
            for org_id in org_ids:
                del self._unsent[org_id]
            # The database reports its own faults, and the others' next look finds the events.
            with suppress(Unavailable):
                await self._send(" ".join((self._origin, *map(str, org_ids))))
            await asyncio.sleep(_PAUSE_SECONDS)
