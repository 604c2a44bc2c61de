"""Transactions: what jobs read and write through, on either database."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, cast

import msgspec

from server.storage.engine.committed_cache import CommittedCache
from server.storage.engine.pending_writes import PendingCursor, PendingWrites
from server.storage.engine.rows_ahead import Places, RowsAhead
from server.storage.engine.statement import CombinedStatement, Sql, Statement

Row = Sequence[Any]
V = TypeVar("V")
_DECODE = msgspec.json.Decoder(list[list[Any]]).decode


class DriverCursor(Protocol):
    """The methods that both drivers' cursors have."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class DriverConnection(Protocol):
    """The methods that both drivers' connections have."""

    def execute(self, query: str, params: Sequence[Any] = ..., /) -> DriverCursor: ...

    def cursor(self) -> PendingCursor: ...


class ReadTransaction:
    """One snapshot of the database: everything read through it is true at the same instant."""

    def __init__(self, connection: DriverConnection, dialect: str) -> None:
        self._connection = connection
        self.dialect = dialect

    def fetch_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        return self._execute(statement, values).fetchall()

    def fetch_row(self, statement: Statement | Sql, **values: Any) -> Row | None:
        return self._execute(statement, values).fetchone()

    def fetch_value(self, statement: Statement | Sql, **values: Any) -> Any:
        """Returns the first column of the first row, or None."""
        row = self.fetch_row(statement, **values)
        return None if row is None else row[0]

    def fetch_row_at(
        self,
        place: Hashable,
        statement: Statement | Sql,
        **values: Any,
    ) -> Row | None:
        """Returns a row that is read by its key, as `WriteTransaction.write_later` has it."""
        return self.fetch_row(statement, **values)

    def fetch_combined(self, statements: CombinedStatement, **values: Any) -> list[list[Row]]:
        """Returns the rows of each of the queries, read as one statement."""
        texts = self.fetch_combined_texts(statements, **values)
        return [cast("list[Row]", _DECODE(text)) for text in texts]

    def fetch_combined_texts(self, statements: CombinedStatement, **values: Any) -> Sequence[str]:
        """Returns the same as JSON: a list of lists for each of the queries."""
        row = self._connection.execute(*statements.bind(self.dialect, values)).fetchone()
        return row or ()

    def fetch_large_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        """Returns rows with large binary values, which psycopg would else receive as text."""
        if self.dialect == "sqlite":
            return self.fetch_rows(statement, **values)
        connection: Any = self._connection
        bound = statement.bind(self.dialect, values)
        return cast("list[Row]", connection.execute(*bound, binary=True).fetchall())

    def _execute(self, statement: Statement | Sql, values: dict[str, Any]) -> DriverCursor:
        return self._connection.execute(*statement.bind(self.dialect, values))


class SecondStatement(Exception):
    """A job of `read_one` ran a second statement, which would read another instant."""


class SingleStatementRead(ReadTransaction):
    """Runs one statement, which is a snapshot without a transaction; refuses a second one."""

    def __init__(self, connection: DriverConnection, dialect: str) -> None:
        super().__init__(connection, dialect)
        self._is_spent = False

    def fetch_combined_texts(self, statements: CombinedStatement, **values: Any) -> Sequence[str]:
        self._claim_only_statement()
        return super().fetch_combined_texts(statements, **values)

    def fetch_large_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        if self.dialect != "sqlite":  # on SQLite `_execute` counts it
            self._claim_only_statement()
        return super().fetch_large_rows(statement, **values)

    def _execute(self, statement: Statement | Sql, values: dict[str, Any]) -> DriverCursor:
        self._claim_only_statement()
        return super()._execute(statement, values)

    def _claim_only_statement(self) -> None:
        if self._is_spent:
            raise SecondStatement("read what needs several statements with read_snapshot")
        self._is_spent = True


