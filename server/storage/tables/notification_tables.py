"""The tables of notifications: notifications, followers, mails, webhooks, surveys.

Rows hold ids and seqs, never texts: messages are rendered from the log when they are sent.
"""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class NotificationModel(BaseModel):
    """A notification to one audience: a person by id, or a kind of people.

    The kinds are those of `domain/notification_rules.py`. `id` is the seq of the activity's first
    event, `seq` that of the event it is about. `actor_id` is null where no person acted.
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


class FollowerModel(BaseModel):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    user_id = pw.BigIntegerField()

    class Meta:
        table_name = "followers"
        primary_key = pw.CompositeKey("org_id", "number", "user_id")


class MailModel(BaseModel):
    """A queued mail to a person about an event; `lease` is the process that is sending it."""

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
    lease = pw.TextField(null=True)

    class Meta:
        table_name = "mails"


class UndeliveredModel(BaseModel):
    """A message whose mail to `user_id` did not arrive; `error` is the refusal, without addresses.

    A failure at the ticket's customer replaces one at somebody else.
    """

    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    user_id = pw.BigIntegerField()
    error = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        table_name = "undelivered_messages"
        primary_key = pw.CompositeKey("org_id", "number", "seq")


class UndeliverableAddressModel(BaseModel):
    """An address to which nothing is sent any more, until it is cleared."""

    org_id = pw.IntegerField()
    address = pw.TextField()
    error = pw.TextField()
    at = pw.BigIntegerField()

    class Meta:
        table_name = "undeliverable_addresses"
        primary_key = pw.CompositeKey("org_id", "address")


class WebhookModel(BaseModel):
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


class WebhookDeliveryModel(BaseModel):
    """One event for one endpoint; `lease` is the token of the server that is sending it."""

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


class SurveyModel(BaseModel):
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


NotificationModel.add_index(
    # Notifications to single persons in the order of the log: the publisher reads them.
    NotificationModel.index(
        NotificationModel.org_id,
        NotificationModel.id,
        NotificationModel.audience,
        where=NotificationModel.audience > 0,
        name="notices_live",
    )
)
MailModel.add_index(MailModel.index(MailModel.due_at, where=MailModel.due_at.is_null(False)))
MailModel.add_index(
    MailModel.index(MailModel.settled_at, where=MailModel.settled_at.is_null(False))
)
MailModel.add_index(MailModel.index(MailModel.lease, where=MailModel.lease.is_null(False)))
WebhookDeliveryModel.add_index(
    WebhookDeliveryModel.index(
        WebhookDeliveryModel.org_id,
        WebhookDeliveryModel.webhook_id,
        WebhookDeliveryModel.due_at,
        where=WebhookDeliveryModel.due_at.is_null(False),
    )
)
SurveyModel.add_index(
    SurveyModel.index(SurveyModel.due_at, where=SurveyModel.due_at.is_null(False))
)
SurveyModel.add_index(
    SurveyModel.index(
        SurveyModel.org_id,
        SurveyModel.customer_id,
        SurveyModel.sent_at,
        where=SurveyModel.sent_at.is_null(False),
    )
)

NOTIFICATION_TABLES: tuple[type[pw.Model], ...] = (
    NotificationModel,
    FollowerModel,
    MailModel,
    UndeliveredModel,
    UndeliverableAddressModel,
    WebhookModel,
    WebhookDeliveryModel,
    SurveyModel,
)
