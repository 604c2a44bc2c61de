"""The log of an older server learns the external ids of the tickets that it is about."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import peewee as pw

from common.organization import OrganizationSettings
from server.clock import utc_now
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.migrations import open_peewee
from server.storage.queries.log import event_log
from server.storage.queries.log.event_log import LogEntry
from server.storage.queries.organization import organizations
from server.transfer.importer import Importer
from tests.support.import_lines import case, did

MIGRATION: Any = import_module("server.storage.migrations.versions.0006_external_ids")
OLDER = {
    "SqliteDatabase": "UPDATE events SET body = json_remove(body, '$.ticket.external_id')",
    "PostgresqlDatabase": "UPDATE events SET body = (body::jsonb #- '{ticket,external_id}')::text",
}
ORG = 41_001


@contextmanager
def raw(url: str) -> Iterator[pw.Database]:
    database = open_peewee(url)
    yield database
    database.close()


async def logged(database: Database) -> list[LogEntry]:
    return await database.read_snapshot(lambda reading: event_log.list_events(reading, ORG, 0, 100))


async def test_every_event_of_an_imported_ticket_gets_its_external_id(
    desk_url: str,
) -> None:
    database = open_database(desk_url)
    await database.write(
        lambda writing: organizations.add_organization(
            writing, ORG, OrganizationSettings(name="Old"), 0
        )
    )
    taken = Importer(database, utc_now, ORG, lambda *_: None)
    unnamed = case("", did("reply", body='Ü\\u "quoted"'))
    del unnamed["ticket"]["external_id"]
    lines = [case("Case 'ü'", did("note", body="Old.")), unnamed]
    await taken.import_source(json.dumps(line).encode() for line in lines)
    before = await logged(database)
    with raw(desk_url) as peewee:
        peewee.execute_sql(OLDER[type(peewee).__name__])  # type: ignore[no-untyped-call]
        older = await logged(database)
        MIGRATION.up(None, peewee)

    assert all(it.detail.ticket.external_id is None for it in older if it.detail.ticket)
    after = await logged(database)
    database.close()
    assert after == before
    assert {it.detail.ticket.external_id for it in before if it.detail.ticket} == {
        "Case 'ü'",
        None,
    }
