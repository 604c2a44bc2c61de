"""Migration 0004 on a database with data: what customers see is worked out from the log."""

from typing import Any

from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import WaitingOn
from server.storage.migrations import migrate_database, open_peewee
from tests.support.local_desk import ADMIN, TICKET, LocalDesk

NOTE = AddMessage("Among us", MessageKind.NOTE)
HISTORIES: list[list[Any]] = [
    [],
    [NOTE],
    [ClaimTicket(), NOTE, EditTicket(tags=("vip",)), ReleaseTicket()],
    [ClaimTicket(), AddMessage("Hello."), EditTicket(subject="Other"), EditTicket(tags=("a",))],
    [ClaimTicket(), AddMessage("Wait.", MessageKind.NOTE, waiting_on=WaitingOn.CUSTOMER)],
]
COLUMNS = {
    "tickets": ["last_event_at", "public_version", "public_seq", "public_at", "returned_by"],
    "counters": ["written_at", "renamed_seq"],
}


async def lived_in(url: str) -> None:
    async with LocalDesk.open(url) as desk:
        for number, history in enumerate(HISTORIES, 1):
            await desk.create(ADMIN, TICKET)
            for step in history:
                await desk.act(ADMIN, number, step)


def values(url: str) -> list[Any]:
    """Returns what the migration works out, as it stands in the rows."""
    columns = ", ".join(name for name in COLUMNS["tickets"] if name != "last_event_at")
    database = open_peewee(url)
    rows = database.execute_sql(f"SELECT number, {columns} FROM tickets ORDER BY number").fetchall()  # type: ignore[no-untyped-call] # noqa: S608
    rows += database.execute_sql("SELECT written_at FROM counters").fetchall()  # type: ignore[no-untyped-call]
    database.close()
    return [tuple(row) for row in rows]


def undo(url: str) -> None:
    """Makes the schema what it was before this migration."""
    database = open_peewee(url)
    statements = ["DROP INDEX tickets_org_id_status_last_seq_number"]
    for table, columns in COLUMNS.items():
        statements += [f"ALTER TABLE {table} DROP COLUMN {name}" for name in columns]
    statements.append("DELETE FROM schema_migration WHERE name LIKE '0004%%'")
    if url.startswith("sqlite"):
        statements[-1] = statements[-1].replace("%%", "%")
    for statement in statements:
        database.execute_sql(statement)  # type: ignore[no-untyped-call]
    database.close()


async def test_rows_from_before_get_the_values_that_they_would_have_now(desk_url: str) -> None:
    await lived_in(desk_url)
    before = values(desk_url)
    assert len({row[2] for row in before[:-1]}) > 1
    undo(desk_url)

    assert migrate_database(desk_url) == ["0004_customer_versions"]
    assert values(desk_url) == before
