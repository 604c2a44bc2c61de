"""The tickets whose customer did not get the newest reply."""

from typing import Any

import peewee as pw


def up(migrator: Any, _db: pw.Database) -> None:
    migrator.migrate(
        migrator.add_column("tickets", "undelivered_at", pw.BigIntegerField(null=True))
    )
