"""Customers who are merged into others, and what moved with them."""

from typing import Any

import peewee as pw


class PersonMerge(pw.Model):
    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    at = pw.BigIntegerField()
    moved = pw.TextField()

    class Meta:
        table_name = "person_merges"
        legacy_table_names = False
        primary_key = pw.CompositeKey("org_id", "user_id")


def up(migrator: Any, db: pw.Database) -> None:
    with db.bind_ctx([PersonMerge]):
        db.create_tables([PersonMerge])
    migrator.migrate(migrator.add_column("users", "merged_into", pw.BigIntegerField(null=True)))
