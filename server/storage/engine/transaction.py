"""Transactions: what jobs read and write through, on either database."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar, cast

import msgspec

from server.storage.engine.statement import CombinedStatement, Sql, Statement

Row = Sequence[Any]
V = TypeVar("V")
_DECODE = msgspec.json.Decoder(list[list[Any]]).decode


ROWS_AT_ONCE: Final = 64
"""Rows of one insert: one statement, and one switch of threads, for all of them."""


class DriverCursor(Protocol):
    """The methods that both drivers' cursors have."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class DriverConnection(Protocol):
    """The methods that both drivers' connections have."""

    def execute(self, query: str, params: list[Any] = ..., /) -> DriverCursor: ...


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
    alone (locked rows, cached names) is a `TransactionState` of the module that needs it.
    """

    def __init__(self, connection: DriverConnection, dialect: str) -> None:
        super().__init__(connection, dialect)
        self.touched = 0
        self._states: dict[TransactionState[Any], Any] = {}
        self._commit_hooks: dict[Hashable, CommitHook] = {}
        self._rows: dict[Sql | Statement, list[list[Any]]] = {}

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

    def add_row(self, statement: Statement | Sql, **values: Any) -> None:
        """Adds a row. Rows of one table are batched into one insert.

        A batch is flushed before the next read or write of another kind, and before the commit:
        every statement finds the rows. A row that breaks a constraint fails at the flush.
        """
        self.touched += 1
        rows = self._rows.setdefault(statement, [])
        rows.append(statement.bind(self.dialect, values)[1])
        if len(rows) == ROWS_AT_ONCE:
            self._flush_rows()

    def add_rows(self, statement: Statement, rows: list[list[Any]]) -> None:
        """Adds rows whose values stand in the order of the statement's places."""
        self.touched += 1
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            text = statement.multi_row_text(self.dialect, len(part))
            self._connection.execute(text, [value for row in part for value in row])

    def write(self, statement: Statement | Sql, **values: Any) -> int:
        """Runs a statement that changes rows; returns how many."""
        self.touched += 1
        return self._execute(statement, values).rowcount

    def _execute(self, statement: Statement | Sql, values: dict[str, Any]) -> DriverCursor:
        self._flush_rows()
        return super()._execute(statement, values)

    def fetch_combined_texts(self, statements: CombinedStatement, **values: Any) -> Sequence[str]:
        self._flush_rows()
        return super().fetch_combined_texts(statements, **values)

    def _flush_rows(self) -> None:
        for statement, rows in self._rows.items():
            text = statement.multi_row_text(self.dialect, len(rows))
            self._connection.execute(text, [value for row in rows for value in row])
        self._rows.clear()

    def flush(self) -> None:
        """Writes batched rows and runs the hooks; the transaction then only has to be committed."""
        self._flush_rows()
        while self._commit_hooks:
            hooks, self._commit_hooks = self._commit_hooks, {}
            for hook in hooks.values():
                hook(self)
        self._flush_rows()


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
