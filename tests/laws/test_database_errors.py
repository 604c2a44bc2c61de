"""Errors of the drivers: some are the database's state, others the program's faults."""

import sqlite3
from contextlib import closing
from pathlib import Path

import peewee as pw
import psycopg
import pytest
from psycopg import errors

from server.storage.engine.database_errors import Fault, convert_driver_error, find_fault

POSTGRES: dict[type[psycopg.Error], Fault | None] = {
    errors.DiskFull: Fault.DISK_FULL,
    errors.TooManyConnections: Fault.NO_CONNECTION,
    errors.OutOfMemory: Fault.OVERLOADED,
    errors.ReadOnlySqlTransaction: Fault.READ_ONLY,
    errors.QueryCanceled: Fault.SILENT,
    errors.IdleInTransactionSessionTimeout: Fault.SILENT,
    errors.LockNotAvailable: Fault.LOCKED,
    errors.DeadlockDetected: Fault.LOCKED,
    errors.SerializationFailure: Fault.LOCKED,
    errors.AdminShutdown: Fault.UNREACHABLE,
    errors.CannotConnectNow: Fault.UNREACHABLE,
    errors.ConnectionFailure: Fault.UNREACHABLE,
    errors.ProtocolViolation: Fault.UNREACHABLE,
    errors.InvalidSqlStatementName: Fault.POOLER,
    errors.DuplicatePreparedStatement: Fault.POOLER,
    errors.IoError: Fault.DISK_ERROR,
    errors.DataCorrupted: Fault.DISK_ERROR,
    errors.UniqueViolation: None,
    errors.SyntaxError: None,
    errors.UndefinedTable: None,
    errors.DivisionByZero: None,
    errors.InvalidTextRepresentation: None,
}


@pytest.mark.parametrize(("kind", "fault"), POSTGRES.items(), ids=str)
def test_postgresqls_states_are_told_from_faults_of_the_program(
    kind: type[psycopg.Error], fault: Fault | None
) -> None:
    assert find_fault(kind("x")) is fault


@pytest.mark.parametrize(
    ("says", "fault"),
    [
        ("connection failed: FATAL:  too many connections for role", Fault.NO_CONNECTION),
        ("FATAL:  sorry, too many clients already", Fault.NO_CONNECTION),
        ("FATAL:  remaining connection slots are reserved", Fault.NO_CONNECTION),
        ("FATAL:  no more connections allowed (max_client_conn)", Fault.NO_CONNECTION),
        ("connection timeout expired", Fault.SILENT),
        ("wait timeout expired", Fault.SILENT),
        ("connection refused", Fault.UNREACHABLE),
        ("server closed the connection unexpectedly", Fault.UNREACHABLE),
    ],
)
def test_a_connection_that_fails_is_known_by_what_it_says(says: str, fault: Fault) -> None:
    assert find_fault(psycopg.OperationalError(says)) is fault
    wrapped = pw.OperationalError(says)
    wrapped.__cause__ = psycopg.OperationalError(says)
    assert find_fault(wrapped) is fault


def raised(path: Path, *statements: str) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as told:  # noqa: PT012 - which of them is the test's to know
        connection = sqlite3.connect(path, isolation_level=None, timeout=0)
        with closing(connection):
            for statement in statements:
                connection.execute(statement)
    return told.value


def test_sqlites_states_are_told_from_faults_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    fill = (
        "CREATE TABLE a (b)",
        "PRAGMA max_page_count = 3",
        "INSERT INTO a VALUES (zeroblob(1e6))",
    )
    assert find_fault(raised(path, *fill)) is Fault.DISK_FULL
    assert find_fault(raised(path, "PRAGMA query_only = 1", "DELETE FROM a")) is Fault.READ_ONLY
    assert find_fault(raised(tmp_path, "SELECT 1 FROM a")) is Fault.DISK_ERROR
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert find_fault(raised(path, "BEGIN IMMEDIATE")) is Fault.LOCKED
    other.close()
    (tmp_path / "no.db").write_text("no database at all, whatever its name says" * 30)
    assert find_fault(raised(tmp_path / "no.db", "SELECT * FROM a")) is Fault.DISK_ERROR
    assert find_fault(raised(path, "SELECT * FROM nothing")) is None
    assert (
        find_fault(
            raised(path, "CREATE TABLE c (d UNIQUE NOT NULL)", "INSERT INTO c VALUES (NULL)")
        )
        is None
    )


def test_every_fault_has_a_sentence_for_its_operator() -> None:
    for fault in Fault:
        assert fault.detail.endswith(".")
    assert convert_driver_error(errors.DiskFull("x")).fault is Fault.DISK_FULL
    assert convert_driver_error(errors.UniqueViolation("x")).fault is Fault.FAILED
