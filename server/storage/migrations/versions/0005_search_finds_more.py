"""A new full-text index, empty: a server fills it from the rows while it serves.

The old one knew whole words alone, in other tokens, and nothing of people. To fill the new one
here would keep a large desk closed for many minutes, so the counters say what is left to do.
"""

from typing import Any

import peewee as pw

COLUMNS = ("unindexed_below", "people_unindexed_below")

LEFT_TO_DO = """UPDATE counters SET
    unindexed_below =
        (SELECT max(number) + 1 FROM tickets WHERE tickets.org_id = counters.org_id),
    people_unindexed_below = (SELECT max(id) + 1 FROM users WHERE users.org_id = counters.org_id)"""

TABLES = {
    # Tokens come as they are to be kept: between blanks, in one form (server/domain/tokenizer.py).
    # Texts are kept once, in their own tables: here are neither they, nor their lengths, nor the
    # places of words in them.
    "SqliteDatabase": [
        """CREATE VIRTUAL TABLE ticket_search USING fts5(
            words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '<#'")""",
        """CREATE VIRTUAL TABLE people_search USING fts5(
            words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '<#'")""",
    ],
    "PostgresqlDatabase": [
        """CREATE TABLE ticket_search (
            org_id integer NOT NULL, number bigint NOT NULL, version integer NOT NULL,
            note boolean NOT NULL, words tsvector NOT NULL,
            PRIMARY KEY (org_id, number, version))""",
        # What waits to be sorted in is read by every search: half a megabyte of it at the most.
        """CREATE INDEX ticket_search_words ON ticket_search USING gin (words)
            WITH (gin_pending_list_limit = 512)""",
        """CREATE TABLE people_search (
            org_id integer NOT NULL, id bigint NOT NULL, words tsvector NOT NULL,
            PRIMARY KEY (org_id, id))""",
        "CREATE INDEX people_search_words ON people_search USING gin (words)",
    ],
}


def up(migrator: Any, db: pw.Database) -> None:
    for name in COLUMNS:
        migrator.migrate(migrator.add_column("counters", name, pw.BigIntegerField(null=True)))
    for statement in (LEFT_TO_DO, *TABLES[type(db).__name__], "DROP TABLE search"):
        db.execute_sql(statement)  # type: ignore[no-untyped-call]
