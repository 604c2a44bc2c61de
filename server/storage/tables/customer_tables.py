"""The tables of customers' pages: revoked links, and addresses that are being proven."""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class TicketLinkModel(BaseModel):
    """The present generation of a ticket's links; no row: 0."""

    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    generation = pw.IntegerField()

    class Meta:
        table_name = "ticket_links"
        primary_key = pw.CompositeKey("org_id", "number")


class AddressProofModel(BaseModel):
    """A code that was mailed to an address, one at a time; neither is stored in clear."""

    org_id = pw.IntegerField()
    address_hash = pw.TextField()
    code_hash = pw.TextField()
    attempts = pw.IntegerField()
    created_at = pw.BigIntegerField()
    expires_at = pw.BigIntegerField(index=True)

    class Meta:
        table_name = "address_proofs"
        primary_key = pw.CompositeKey("org_id", "address_hash")


CUSTOMER_TABLES: tuple[type[pw.Model], ...] = (TicketLinkModel, AddressProofModel)
