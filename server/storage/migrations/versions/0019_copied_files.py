"""Lets several attachments have one file: a split copies messages with their files."""

from typing import Any

import peewee as pw


def up(migrator: Any, _db: pw.Database) -> None:
    migrator.migrate(
        migrator.drop_index("attachments", "attachments_key"),
        migrator.add_index("attachments", ("key",), False),
    )
