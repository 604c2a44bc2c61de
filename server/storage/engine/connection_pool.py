"""A pool of PostgreSQL connections, lent to the threads that need one.

PostgreSQL may give fewer connections than are configured (`max_connections`, a limit of the role,
other servers). The pool then shares what there is: every use gets a connection in the end, and
reads never hold the last one that a write could have.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, Final

from server.clock import monotonic_seconds
from server.storage.engine.database_errors import (
    DRIVER_ERRORS,
    DatabaseUnavailable,
    Fault,
    convert_driver_error,
)

RETRY_GROWTH_SECONDS: Final = 5.0
"""The time without new connections after PostgreSQL has refused one."""


class ConnectionUse(StrEnum):
    """The purposes for which a connection is lent."""

    WRITE = "write"
    QUICK = "quick"
    READ = "read"


class _Borrower:
    """A thread that waits for a connection.

    `granted` is set once it may go on: with a connection, or with the right to open one. Either
    belongs to the pool's `generation` of that moment.
    """

    def __init__(self, use: ConnectionUse) -> None:
        self.use = use
        self.granted = threading.Event()
        self.connection: Any = None
        self.generation = 0


class ConnectionPool:
    """Lends up to `size` connections; `connect` opens one. Thread-safe."""

    def __init__(self, connect: Callable[[], Any], size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._open = 0
        self._lent: Counter[ConnectionUse] = Counter()
        self._borrowers: deque[_Borrower] = deque()
        self._connecting = 0
        self._short_until = 0.0
        self._generation = 0

    @contextmanager
    def lend_connection(self, use: ConnectionUse) -> Iterator[Any]:
        """Lends a connection for the block. A closed one does not come back.

        Raises DatabaseUnavailable where none is free in time, or what `connect` raises.
        """
        connection, generation = self._borrow_connection(use)
        try:
            yield connection
        finally:
            self._take_back(connection, use, generation)

    @property
    def is_connecting(self) -> bool:
        """Returns whether a connection is being opened: borrowers then wait for PostgreSQL."""
        return self._connecting > 0

    def expire_connections(self) -> None:
        """Closes every connection once it is not lent: the server behind the URL has changed."""
        with self._lock:
            self._generation += 1
            idle, self._idle = self._idle, []
            self._open -= len(idle)
            self._grant_connections()
        _close_all(idle)

    def close(self) -> None:
        """Closes the idle connections; lent ones are closed when they are returned."""
        self.expire_connections()

    def _borrow_connection(self, use: ConnectionUse) -> tuple[Any, int]:
        """Returns a connection and the generation that it belongs to."""
        deadline = monotonic_seconds() + self._wait_seconds
        while True:
            borrower = self._wait_for_turn(use, deadline)
            connection = borrower.connection or self._open_connection(use)
            if connection is not None:
                return connection, borrower.generation

    def _wait_for_turn(self, use: ConnectionUse, deadline: float) -> _Borrower:
        """Waits until it is this borrower's turn. Without a connection it has to open one."""
        borrower = _Borrower(use)
        with self._lock:
            self._borrowers.append(borrower)
            self._grant_connections()
        if not borrower.granted.wait(max(deadline - monotonic_seconds(), 0)):
            with self._lock:
                if not borrower.granted.is_set():
                    self._borrowers.remove(borrower)
                    raise DatabaseUnavailable(Fault.NO_CONNECTION)
        return borrower

    def _open_connection(self, use: ConnectionUse) -> Any:
        """Opens a connection, or returns None where others have to be shared."""
        with self._lock:
            self._connecting += 1
        try:
            return self._connect()
        except DRIVER_ERRORS as error:
            refusal = convert_driver_error(error)
            has_others = self._give_slot_back(use, RETRY_GROWTH_SECONDS)
            if has_others and refusal.fault is Fault.NO_CONNECTION:
                return None
            raise refusal from error
        except BaseException:
            self._give_slot_back(use)
            raise
        finally:
            with self._lock:
                self._connecting -= 1

    def _give_slot_back(self, use: ConnectionUse, pause_seconds: float = 0) -> bool:
        """Gives up the place of a connection that failed to open; returns whether others are open.

        The pool does not grow again before the pause is over.
        """
        with self._lock:
            self._open -= 1
            self._lent[use] -= 1
            if pause_seconds:
                self._short_until = monotonic_seconds() + pause_seconds
            has_others = self._open > 0
            self._grant_connections()
        return has_others

    def _take_back(self, connection: Any, use: ConnectionUse, generation: int) -> None:
        with self._lock:
            keep = generation == self._generation and not connection.closed
            self._lent[use] -= 1
            if keep:
                self._idle.append(connection)
            else:
                self._open -= 1
            self._grant_connections()
        if not keep:
            _close_all([connection])

    def _grant_connections(self) -> None:
        """Grants free connections to the borrowers, in their order. The caller holds the lock."""
        for borrower in tuple(self._borrowers):
            if not self._has_room(borrower.use):
                continue
            if self._idle:
                borrower.connection = self._idle.pop()
            elif self._open < self._current_limit():
                self._open += 1
            else:
                return
            self._lent[borrower.use] += 1
            borrower.generation = self._generation
            self._borrowers.remove(borrower)
            borrower.granted.set()

    def _current_limit(self) -> int:
        """Returns how many connections to share: fewer while PostgreSQL gives no more."""
        return self._size if monotonic_seconds() >= self._short_until else max(self._open, 1)

    def _has_room(self, use: ConnectionUse) -> bool:
        """Returns whether one more of this use leaves a connection to the others."""
        most = self._current_limit()
        if use is ConnectionUse.WRITE:
            return self._lent[use] < max(most - 1, 1)
        if use is ConnectionUse.READ and self._lent[use] >= max(most // 2, 1):
            return False
        return self._lent[ConnectionUse.READ] + self._lent[ConnectionUse.QUICK] < max(most - 1, 1)


def _close_all(connections: list[Any]) -> None:
    for connection in connections:
        with suppress(*DRIVER_ERRORS):
            connection.close()
