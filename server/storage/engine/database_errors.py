"""Classifies database faults that pass without a change of the program, for callers and logs.

A caller gets 503 for each of them; the log and `/readyz` name the fault. Other errors (a broken
constraint, a wrong statement) are bugs, and are raised as they are.
"""

import sqlite3
from enum import StrEnum
from typing import Final

import peewee as pw
import psycopg

from common.errors import Unavailable

DRIVER_ERRORS: Final = (sqlite3.Error, psycopg.Error, pw.PeeweeException)


class Fault(StrEnum):
    """Faults that keep the database from serving; the value is the reason that `/readyz` gives."""

    DISK_FULL = "disk-full"
    DISK_ERROR = "disk-error"
    LOCKED = "database-locked"
    READ_ONLY = "database-read-only"
    UNREACHABLE = "database-unreachable"
    SILENT = "database-silent"
    NO_CONNECTION = "no-connection-free"
    POOLER = "database-pooler"
    OVERLOADED = "overloaded"
    WRITER_STOPPED = "writer-stopped"
    FAILED = "database-failed"

    @property
    def detail(self) -> str:
        """A sentence for the operator: what is wrong and what to check."""
        return _DETAILS[self]


_DETAILS: Final = {
    Fault.DISK_FULL: "The disk of the database is full: free some space.",
    Fault.DISK_ERROR: "The database's files cannot be read or written: check the disk.",
    Fault.LOCKED: "Another process holds a lock on the database and does not release it.",
    Fault.READ_ONLY: "The database takes no writes: it is a standby, or set to read-only.",
    Fault.UNREACHABLE: "The database cannot be reached.",
    Fault.SILENT: "The database does not answer in time.",
    Fault.NO_CONNECTION: "No connection to the database is free.",
    Fault.POOLER: "A pooler lost a prepared statement: set --database-pooler yes.",
    Fault.OVERLOADED: "More is asked of the database than it can do.",
    Fault.WRITER_STOPPED: "A thread that writes has ended: restart the server.",
    Fault.FAILED: "The database refused a statement.",
}


class DatabaseUnavailable(Unavailable):
    """The database cannot serve at the moment; `fault` says why."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(detail or "The database cannot do this at the moment: try again.")
        self.fault = fault


def convert_driver_error(error: Exception) -> DatabaseUnavailable:
    """Returns the error that callers get for an error of a driver."""
    refusal = DatabaseUnavailable(find_fault(error) or Fault.FAILED)
    refusal.__cause__ = error
    return refusal


def find_fault(error: BaseException | None) -> Fault | None:
    """Returns the fault behind a driver's error; None where the program is at fault."""
    if isinstance(error, DatabaseUnavailable):
        return error.fault
    if isinstance(error, pw.PeeweeException) and error.__cause__ is not None:
        return find_fault(error.__cause__)
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(error, psycopg.Error):
        return _find_postgres_fault(error)
    return None


_SQLITE: Final = {
    sqlite3.SQLITE_FULL: Fault.DISK_FULL,
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Fault.LOCKED,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_IOERR: Fault.DISK_ERROR,
    sqlite3.SQLITE_CANTOPEN: Fault.DISK_ERROR,
    sqlite3.SQLITE_CORRUPT: Fault.DISK_ERROR,
    sqlite3.SQLITE_NOTADB: Fault.DISK_ERROR,
}
"""Primary result codes; see "Result and Error Codes" of SQLite."""

_POSTGRES: Final = {
    "25006": Fault.READ_ONLY,
    "26000": Fault.POOLER,  # invalid_sql_statement_name: prepared on another connection
    "42P05": Fault.POOLER,  # duplicate_prepared_statement
    "53100": Fault.DISK_FULL,
    "53300": Fault.NO_CONNECTION,
    "55P03": Fault.LOCKED,
    "57014": Fault.SILENT,  # query_canceled: statement_timeout
    "57P05": Fault.UNREACHABLE,
    "25P03": Fault.SILENT,  # idle_in_transaction_session_timeout
    "08": Fault.UNREACHABLE,
    "40": Fault.LOCKED,  # serialization_failure, deadlock_detected
    "53": Fault.OVERLOADED,
    "57": Fault.UNREACHABLE,  # shut down, starting up, crashed
    "58": Fault.DISK_ERROR,
    "XX": Fault.DISK_ERROR,
}
"""SQLSTATEs, or their class where the whole class means the same; PostgreSQL's Appendix A."""

_NO_CONNECTION: Final = (
    "too many connections",
    "too many clients",
    "connection slots",
    "no more connections allowed",
)
"""Texts of refusals: a refused connection has no SQLSTATE in libpq (PostgreSQL, PgBouncer)."""


def _find_postgres_fault(error: psycopg.Error) -> Fault | None:
    if error.sqlstate:
        return _POSTGRES.get(error.sqlstate) or _POSTGRES.get(error.sqlstate[:2])
    if isinstance(error, psycopg.errors.PipelineAborted):
        return None  # a statement before it failed
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    text = str(error)
    if any(words in text for words in _NO_CONNECTION):
        return Fault.NO_CONNECTION
    return Fault.SILENT if "timeout expired" in text else Fault.UNREACHABLE
