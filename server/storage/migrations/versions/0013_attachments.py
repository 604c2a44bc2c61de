"""Attachments: their rows, what readers see of them, and files that are to be deleted."""

from typing import Any

import peewee as pw

COLUMNS: dict[str, dict[str, type[pw.Field]]] = {
    "counters": {"attachment": pw.BigIntegerField},
    "tickets": {"attachments": pw.TextField},
    "messages": {"attachments": pw.TextField},
}
TEXTS = {"tickets": "attachments", "messages": "attachments", "attachments": "name"}


class AttachmentModel(pw.Model):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    number = pw.BigIntegerField()
    seq = pw.BigIntegerField(null=True)
    name = pw.TextField()
    content_type = pw.TextField()
    size = pw.BigIntegerField()
    sha256 = pw.TextField()
    key = pw.TextField(unique=True)
    created_at = pw.BigIntegerField()
    uploader_role = pw.TextField()
    uploader_id = pw.BigIntegerField(null=True)

    class Meta:
        legacy_table_names = False
        table_name = "attachments"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "number", "seq"), False),)


class FileDeletionModel(pw.Model):
    org_id = pw.IntegerField()
    key = pw.TextField()
    due_at = pw.BigIntegerField(index=True)

    class Meta:
        legacy_table_names = False
        table_name = "file_deletions"
        primary_key = pw.CompositeKey("org_id", "key")


def up(migrator: Any, db: pw.Database) -> None:
    for table, columns in COLUMNS.items():
        for name, field in columns.items():
            migrator.migrate(migrator.add_column(table, name, field(null=True)))
    tables = (AttachmentModel, FileDeletionModel)
    with db.bind_ctx(tables):
        db.create_tables(tables)
    if isinstance(db, pw.PostgresqlDatabase):
        # Names of files are people's words: no sample of them in the statistics (see 0007).
        for table, column in TEXTS.items():
            db.execute_sql(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")  # type: ignore[no-untyped-call]
