"""Messages that did not arrive, and addresses to which nothing is sent any more."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class UndeliveredMessage(Table):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    user_id = pw.BigIntegerField()
    error = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        table_name = "undelivered_messages"
        primary_key = pw.CompositeKey("org_id", "number", "seq")


class UndeliverableAddress(Table):
    org_id = pw.IntegerField()
    address = pw.TextField()
    error = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        table_name = "undeliverable_addresses"
        primary_key = pw.CompositeKey("org_id", "address")


def up(migrator: Any, db: pw.Database) -> None:
    with db.bind_ctx((UndeliveredMessage, UndeliverableAddress)):
        db.create_tables((UndeliveredMessage, UndeliverableAddress))