class WriteTransaction(ReadTransaction):
    """A transaction that writes.

    `touched` counts what cannot be taken back without a rollback: a job that was refused before
    it touched anything leaves the transaction as it was. What else belongs to the transaction
    alone (locked rows, cached names) is a `TransactionState` of the module that needs it. `cache`
    has what earlier transactions of the database left.
    """

    def __init__(
        self, connection: DriverConnection, dialect: str, cache: CommittedCache | None = None
    ) -> None:
        super().__init__(connection, dialect)
        self.cache = CommittedCache() if cache is None else cache
        self.touched = 0
        self._states: dict[TransactionState[Any], Any] = {}
        self._commit_hooks: dict[Hashable, CommitHook] = {}
        self._committed_hooks: list[Callable[[], None]] = []
        self._ahead = RowsAhead()
        self._pending = PendingWrites(self._connection.cursor, as_sets=dialect == "postgresql")

    def get_state(self, key: "TransactionState[V]") -> V:
        """Returns the transaction's value of this key; makes it at the first call."""
        try:
            state = self._states[key]
        except KeyError:
            state = self._states[key] = key.make()
        return cast("V", state)

    def call_before_commit(self, key: Hashable, hook: "CommitHook") -> None:
        """Runs the hook at the end of the transaction, before the commit; once for each key."""
        self._commit_hooks[key] = hook

    def call_after_commit(self, hook: Callable[[], None]) -> None:
        """Runs the hook once the transaction is committed; it must not raise."""
        self._committed_hooks.append(hook)

    def finish_commit(self) -> None:
        """Runs the hooks of a transaction that has just been committed, and forgets what it kept.

        States and hooks refer to the transaction, so everything that its jobs have made would else
        wait for the garbage collector.
        """
        for hook in self._committed_hooks:
            hook()
        self._committed_hooks.clear()
        self._states.clear()

    def write_later(
        self, statement: Statement | Sql, *, place: Hashable = None, **values: Any
    ) -> None:
        """Adds a row, or changes one, before anything reads that table, or at the end.

        The writes of a commit to one table share a statement. A row that is read only by its key
        has that as its `place`: then `fetch_row_at` of other places does not wait for it. A row
        that breaks a constraint fails where it is written.
        """
        self.touched += 1
        text, places = statement.bind(self.dialect, values)
        self._ahead.forget_changed(text, place)
        self._pending.add_row(text, places, place)

    def write_row_later(
        self, statement: Statement, values: Sequence[Any], *, place: Hashable = None
    ) -> None:
        """Does the same with values in the order of the statement (`parameter_names`)."""
        self.touched += 1
        text = statement.get_text(self.dialect)
        self._ahead.forget_changed(text, place)
        self._pending.add_row(text, values, place)

    def expect_row(self, statement: Sql, **values: Any) -> None:
        """Asks ahead for the row that a statement will read."""
        text, places = statement.bind(self.dialect, values)
        fetch, key = self._send(text, places), tuple(places)
        self._ahead.expect_rows(text, [key], lambda: ((key, row) for row in fetch()))

    def expect_rows(
        self,
        reader: Statement,
        keys: Sequence[tuple[Any, ...]],
        many: Statement | Sql,
        values: dict[str, Any],
        *,
        key_columns: int = 1,
        by_place: bool = False,
    ) -> None:
        """Asks ahead for the rows that `reader` will read, by an organization and a key.

        `many` reads the rows of several keys, each after the columns of its key. There may be
        others among them; for one of `keys` there may be none. With `by_place`, organization and
        key are the place of all that `reader` reads.
        """
        org_id = values["org_id"]
        fetch = self._send(*many.bind(self.dialect, values))

        def receive() -> Iterator[tuple[Places, Row]]:
            for row in fetch():
                yield (org_id, *row[:key_columns]), row[key_columns:]

        text = reader.get_text(self.dialect)
        wanted = [(org_id, *key) for key in keys]
        self._ahead.expect_rows(text, wanted, receive, by_place=by_place)

    def _send(self, text: str, places: Sequence[Any]) -> Callable[[], list[Row]]:
        """Returns what fetches the rows of a statement that is run now.

        A cursor of SQLite reads its rows as they are when it comes to them.
        """
        sent = self._connection.execute(text, places)
        if self.dialect != "sqlite":
            return sent.fetchall
        rows = sent.fetchall()
        return lambda: rows

    def fetch_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        text, places = statement.bind(self.dialect, values)
        ahead = self._ahead.find_rows(text, places)
        return self._run(text, places).fetchall() if ahead is None else ahead

    def fetch_row(self, statement: Statement | Sql, **values: Any) -> Row | None:
        text, places = statement.bind(self.dialect, values)
        ahead = self._ahead.find_rows(text, places)
        if ahead is None:
            return self._run(text, places).fetchone()
        return ahead[0] if ahead else None

    def fetch_row_at(
        self, place: Hashable, statement: Statement | Sql, **values: Any
    ) -> Row | None:
        """Returns a row that is read by its key, which is its `place` in `write_later`."""
        text, places = statement.bind(self.dialect, values)
        ahead = self._ahead.find_rows(text, places)
        if ahead is not None:
            return ahead[0] if ahead else None
        self._pending.run_for_place(text, place)
        return self._connection.execute(text, places).fetchone()

    def write(self, statement: Statement | Sql, **values: Any) -> int:
        """Runs a statement that changes rows at once; returns how many."""
        self.touched += 1
        return self._execute(statement, values).rowcount

    def _execute(self, statement: Statement | Sql, values: dict[str, Any]) -> DriverCursor:
        return self._run(*statement.bind(self.dialect, values))

    def _run(self, text: str, places: Sequence[Any]) -> DriverCursor:
        self._ahead.forget_changed(text)
        self._pending.run_for(text)
        return self._connection.execute(text, places)

    def fetch_combined_texts(self, statements: CombinedStatement, **values: Any) -> Sequence[str]:
        self._pending.run_for(statements.bind(self.dialect, values)[0])
        return super().fetch_combined_texts(statements, **values)

    def fetch_large_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        self._pending.run_for(statement.bind(self.dialect, values)[0])
        return super().fetch_large_rows(statement, **values)

    def flush(self) -> None:
        """Runs pending writes and the hooks; the transaction then only has to be committed."""
        while self._commit_hooks:
            hooks, self._commit_hooks = self._commit_hooks, {}
            for hook in hooks.values():
                hook(self)
        self._pending.run_all()


CommitHook: TypeAlias = Callable[[WriteTransaction], None]


class TransactionState(Generic[V]):
    """A typed key for a value that lives as long as one transaction; `make` creates it.

    SQLite's group commit runs jobs of several organizations in one transaction, so most values are
    dicts by organization.
    """

    def __init__(self, make: Callable[[], V]) -> None:
        self.make = make

    def of(self, writing: WriteTransaction) -> V:
        """Returns this transaction's value."""
        return writing.get_state(self)
