"""Adds the ticket that another one was split from, and the marks of copied messages."""

from typing import Any

import peewee as pw


def up(migrator: Any, _db: pw.Database) -> None:
    migrator.migrate(
        migrator.add_column("tickets", "split_from", pw.BigIntegerField(null=True)),
        migrator.add_column("tickets", "split_into", pw.TextField(null=True)),
        migrator.add_column("messages", "copied_from", pw.BigIntegerField(null=True)),
    )
