"""Adds an index of events about no ticket: PostgreSQL read a ticket's version past all others."""

from typing import Any

import peewee as pw


def up(_migrator: Any, db: pw.Database) -> None:
    db.execute_sql(  # type: ignore[no-untyped-call]
        """CREATE INDEX "events_of_no_ticket" ON "events" ("org_id", "seq")
        WHERE ("number" IS NULL)"""
    )
