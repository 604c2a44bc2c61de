"""The tables of telling people: notices, followers, mails, webhooks, surveys.

Rows hold ids and seqs, never words: what is said is made from the log when it is said.
"""

import peewee as pw

from server.storage.tables.desk_tables import Table


class Notice(Table):
    """A deed that one audience is told of: a person by id, or a kind of people (domain/notify).

    `id` is the seq of the deed's first event, `seq` that of the event which is told; `actor_id`
    is null where it was no person.
    """

    org_id = pw.IntegerField()
    audience = pw.BigIntegerField()
    id = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    number = pw.BigIntegerField()
    kind = pw.TextField()
    reason = pw.TextField()
    relation = pw.TextField()
    actor_id = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "notices"
        primary_key = pw.CompositeKey("org_id", "audience", "id")


class Follower(Table):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    user_id = pw.BigIntegerField()

    class Meta:
        table_name = "followers"
        primary_key = pw.CompositeKey("org_id", "number", "user_id")


class Mail(Table):
    """A mail that is owed to a person about an event."""

    id = pw.BigAutoField()
    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    number = pw.BigIntegerField(null=True)
    seq = pw.BigIntegerField()
    reason = pw.TextField()
    digest = pw.BooleanField()
    state = pw.TextField()
    attempts = pw.IntegerField()
    due_at = pw.BigIntegerField(null=True)
    error = pw.TextField(null=True)
    settled_at = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "mails"


class Webhook(Table):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    url = pw.TextField()
    description = pw.TextField()
    events = pw.TextField()
    scope = pw.TextField()
    secrets = pw.TextField()
    active = pw.BooleanField()
    disabled_reason = pw.TextField(null=True)
    failing_since = pw.BigIntegerField(null=True)
    dead_since = pw.BigIntegerField(null=True)
    deleted = pw.BooleanField()
    created_at = pw.BigIntegerField()

    class Meta:
        table_name = "webhooks"
        primary_key = pw.CompositeKey("org_id", "id")


class WebhookDelivery(Table):
    """One event on its way to one endpoint; `lease` is whose it is while it is being sent."""

    org_id = pw.IntegerField()
    webhook_id = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    state = pw.TextField()
    attempts = pw.IntegerField()
    due_at = pw.BigIntegerField(null=True)
    lease = pw.TextField(null=True)
    finished_at = pw.BigIntegerField(null=True)
    status_code = pw.IntegerField(null=True)
    error = pw.TextField(null=True)

    class Meta:
        table_name = "webhook_deliveries"
        primary_key = pw.CompositeKey("org_id", "webhook_id", "seq")


class Survey(Table):
    """The invitation to rate one resolution of a ticket."""

    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    customer_id = pw.BigIntegerField()
    resolver_id = pw.BigIntegerField(null=True)
    category = pw.TextField()
    state = pw.TextField()
    due_at = pw.BigIntegerField(null=True)
    sent_at = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "surveys"
        primary_key = pw.CompositeKey("org_id", "number", "seq")


Notice.add_index(
    # What agents are told in person, in the order of the log: the publisher asks for it.
    Notice.index(
        Notice.org_id,
        Notice.id,
        Notice.audience,
        where=Notice.audience.between(1000, 9999),
        name="notices_live",
    )
)
Mail.add_index(Mail.index(Mail.due_at, where=Mail.due_at.is_null(False)))
Mail.add_index(Mail.index(Mail.settled_at, where=Mail.settled_at.is_null(False)))
WebhookDelivery.add_index(
    WebhookDelivery.index(
        WebhookDelivery.org_id,
        WebhookDelivery.webhook_id,
        WebhookDelivery.due_at,
        where=WebhookDelivery.due_at.is_null(False),
    )
)
Survey.add_index(Survey.index(Survey.due_at, where=Survey.due_at.is_null(False)))
Survey.add_index(
    Survey.index(
        Survey.org_id, Survey.customer_id, Survey.sent_at, where=Survey.sent_at.is_null(False)
    )
)

TELLING_TABLES: tuple[type[pw.Model], ...] = (
    Notice,
    Follower,
    Mail,
    Webhook,
    WebhookDelivery,
    Survey,
)
