"""Drafts: unsent texts of agents, each for its author alone."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class Draft(Table):
    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    number = pw.BigIntegerField()
    kind = pw.TextField()
    body = pw.TextField()
    set_aside = pw.TextField()
    verbs = pw.TextField()
    files = pw.TextField()
    version = pw.BigIntegerField()
    saved_at = pw.BigIntegerField()

    class Meta:
        table_name = "drafts"
        primary_key = pw.CompositeKey("org_id", "user_id", "number", "kind")
        indexes = ((("org_id", "number"), False),)


# PostgreSQL keeps samples of texts in its statistics, where an erased word would stay.
TEXTS = ("body", "set_aside", "verbs", "files")


def up(migrator: Any, db: pw.Database) -> None:
    del migrator
    with db.bind_ctx((Draft,)):
        db.create_tables((Draft,))
    if isinstance(db, pw.PostgresqlDatabase):
        for name in TEXTS:
            db.execute_sql(  # type: ignore[no-untyped-call]
                f"ALTER TABLE drafts ALTER COLUMN {name} SET STATISTICS 0"
            )
