"""Adds the ticket in which a merged one is read, and the tickets that a survivor shows."""

from typing import Any

import peewee as pw


def up(migrator: Any, _db: pw.Database) -> None:
    migrator.migrate(
        migrator.add_column("tickets", "merged_into", pw.BigIntegerField(null=True)),
        migrator.add_column("tickets", "merged_from", pw.TextField(null=True)),
    )
