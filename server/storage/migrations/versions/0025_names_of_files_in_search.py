"""Names of files enter the search index: it is filled anew where there are files.

SQLite's index keeps no texts, so a text can only be given its files' names where it is indexed
again. `server.storage.queries.search.search_backlog` does that while the desk is open.
"""

from typing import Any

import peewee as pw

EMPTY = {
    "SqliteDatabase": "INSERT INTO ticket_search (ticket_search) VALUES ('delete-all')",
    "PostgresqlDatabase": "DELETE FROM ticket_search",
}
LEFT_TO_DO = """UPDATE counters SET unindexed_below =
    (SELECT max(number) + 1 FROM tickets WHERE tickets.org_id = counters.org_id)"""


def up(_migrator: Any, db: pw.Database) -> None:
    any_file = db.execute_sql("SELECT 1 FROM attachments LIMIT 1")  # type: ignore[no-untyped-call]
    if any_file.fetchone() is None:
        return
    for statement in (EMPTY[type(db).__name__], LEFT_TO_DO):
        db.execute_sql(statement)  # type: ignore[no-untyped-call]
