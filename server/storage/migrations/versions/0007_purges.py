"""Purges of the files after erasures and redactions; those of before are done once."""

from typing import Any

import peewee as pw

TEXTS = {
    "tickets": ("subject", "description"),
    "messages": ("body",),
    "events": ("body",),
}


def up(migrator: Any, db: pw.Database) -> None:
    migrator.migrate(
        migrator.add_column("organizations", "purge_at", pw.BigIntegerField(null=True))
    )
    statements = ["UPDATE organizations SET purge_at = created_at"]
    if isinstance(db, pw.PostgresqlDatabase):
        # PostgreSQL keeps samples of texts in its statistics, which nothing ever asks for: so
        # it keeps none. A type that is "changed" to itself forgets those that are there.
        for table, columns in TEXTS.items():
            for name in columns:
                statements += [
                    f"ALTER TABLE {table} ALTER COLUMN {name} TYPE text",
                    f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS 0",
                ]
    for statement in statements:
        db.execute_sql(statement)  # type: ignore[no-untyped-call]
