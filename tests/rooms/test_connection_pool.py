"""The pool of connections: shared fairly, also where PostgreSQL gives fewer than configured."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from server.storage.engine.connection_pool import ConnectionPool, ConnectionUse
from server.storage.engine.database_errors import DatabaseUnavailable, Fault
from tests.support.waiting import PATIENCE


class Connection:
    closed = False

    def close(self) -> None:
        self.closed = True


class Postgres:
    """Gives as many connections as it has, and refuses the next as PostgreSQL does."""

    def __init__(self, has: int) -> None:
        self.has = has
        self.made: list[Connection] = []
        self.error: Exception = psycopg.OperationalError("FATAL: sorry, too many clients already")

    def connect(self) -> Connection:
        if len([it for it in self.made if not it.closed]) >= self.has:
            raise self.error
        self.made.append(Connection())
        return self.made[-1]


def pool_of(postgres: Postgres, size: int, wait_seconds: float = PATIENCE) -> ConnectionPool:
    return ConnectionPool(postgres.connect, size, wait_seconds)


class Borrower:
    """A thread that holds a connection until it is told to give it back."""

    def __init__(self, pool: ConnectionPool, use: ConnectionUse) -> None:
        self.got, self.back = threading.Event(), threading.Event()
        self._pool, self._use = pool, use
        self.thread = threading.Thread(target=self._borrow, daemon=True)
        self.thread.start()

    def _borrow(self) -> None:
        with self._pool.lend_connection(self._use):
            self.got.set()
            self.back.wait(PATIENCE)

    def give_back(self) -> None:
        self.back.set()
        self.thread.join(PATIENCE)


Borrow = Callable[[ConnectionPool, ConnectionUse], Borrower]


@pytest.fixture
def borrow() -> Iterator[Borrow]:
    made: list[Borrower] = []

    def start(pool: ConnectionPool, use: ConnectionUse) -> Borrower:
        made.append(Borrower(pool, use))
        return made[-1]

    yield start
    for borrower in made:
        borrower.back.set()


def use_once(pool: ConnectionPool, use: ConnectionUse) -> Any:
    with pool.lend_connection(use) as connection:
        return connection


def test_a_connection_is_opened_when_it_is_needed_and_used_again() -> None:
    postgres = Postgres(has=100)
    pool = pool_of(postgres, 16)
    assert {use_once(pool, use) for use in ConnectionUse} == {postgres.made[0]}
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(pool.lend_connection(ConnectionUse.WRITE))
    assert len(postgres.made) == 5


def test_a_closed_connection_does_not_come_back() -> None:
    postgres = Postgres(has=1)
    pool = pool_of(postgres, 1)
    with pool.lend_connection(ConnectionUse.WRITE) as connection:
        connection.close()
    assert use_once(pool, ConnectionUse.WRITE) is postgres.made[1]


@pytest.mark.parametrize("has", [2, 3, 5, 9])
def test_a_write_gets_the_next_free_connection_however_many_reads_wait(
    has: int, borrow: Borrow
) -> None:
    """As many as there are, of the sixteen configured: the rest PostgreSQL refuses."""
    pool = pool_of(Postgres(has), 16)
    readers = [
        borrow(pool, use) for use in (ConnectionUse.READ, ConnectionUse.QUICK) for _ in range(8)
    ]
    _holders(readers, has)[0].give_back()
    for _ in range(3):
        writer = borrow(pool, ConnectionUse.WRITE)
        assert writer.got.wait(PATIENCE)
        writer.give_back()
    assert any(it.thread.is_alive() and not it.got.is_set() for it in readers)


def _holders(borrowers: list[Borrower], many: int) -> list[Borrower]:
    """Waits until so many have a connection."""
    while len(holders := [it for it in borrowers if it.got.is_set()]) < many:
        borrowers[-1].got.wait(0.001)
    return holders


def test_with_one_connection_everybody_has_a_turn_the_first_first(borrow: Borrow) -> None:
    pool = pool_of(Postgres(has=1), 1)
    waiting = [
        borrow(pool, use)
        for use in (
            ConnectionUse.READ,
            ConnectionUse.WRITE,
            ConnectionUse.QUICK,
            ConnectionUse.WRITE,
            ConnectionUse.READ,
        )
    ]
    for _ in range(len(waiting)):
        served = _holders(waiting, 1)
        assert len(served) == 1
        waiting.remove(served[0])
        served[0].give_back()


def test_without_a_free_connection_a_borrower_is_told_so_in_time(borrow: Borrow) -> None:
    pool = pool_of(Postgres(has=1), 1, wait_seconds=0.01)
    held = borrow(pool, ConnectionUse.WRITE)
    assert held.got.wait(PATIENCE)
    for use in ConnectionUse:
        with pytest.raises(DatabaseUnavailable) as told:
            use_once(pool, use)
        assert told.value.fault is Fault.NO_CONNECTION
    held.give_back()
    for use in ConnectionUse:
        use_once(pool, use)


def test_without_any_connection_the_reason_is_told_at_once() -> None:
    postgres = Postgres(has=0)
    pool = pool_of(postgres, 16)
    with pytest.raises(DatabaseUnavailable) as told:
        use_once(pool, ConnectionUse.WRITE)
    assert told.value.fault is Fault.NO_CONNECTION
    postgres.error = psycopg.OperationalError("connection refused")
    with pytest.raises(DatabaseUnavailable) as told:
        use_once(pool, ConnectionUse.READ)
    assert told.value.fault is Fault.UNREACHABLE
    postgres.has = 1
    use_once(pool, ConnectionUse.WRITE)


def test_after_a_failover_no_old_connection_is_used_again(borrow: Borrow) -> None:
    postgres = Postgres(has=3)
    pool = pool_of(postgres, 3)
    held = borrow(pool, ConnectionUse.WRITE)
    assert held.got.wait(PATIENCE)
    idle = use_once(pool, ConnectionUse.WRITE)
    pool.expire_connections()
    assert idle.closed
    held.give_back()
    assert all(it.closed for it in postgres.made)
    assert not use_once(pool, ConnectionUse.READ).closed


def test_an_error_that_no_driver_raises_gives_the_slot_back() -> None:
    postgres = Postgres(has=0)
    postgres.error = UnicodeError("a label of the host's name is too long")
    pool = pool_of(postgres, 1)
    for _ in range(3):
        with pytest.raises(UnicodeError):
            use_once(pool, ConnectionUse.WRITE)
    postgres.has = 1
    assert use_once(pool, ConnectionUse.WRITE) is postgres.made[0]


def test_a_connection_opened_before_a_failover_is_not_used_after_it() -> None:
    """It was asked for before; that it came after does not make it one to the new database."""
    postgres = Postgres(has=3)
    opened_late: list[ConnectionPool] = []

    def connect() -> Connection:
        made = postgres.connect()
        if len(postgres.made) == 1:
            opened_late[0].expire_connections()
        return made

    pool = ConnectionPool(connect, 3, PATIENCE)
    opened_late.append(pool)
    first = use_once(pool, ConnectionUse.WRITE)
    assert first.closed
    assert use_once(pool, ConnectionUse.WRITE) is not first
