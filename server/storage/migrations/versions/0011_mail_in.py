"""Mail that comes in: inboxes, participants, accepted mails, and the source of a message."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class Inbox(Table):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    address = pw.TextField(unique=True)
    category = pw.TextField()
    created_at = pw.BigIntegerField()

    class Meta:
        table_name = "inboxes"
        primary_key = pw.CompositeKey("org_id", "id")


class Participant(Table):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    user_id = pw.BigIntegerField()

    class Meta:
        table_name = "participants"
        primary_key = pw.CompositeKey("org_id", "number", "user_id")
        indexes = ((("org_id", "user_id", "number"), False),)


class InboundMail(Table):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    fingerprint = pw.TextField()
    received_at = pw.BigIntegerField()
    state = pw.TextField()
    reason = pw.TextField(null=True)
    inbox = pw.TextField()
    sender = pw.TextField(null=True)
    sender_id = pw.BigIntegerField(null=True)
    subject = pw.TextField()
    message_id = pw.TextField(null=True)
    number = pw.BigIntegerField(null=True)
    seq = pw.BigIntegerField(null=True)
    verified = pw.BooleanField()
    size = pw.BigIntegerField()
    content = pw.BlobField(null=True)

    class Meta:
        table_name = "inbound_mails"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = (
            (("org_id", "fingerprint"), True),
            (("org_id", "number", "seq"), False),
            (("org_id", "sender_id", "received_at"), False),
        )


InboundMail.add_index(
    pw.SQL(
        """CREATE INDEX "inbound_mails_held" ON "inbound_mails" ("org_id", "id")
        WHERE "state" = 'held'"""
    )
)
TABLES = (Inbox, Participant, InboundMail)
# PostgreSQL keeps samples of texts in its statistics, where an erased word would stay.
TEXTS = ("sender", "subject", "message_id", "content")


def up(migrator: Any, db: pw.Database) -> None:
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
    migrator.migrate(migrator.add_column("messages", "source", pw.TextField(null=True)))
    if isinstance(db, pw.PostgresqlDatabase):
        for name in TEXTS:
            db.execute_sql(  # type: ignore[no-untyped-call]
                f"ALTER TABLE inbound_mails ALTER COLUMN {name} SET STATISTICS 0"
            )
