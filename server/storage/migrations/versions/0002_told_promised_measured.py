"""Routing, promises, telling people, reports: the columns and tables that they need."""

from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class Terms(Table):
    org_id = pw.IntegerField()
    version = pw.BigIntegerField()
    body = pw.TextField()

    class Meta:
        table_name = "terms"
        primary_key = pw.CompositeKey("org_id", "version")


class Notice(Table):
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


class Interval(Table):
    org_id = pw.IntegerField()
    kind = pw.SmallIntegerField()
    at = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    number = pw.BigIntegerField()
    agent_id = pw.BigIntegerField(null=True)
    category = pw.TextField()
    priority = pw.SmallIntegerField()
    value = pw.BigIntegerField()
    business = pw.BigIntegerField()

    class Meta:
        table_name = "intervals"
        primary_key = pw.CompositeKey("org_id", "kind", "at", "seq")
        without_rowid = True


class ReportDay(Table):
    org_id = pw.IntegerField()
    day = pw.IntegerField()
    net = pw.TextField(null=True)
    body = pw.BlobField(null=True)

    class Meta:
        table_name = "report_days"
        primary_key = pw.CompositeKey("org_id", "day")


TABLES: tuple[type[pw.Model], ...] = (
    Terms,
    Notice,
    Follower,
    Mail,
    Webhook,
    WebhookDelivery,
    Survey,
    Interval,
    ReportDay,
)

COLUMNS: dict[str, dict[str, type[pw.Field]]] = {
    "counters": {"sealed_day": pw.IntegerField},
    "organizations": {
        "terms": pw.BigIntegerField,
        "route_at": pw.BigIntegerField,
        "webhooks": pw.TextField,
    },
    "users": {
        "lost_at": pw.BigIntegerField,
        "last_assigned_at": pw.BigIntegerField,
        "read_up_to": pw.BigIntegerField,
        "preferences": pw.TextField,
    },
    "tickets": {
        "unanswered_since": pw.BigIntegerField,
        "resolver_id": pw.BigIntegerField,
        "queued_at": pw.BigIntegerField,
        "owned_since": pw.BigIntegerField,
        "sla": pw.TextField,
        "routing": pw.TextField,
        "rating": pw.TextField,
        "first_resolved_at": pw.BigIntegerField,
        "standing_since": pw.BigIntegerField,
        "sla_due": pw.BigIntegerField,
        "wake_at": pw.BigIntegerField,
        "waits_for": pw.TextField,
    },
}

AS_IT_IS = "ALTER TABLE report_days ALTER COLUMN body SET STORAGE EXTERNAL"
"""Packed columns hardly shrink, and every report would have to unpack them."""

NOTHING_DUE = "UPDATE tickets SET sla_due = 9007199254740991"
"""What has no due instant is due after all others: so lists by it have one order."""

INDEXES = (
    """CREATE INDEX "organizations_route_at" ON "organizations" ("route_at")
        WHERE ("route_at" IS NOT NULL)""",
    """CREATE INDEX "users_lost_at" ON "users" ("lost_at") WHERE ("lost_at" IS NOT NULL)""",
    """CREATE INDEX "report_days_opened" ON "report_days" ("org_id", "day")
        WHERE ("body" IS NULL)""",
    """CREATE INDEX "tickets_wake_at" ON "tickets" ("wake_at") WHERE ("wake_at" IS NOT NULL)""",
    """CREATE INDEX "tickets_org_id_status_sla_due_number" ON "tickets"
        ("org_id", "status", "sla_due", "number")""",
    """CREATE INDEX "users_available" ON "users" ("org_id") WHERE "presence" = 'available'""",
    """CREATE INDEX "tickets_waiting" ON "tickets"
        ("org_id", "waits_for", "priority" DESC, "sla_due", "queued_at", "number")
        WHERE "waits_for" IS NOT NULL""",
    """CREATE INDEX "tickets_in_hand" ON "tickets" ("org_id", "assignee_id")
        WHERE "assignee_id" IS NOT NULL AND "status" IN ('open', 'in_progress')
        AND "waiting_on" = 'agent' AND "snoozed_until" IS NULL""",
)

HELD = (
    # Nothing live has happened yet to what was there before; then it is known since when it waits.
    """UPDATE "tickets" SET "queued_at" = "created_at"
        WHERE "status" = 'open' AND "assignee_id" IS NULL""",
    """UPDATE "tickets" SET "owned_since" = "updated_at"
        WHERE "status" IN ('open', 'in_progress') AND "assignee_id" IS NOT NULL""",
)


def up(migrator: Any, db: pw.Database) -> None:
    for table, columns in COLUMNS.items():
        for name, field in columns.items():
            migrator.migrate(migrator.add_column(table, name, field(null=True)))
    db.execute_sql(NOTHING_DUE)  # type: ignore[no-untyped-call]
    # The rows of reports stand in the order of their key; PostgreSQL has no word for it.
    Interval._meta.without_rowid = isinstance(db, pw.SqliteDatabase)  # noqa: SLF001 - peewee's word for options
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)
    for statement in (*HELD, *INDEXES):
        db.execute_sql(statement)  # type: ignore[no-untyped-call]
    if not isinstance(db, pw.SqliteDatabase):
        db.execute_sql(AS_IT_IS)  # type: ignore[no-untyped-call]
