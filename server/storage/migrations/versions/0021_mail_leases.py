"""Adds the process that sends a mail, so that its successor can go on at once."""

from typing import Any

import peewee as pw


def up(migrator: Any, db: pw.Database) -> None:
    migrator.migrate(migrator.add_column("mails", "lease", pw.TextField(null=True)))
    db.execute_sql(  # type: ignore[no-untyped-call]
        """CREATE INDEX "mails_lease" ON "mails" ("lease") WHERE ("lease" IS NOT NULL)"""
    )
