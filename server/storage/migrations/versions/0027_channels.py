"""Adds the channel that a ticket came through; those that came by mail are known by their mails."""

from typing import Any

import peewee as pw

BY_MAIL = """UPDATE tickets SET channel = 'mail', sender_verified =
    (SELECT verified FROM inbound_mails AS came WHERE came.org_id = tickets.org_id
        AND came.number = tickets.number AND came.seq IS NULL AND came.state = 'ticket'
        ORDER BY came.id LIMIT 1)
    WHERE EXISTS (SELECT 1 FROM inbound_mails AS came WHERE came.org_id = tickets.org_id
        AND came.number = tickets.number AND came.seq IS NULL AND came.state = 'ticket')"""


def up(migrator: Any, db: pw.Database) -> None:
    migrator.migrate(
        migrator.add_column("tickets", "channel", pw.TextField(null=True)),
        migrator.add_column("tickets", "sender_verified", pw.BooleanField(null=True)),
    )
    db.execute_sql(BY_MAIL)  # type: ignore[no-untyped-call]
