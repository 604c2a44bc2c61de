"""Adds the merged ticket that brought a participant, and an index of merged customers."""

from typing import Any

import peewee as pw


def up(migrator: Any, db: pw.Database) -> None:
    migrator.migrate(
        migrator.add_column("participants", "came_from", pw.BigIntegerField(null=True))
    )
    db.execute_sql(  # type: ignore[no-untyped-call]
        """CREATE INDEX "users_org_id_merged_into" ON "users" ("org_id", "merged_into")
            WHERE ("merged_into" IS NOT NULL)"""
    )
