"""A transaction: what jobs read and write through, on either database."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, cast

import msgspec

from server.storage.engine.statement import CombinedStatement, Sql, Statement

Row = Sequence[Any]
_DECODE = msgspec.json.Decoder(list[list[Any]]).decode


ROWS_AT_ONCE: Final = 64
"""Rows of one insert; the interpreter is handed to another thread once for all of them."""


class DriverCursor(Protocol):
    """What both drivers' cursors do."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class DriverConnection(Protocol):
    """What both drivers' connections do."""

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
        """The first column of the first row, or None."""
        row = self.fetch_row(statement, **values)
        return None if row is None else row[0]

    def fetch_combined(self, statements: CombinedStatement, **values: Any) -> list[list[Row]]:
        """The rows of each of the queries, read as one statement."""
        row = self._connection.execute(*statements.bind(self.dialect, values)).fetchone()
        return [cast("list[Row]", _DECODE(text)) for text in row or ()]

    def fetch_large_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        """The same for rows with large binary values, which psycopg else receives as text."""
        if self.dialect == "sqlite":
            return self.fetch_rows(statement, **values)
        connection: Any = self._connection
        bound = statement.bind(self.dialect, values)
        return cast("list[Row]", connection.execute(*bound, binary=True).fetchall())

    def _execute(self, statement: Statement | Sql, values: dict[str, Any]) -> DriverCursor:
        return self._connection.execute(*statement.bind(self.dialect, values))


class SecondStatement(Exception):
    """A read of one statement has asked for another, which would be of another instant."""


class SingleStatementRead(ReadTransaction):
    """Runs one statement, which needs no transaction to be true at one instant; refuses more."""

    def __init__(self, connection: DriverConnection, dialect: str) -> None:
        super().__init__(connection, dialect)
        self._is_spent = False

    def fetch_combined(self, statements: CombinedStatement, **values: Any) -> list[list[Row]]:
        self._claim_only_statement()
        return super().fetch_combined(statements, **values)

    def fetch_large_rows(self, statement: Statement | Sql, **values: Any) -> list[Row]:
        if self.dialect != "sqlite":  # there it is counted as any other
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

    `touched` counts what cannot be taken back without a rollback; a job that was refused before
    it touched anything leaves the transaction as it was. `notes` is where rooms above keep what
    belongs to this transaction alone (counter rows, names); it goes with it.
    """

    def __init__(self, connection: DriverConnection, dialect: str) -> None:
        super().__init__(connection, dialect)
        self.touched = 0
        self.notes: dict[Any, Any] = {}
        self.before_commit: dict[Any, Any] = {}
        self._rows: dict[Sql | Statement, list[list[Any]]] = {}

    def add_row(self, statement: Statement | Sql, **values: Any) -> None:
        """Adds a row, with the next ones of its table in one statement.

        It waits for the next statement of another kind or the end of the transaction: so whoever
        reads finds it there. A row that cannot be is told then.
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
        """Runs a statement that changes rows; answers how many."""
        self.touched += 1
        return self._execute(statement, values).rowcount

    def _execute(self, statement: Statement | Sql, values: dict[str, Any]) -> DriverCursor:
        self._flush_rows()
        return super()._execute(statement, values)

    def fetch_combined(self, statements: CombinedStatement, **values: Any) -> list[list[Row]]:
        self._flush_rows()
        return super().fetch_combined(statements, **values)

    def _flush_rows(self) -> None:
        for statement, rows in self._rows.items():
            text = statement.multi_row_text(self.dialect, len(rows))
            self._connection.execute(text, [value for row in rows for value in row])
        self._rows.clear()

    def flush(self) -> None:
        """Writes what was kept back for the end of the transaction."""
        self._flush_rows()
        for owed in self.before_commit.values():
            owed(self)
        self.before_commit.clear()
        self._flush_rows()
