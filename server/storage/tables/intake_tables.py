"""The tables of mail that comes in: inboxes, who takes or took part, and every accepted mail."""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class InboxModel(BaseModel):
    """An address of ours: mail to it belongs to the organization, in the category.

    An address is one organization's in the whole installation, because a mail names nothing else.
    """

    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    address = pw.TextField(unique=True)
    category = pw.TextField()
    created_at = pw.BigIntegerField()

    class Meta:
        table_name = "inboxes"
        primary_key = pw.CompositeKey("org_id", "id")


class ParticipantModel(BaseModel):
    """A customer who takes part in another customer's ticket.

    `came_from` is the merged ticket that brought them; null where they were here otherwise.
    """

    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    user_id = pw.BigIntegerField()
    came_from = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "participants"
        primary_key = pw.CompositeKey("org_id", "number", "user_id")
        indexes = ((("org_id", "user_id", "number"), False),)


class FormerPartyModel(BaseModel):
    """A person who was a ticket's customer or took part in it, and is no more.

    Words and addresses of theirs may still be in its history: an erasure looks there.
    """

    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    number = pw.BigIntegerField()

    class Meta:
        table_name = "former_parties"
        primary_key = pw.CompositeKey("org_id", "user_id", "number")


class InboundMailModel(BaseModel):
    """A mail that was accepted, with its bytes: written in the transaction that acts on it.

    `fingerprint` is that of its Message-ID, or of its bytes without one: a mail comes only once.
    `number` and `seq` are the ticket and the message it became; `seq` is null for the ticket's
    own text. `reason` says why a mail is held. `sender_id` is the person who wrote it, if known.
    `content` is null once the words were erased or redacted.
    """

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


InboundMailModel.add_index(
    # The mails that wait for a supervisor.
    pw.SQL(
        """CREATE INDEX "inbound_mails_held" ON "inbound_mails" ("org_id", "id")
        WHERE "state" = 'held'"""
    )
)

INTAKE_TABLES: tuple[type[pw.Model], ...] = (
    InboxModel,
    ParticipantModel,
    FormerPartyModel,
    InboundMailModel,
)
