"""Customers' pages: generations of ticket links, and addresses that are being proven."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class TicketLink(Table):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    generation = pw.IntegerField()

    class Meta:
        table_name = "ticket_links"
        primary_key = pw.CompositeKey("org_id", "number")


class AddressProof(Table):
    org_id = pw.IntegerField()
    address_hash = pw.TextField()
    code_hash = pw.TextField()
    attempts = pw.IntegerField()
    created_at = pw.BigIntegerField()
    expires_at = pw.BigIntegerField(index=True)

    class Meta:
        table_name = "address_proofs"
        primary_key = pw.CompositeKey("org_id", "address_hash")


def up(migrator: Any, db: pw.Database) -> None:
    with db.bind_ctx((TicketLink, AddressProof)):
        db.create_tables((TicketLink, AddressProof))
