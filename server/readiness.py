"""Checks whether this server can do its work now; load balancers ask every second.

The check commits a write and reads a row through the threads and connections that requests use: it
finds a full disk, a lock, a standby, a server that hangs and an exhausted pool. Callers that ask at
the same time share one result, and while a probe hangs no second one is started.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from server.clock import monotonic_seconds
from server.storage.engine import database_probe
from server.storage.engine.database import Database
from server.storage.engine.database_errors import DatabaseUnavailable, Fault

ANSWER_SECONDS: Final = 1.5
"""Seconds for all checks together. We promise an answer within two."""
FRESH_SECONDS: Final = 0.25
"""Seconds for which "ready" is repeated, so that frequent callers cost the database nothing."""
_LARGE_WRITE_BYTES: Final = 65_536
"""Bytes to write after a failed write: a full disk may still have room for a few."""


class ReadinessProblem(Struct, frozen=True):
    """The reason why the server is not ready: a word for machines, a sentence for people."""

    reason: str
    detail: str


class Readiness:
    """Checks the database and the stream. `find_stream_problem` returns None if it is well."""

    def __init__(
        self, database: Database, find_stream_problem: Callable[[], ReadinessProblem | None]
    ) -> None:
        self._database = database
        self._find_stream_problem = find_stream_problem
        self._write: asyncio.Task[None] | None = None
        self._read: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[list[ReadinessProblem]] | None = None
        self._checked_at = float("-inf")

    async def find_problems(self) -> list[ReadinessProblem]:
        """Returns the problems found, within two seconds; an empty list means ready."""
        if self._checking is None or self._is_stale(self._checking):
            self._checking = asyncio.create_task(self._run_checks(), name="readiness")
        # Shielded: a caller that is cancelled must not cancel the check for the others.
        return await asyncio.shield(self._checking)

    def _is_stale(self, check: "asyncio.Task[list[ReadinessProblem]]") -> bool:
        """Returns whether to check again: a result soon is out of date, a problem at once."""
        if not check.done():
            return False
        has_fault = bool(check.result()) or self._database.last_write_fault is not None
        return has_fault or monotonic_seconds() - self._checked_at > FRESH_SECONDS

    async def _run_checks(self) -> list[ReadinessProblem]:
        write = self._write = _unfinished_task(self._write) or asyncio.create_task(
            self._try_to_write()
        )
        read = self._read = _unfinished_task(self._read) or asyncio.create_task(self._try_to_read())
        await asyncio.wait({write, read}, timeout=ANSWER_SECONDS)
        problems = [
            self._find_check_problem(write, self._database.writers_fault),
            self._find_check_problem(read, Fault.SILENT),
            self._find_stream_problem(),
        ]
        self._checked_at = monotonic_seconds()
        # Without duplicates: a database that is away fails reads and writes for one reason.
        return list(dict.fromkeys(it for it in problems if it is not None))

    def _find_check_problem(
        self, check: "asyncio.Task[None]", hangs_as: Fault
    ) -> ReadinessProblem | None:
        if not check.done():
            return ReadinessProblem(hangs_as.value, hangs_as.detail)
        error = check.exception()
        if error is None:
            return None
        fault = error.fault if isinstance(error, DatabaseUnavailable) else Fault.FAILED
        return ReadinessProblem(fault.value, fault.detail)

    async def _try_to_write(self) -> None:
        size = 1 if self._database.last_write_fault is None else _LARGE_WRITE_BYTES
        value = secrets.token_hex(size)
        await self._database.write(lambda writing: database_probe.write_probe(writing, value))

    async def _try_to_read(self) -> None:
        await self._database.read_one(database_probe.read_probe)


def _unfinished_task(task: "asyncio.Task[None] | None") -> "asyncio.Task[None] | None":
    return task if task is not None and not task.done() else None
