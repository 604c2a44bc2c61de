"""What migrations make is what statements are compiled from."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import peewee as pw
from playhouse.migrations import Runner

from server.domain.epochs import UNNAMED, decode_epochs
from server.storage.migrations import VERSIONS_FOLDER, migrate_database, open_peewee
from server.storage.tables.desk_tables import DESK_TABLES
from server.storage.tables.notification_tables import NOTIFICATION_TABLES
from server.storage.tables.report_tables import REPORT_TABLES

_ALL = (*DESK_TABLES, *NOTIFICATION_TABLES, *REPORT_TABLES)
BEFORE_EPOCHS = (
    """INSERT INTO organizations (org_id, settings, generation, created_at)
        VALUES ({org_id}, '{{}}', 1, 0)""",
    """INSERT INTO counters (org_id, seq, ticket, agent, customer, api_key)
        VALUES ({org_id}, {seq}, 0, 0, 0, 0)""",
)
_NOT_OURS = re.compile("ticket_search|people_search|schema_migration|sqlite_")


def schema(path: Path) -> dict[str, str]:
    """Every table and index that is made of a model, with the text that makes it."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    return {name: " ".join(sql.split()) for name, sql in made if not _NOT_OURS.match(name)}


def test_migrated_tables_are_those_that_statements_are_compiled_from(tmp_path: Path) -> None:
    migrated, made = tmp_path / "migrated.db", tmp_path / "made.db"
    migrate_database(f"sqlite:///{migrated}")
    database = pw.SqliteDatabase(str(made))
    with database.bind_ctx(_ALL):
        database.create_tables(_ALL)
    database.close()
    assert schema(migrated) == schema(made)


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    assert migrate_database(f"sqlite:///{path}") != []
    before = schema(path)
    assert migrate_database(f"sqlite:///{path}") == []
    assert schema(path) == before


def test_a_log_from_before_epochs_gets_one_and_its_events_keep_their_ids(database_url: str) -> None:
    database = open_peewee(database_url)
    runner = Runner(database, str(VERSIONS_FOLDER))
    runner.up("0002_told_promised_measured")
    for org_id, seq in ((4821, 17), (4822, 0)):
        for statement in BEFORE_EPOCHS:
            database.execute_sql(statement.format(org_id=org_id, seq=seq))  # type: ignore[no-untyped-call]
    runner.up()
    rows = database.execute_sql("SELECT epochs FROM organizations ORDER BY org_id")  # type: ignore[no-untyped-call]
    one, other = (decode_epochs(text) for (text,) in rows.fetchall())
    database.close()
    assert (one.find_epoch(17), one.find_epoch(18)) == (UNNAMED, one.current)
    assert other.find_epoch(1) == other.current != one.current
