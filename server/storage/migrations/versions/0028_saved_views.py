"""Saved views: filters with a name, of an organization or of one agent."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class SavedView(Table):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    owner_id = pw.BigIntegerField(null=True)
    name = pw.TextField()
    filter_text = pw.TextField()
    sort = pw.TextField()
    columns = pw.TextField()
    position = pw.IntegerField()
    version = pw.IntegerField()
    created_at = pw.BigIntegerField()
    updated_at = pw.BigIntegerField()

    class Meta:
        table_name = "saved_views"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "owner_id"), False),)


# PostgreSQL keeps samples of texts in its statistics, where an erased word would stay.
TEXTS = ("name", "filter_text")


def up(migrator: Any, db: pw.Database) -> None:
    del migrator
    with db.bind_ctx((SavedView,)):
        db.create_tables((SavedView,))
    if isinstance(db, pw.PostgresqlDatabase):
        for name in TEXTS:
            db.execute_sql(  # type: ignore[no-untyped-call]
                f"ALTER TABLE saved_views ALTER COLUMN {name} SET STATISTICS 0"
            )
