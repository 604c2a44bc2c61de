"""Macros: texts that are sent often, of an organization or of one agent."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class Macro(Table):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    owner_id = pw.BigIntegerField(null=True)
    name = pw.TextField()
    body = pw.TextField()
    kind = pw.TextField(null=True)
    verbs = pw.TextField()
    created_at = pw.BigIntegerField()
    updated_at = pw.BigIntegerField()

    class Meta:
        table_name = "macros"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "owner_id"), False),)


# PostgreSQL keeps samples of texts in its statistics, where an erased word would stay.
TEXTS = ("name", "body", "verbs")


def up(migrator: Any, db: pw.Database) -> None:
    del migrator
    with db.bind_ctx((Macro,)):
        db.create_tables((Macro,))
    if isinstance(db, pw.PostgresqlDatabase):
        for name in TEXTS:
            db.execute_sql(  # type: ignore[no-untyped-call]
                f"ALTER TABLE macros ALTER COLUMN {name} SET STATISTICS 0"
            )
