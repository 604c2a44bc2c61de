"""Migrations make the tables from which statements are compiled."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import peewee as pw
from playhouse.migrations import Runner

from common.accounts import CreateUser
from common.people import Actor, Role
from server.clock import utc_now
from server.desk.desk import Desk
from server.desk.people.accounts import create_customer, create_user
from server.domain.epochs import UNNAMED, decode_epochs
from server.storage.connect import open_database
from server.storage.migrations import VERSIONS_FOLDER, migrate_database, open_peewee
from server.storage.tables.customer_tables import CUSTOMER_TABLES
from server.storage.tables.desk_tables import DESK_TABLES
from server.storage.tables.file_tables import FILE_TABLES
from server.storage.tables.intake_tables import INTAKE_TABLES
from server.storage.tables.library_tables import LIBRARY_TABLES
from server.storage.tables.notification_tables import NOTIFICATION_TABLES
from server.storage.tables.report_tables import REPORT_TABLES

_ALL = (
    *DESK_TABLES,
    *NOTIFICATION_TABLES,
    *REPORT_TABLES,
    *CUSTOMER_TABLES,
    *INTAKE_TABLES,
    *FILE_TABLES,
    *LIBRARY_TABLES,
)
BEFORE_EPOCHS = (
    """INSERT INTO organizations (org_id, settings, generation, created_at)
        VALUES ({org_id}, '{{}}', 1, 0)""",
    """INSERT INTO counters (org_id, seq, ticket, agent, customer, api_key)
        VALUES ({org_id}, {seq}, 0, 0, 0, 0)""",
)
WITH_TWO_SEQUENCES = (
    """INSERT INTO organizations (org_id, settings, generation, created_at, epochs)
        VALUES (4821, '{"name": "A"}', 1, 0, '[[[0, "first"]]]')""",
    """INSERT INTO counters (org_id, seq, ticket, agent, customer, api_key)
        VALUES (4821, 0, 0, 9999, 10000, 0)""",
    """INSERT INTO users (org_id, id, email, name, role, skills, capacity, presence, active,
        created_at)
        SELECT 4821, id, 'p' || id || '@example.test', 'P', role, '[]', 10, 'offline', true, 1
        FROM (SELECT 1000 AS id, 'admin' AS role UNION ALL SELECT 9999, 'agent'
            UNION ALL SELECT 10000, 'customer') AS people""",
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


async def test_people_keep_their_ids_and_new_ones_get_ids_behind_all_of_them(
    database_url: str,
) -> None:
    old = open_peewee(database_url)
    Runner(old, str(VERSIONS_FOLDER)).up("0007_purges")
    for statement in WITH_TWO_SEQUENCES:
        old.execute_sql(statement)  # type: ignore[no-untyped-call]
    old.close()
    assert "0008_one_sequence_of_people" in migrate_database(database_url)
    new = open_peewee(database_url)
    rows = new.execute_sql("SELECT id FROM users ORDER BY id").fetchall()  # type: ignore[no-untyped-call]
    new.close()
    assert rows == [(1000,), (9999,), (10_000,)]
    assert await draw_ids(database_url) == [10_001, 10_002]


async def draw_ids(url: str) -> list[int]:
    """Returns the ids of a new agent and a new customer."""
    database = open_database(url)
    desk, admin = Desk(database, utc_now, lambda _: None), Actor(4821, Role.ADMIN, 1000, "Ann")
    command = CreateUser(email="ben@example.test", name="Ben", role=Role.AGENT)
    agent = await desk.write(admin, lambda work: create_user(work, command, None))
    customer = await desk.write(admin, lambda work: create_customer(work, "c@example.test", "C"))
    database.close()
    return [agent.id, customer.id]


def wish(kind: str) -> dict[str, Any]:
    return {"kind": kind, "relation": "mine", "channels": []}


def test_stored_preferences_about_merged_tickets_go_and_the_others_stay(database_url: str) -> None:
    database = open_peewee(database_url)
    Runner(database, str(VERSIONS_FOLDER)).up("0007_purges")
    for statement in WITH_TWO_SEQUENCES:
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
    kept, gone = wish("resolved"), wish("merged")
    settings = {"name": "A", "notifications": {"agents": [gone, kept], "customers": [gone]}}
    preferences = {"notices": [kept, gone], "digest": "daily"}
    statements = (
        ("UPDATE organizations SET settings = %s", settings),
        ("UPDATE users SET preferences = %s WHERE id = 1000", preferences),
    )
    marker = "?" if isinstance(database, pw.SqliteDatabase) else "%s"
    for text, body in statements:
        database.execute_sql(text.replace("%s", marker), (json.dumps(body),))  # type: ignore[no-untyped-call]
    database.close()
    assert "0009_no_merge_notifications" in migrate_database(database_url)
    database = open_peewee(database_url)
    columns = ("settings FROM organizations", "preferences FROM users WHERE id = 1000")
    found = [
        json.loads(database.execute_sql(f"SELECT {column}").fetchone()[0])  # type: ignore[no-untyped-call]
        for column in columns
    ]
    database.close()
    expected = {"name": "A", "notifications": {"agents": [kept], "customers": []}}
    assert found == [expected, {"notices": [kept], "digest": "daily"}]


WITH_FORMER_CUSTOMERS = (
    """INSERT INTO organizations (org_id, settings, generation, created_at, epochs)
        VALUES (4821, '{"name": "A"}', 1, 0, '[[[0, "first"]]]')""",
    """INSERT INTO events (org_id, seq, at, type, actor_role, actor_id, number, body) VALUES
        (4821, 1, 0, 'ticket.updated', 'agent', 7, 17,
            '{"changes":{"rating":[null,null],"customer_id":[3,4]},"ticket":{"customer_id":4}}'),
        (4821, 2, 0, 'ticket.updated', 'agent', 7, 17,
            '{"changes":{"customer_id":[4,3]},"ticket":{"customer_id":3}}'),
        (4821, 3, 0, 'ticket.updated', 'agent', 7, 17,
            '{"changes":{"customer_id":[3,4]},"ticket":{"customer_id":4}}'),
        (4821, 4, 0, 'ticket.updated', 'agent', 7, 18,
            '{"changes":{"subject":["A","B"]},"ticket":{"customer_id":5}}')""",
)


def test_former_customers_of_before_are_read_from_the_log(database_url: str) -> None:
    old = open_peewee(database_url)
    Runner(old, str(VERSIONS_FOLDER)).up("0019_copied_files")
    for statement in WITH_FORMER_CUSTOMERS:
        old.execute_sql(statement)  # type: ignore[no-untyped-call]
    old.close()
    assert "0020_former_parties" in migrate_database(database_url)
    new = open_peewee(database_url)
    rows = new.execute_sql("SELECT user_id, number FROM former_parties ORDER BY user_id").fetchall()  # type: ignore[no-untyped-call]
    new.close()
    assert rows == [(3, 17), (4, 17)]
