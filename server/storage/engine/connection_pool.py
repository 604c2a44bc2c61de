"""A pool of PostgreSQL connections, lent to the threads that need one.

PostgreSQL may give fewer connections than are configured (`max_connections`, a limit of the role,
other servers). The pool then shares what there is: nobody waits behind others of another kind for
ever, and reads never hold the last connection that a write could have.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, Final

from server.clock import monotonic
from server.storage.engine.database_errors import (
    DRIVER_ERRORS,
    DatabaseUnavailable,
    Fault,
    as_unavailable,
)

RETRY_GROWTH_SECONDS: Final = 5.0
"""How long the pool makes do with what it has after PostgreSQL refused one more connection."""


class Use(StrEnum):
    """The purposes for which a connection is lent."""

    WRITE = "write"
    QUICK = "quick"
    READ = "read"


class _Borrower:
    """A thread that waits for a connection."""

    def __init__(self, use: Use) -> None:
        self.use = use
        self.granted = threading.Event()
        self.connection: Any = None


class ConnectionPool:
    """Lends up to `size` connections; `connect` opens one. Thread-safe."""

    def __init__(self, connect: Callable[[], Any], size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._open = 0
        self._lent: Counter[Use] = Counter()
        self._borrowers: deque[_Borrower] = deque()
        self._connecting = 0
        self._short_until = 0.0
        self._generation = 0

    @contextmanager
    def lend(self, use: Use) -> Iterator[Any]:
        """A connection for the block. A closed one does not come back.

        Raises DatabaseUnavailable where none is to be had in time.
        """
        connection = self._borrow(use)
        generation = self._generation
        try:
            yield connection
        finally:
            self._take_back(connection, use, keep=generation == self._generation)

    @property
    def is_connecting(self) -> bool:
        """Returns whether a connection is being made: who waits then waits for PostgreSQL."""
        return self._connecting > 0

    def expire(self) -> None:
        """Closes every connection as soon as it is not lent: the database is another now."""
        with self._lock:
            self._generation += 1
            idle, self._idle = self._idle, []
            self._open -= len(idle)
            self._grant()
        _close_all(idle)

    def close(self) -> None:
        """Closes what is not lent; the threads give back the rest, or end with it."""
        self.expire()

    def _borrow(self, use: Use) -> Any:
        deadline = monotonic() + self._wait_seconds
        while True:
            connection = self._wait(use, deadline) or self._grow(use)
            if connection is not None:
                return connection

    def _wait(self, use: Use, deadline: float) -> Any:
        """Waits until it is this borrower's turn; None tells it to open a connection."""
        borrower = _Borrower(use)
        with self._lock:
            self._borrowers.append(borrower)
            self._grant()
        if not borrower.granted.wait(max(deadline - monotonic(), 0)):
            with self._lock:
                if not borrower.granted.is_set():
                    self._borrowers.remove(borrower)
                    raise DatabaseUnavailable(Fault.NO_CONNECTION)
        return borrower.connection

    def _grow(self, use: Use) -> Any:
        """Opens a connection, or answers None where others have to be shared."""
        with self._lock:
            self._connecting += 1
        try:
            return self._connect()
        except DRIVER_ERRORS as error:
            refusal = as_unavailable(error)
            with self._lock:
                self._open -= 1
                self._lent[use] -= 1
                self._short_until = monotonic() + RETRY_GROWTH_SECONDS
                has_others = self._open > 0
                self._grant()
            if has_others and refusal.fault is Fault.NO_CONNECTION:
                return None
            raise refusal from error
        finally:
            with self._lock:
                self._connecting -= 1

    def _take_back(self, connection: Any, use: Use, *, keep: bool) -> None:
        keep = keep and not connection.closed
        with self._lock:
            self._lent[use] -= 1
            if keep:
                self._idle.append(connection)
            else:
                self._open -= 1
            self._grant()
        if not keep:
            _close_all([connection])

    def _grant(self) -> None:
        """Gives what is free to those who wait, the first first. The lock is held."""
        for borrower in tuple(self._borrowers):
            if not self._has_room(borrower.use):
                continue
            if self._idle:
                borrower.connection = self._idle.pop()
            elif self._open < self._to_be_had():
                self._open += 1
            else:
                return
            self._lent[borrower.use] += 1
            self._borrowers.remove(borrower)
            borrower.granted.set()

    def _to_be_had(self) -> int:
        """How many connections there are to share: fewer, while PostgreSQL gives no more."""
        return self._size if monotonic() >= self._short_until else max(self._open, 1)

    def _has_room(self, use: Use) -> bool:
        """Returns whether one more of this use leaves a connection to the others."""
        most = self._to_be_had()
        if use is Use.WRITE:
            return self._lent[use] < max(most - 1, 1)
        if use is Use.READ and self._lent[use] >= max(most // 2, 1):
            return False
        return self._lent[Use.READ] + self._lent[Use.QUICK] < max(most - 1, 1)


def _close_all(connections: list[Any]) -> None:
    for connection in connections:
        with suppress(*DRIVER_ERRORS):
            connection.close()
