"""The tables, as peewee models: what statements are compiled from.

`org_id` is part of every key and index, so that no query crosses organizations and the tables could
be sharded by it. Times are integer microseconds since 1970 in UTC. Structured fields are JSON text.
A change here needs a migration beside it; a test compares the two.
"""

import peewee as pw


class BaseModel(pw.Model):
    class Meta:
        legacy_table_names = False


class OrganizationModel(BaseModel):
    org_id = pw.IntegerField(primary_key=True)
    settings = pw.TextField()
    generation = pw.IntegerField()
    created_at = pw.BigIntegerField()
    terms = pw.BigIntegerField(null=True)
    route_at = pw.BigIntegerField(null=True)
    webhooks = pw.TextField(null=True)
    epochs = pw.TextField(null=True)
    purge_at = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "organizations"


class CounterModel(BaseModel):
    """An organization's counters; every write locks this row first, so that seqs have no gap."""

    org_id = pw.IntegerField(primary_key=True)
    seq = pw.BigIntegerField()
    ticket = pw.BigIntegerField()
    person = pw.BigIntegerField()
    api_key = pw.BigIntegerField()
    sealed_day = pw.IntegerField(null=True)
    written_at = pw.BigIntegerField(null=True)
    renamed_seq = pw.BigIntegerField(null=True)
    unindexed_below = pw.BigIntegerField(null=True)
    people_unindexed_below = pw.BigIntegerField(null=True)
    attachment = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "counters"


class UserModel(BaseModel):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    email = pw.TextField()
    name = pw.TextField()
    role = pw.TextField()
    password_hash = pw.TextField(null=True)
    skills = pw.TextField()
    capacity = pw.IntegerField()
    presence = pw.TextField()
    presence_until = pw.BigIntegerField(null=True)
    active = pw.BooleanField()
    created_at = pw.BigIntegerField()
    lost_at = pw.BigIntegerField(null=True)
    last_assigned_at = pw.BigIntegerField(null=True)
    read_up_to = pw.BigIntegerField(null=True)
    preferences = pw.TextField(null=True)
    merged_into = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "users"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "email"), True),)


class UserAddressModel(BaseModel):
    """A further address of a person; the primary one is `users.email`.

    `id` is the seq of the event that added it.
    """

    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    user_id = pw.BigIntegerField()
    address = pw.TextField()

    class Meta:
        table_name = "user_addresses"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "address"), True), (("org_id", "user_id", "id"), False))


class PersonMergeModel(BaseModel):
    """A merge of two customers that can be undone; `moved` is JSON of what went to the other."""

    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    at = pw.BigIntegerField()
    moved = pw.TextField()

    class Meta:
        table_name = "person_merges"
        primary_key = pw.CompositeKey("org_id", "user_id")


class SessionModel(BaseModel):
    token_hash = pw.TextField(primary_key=True)
    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    created_at = pw.BigIntegerField()
    expires_at = pw.BigIntegerField(index=True)

    class Meta:
        table_name = "sessions"
        indexes = ((("org_id", "user_id"), False),)


class ApiKeyModel(BaseModel):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    name = pw.TextField()
    scopes = pw.TextField()
    key_hash = pw.TextField(unique=True, null=True)
    created_at = pw.BigIntegerField()

    class Meta:
        table_name = "api_keys"
        primary_key = pw.CompositeKey("org_id", "id")


class TicketModel(BaseModel):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    subject = pw.TextField()
    category = pw.TextField()
    customer_id = pw.BigIntegerField()
    created_at = pw.BigIntegerField()
    updated_at = pw.BigIntegerField()
    status = pw.TextField()
    priority = pw.SmallIntegerField()
    tags = pw.TextField()
    assignee_id = pw.BigIntegerField(null=True)
    waiting_on = pw.TextField()
    snoozed_until = pw.BigIntegerField(null=True)
    close_reason = pw.TextField(null=True)
    followup_of = pw.BigIntegerField(null=True)
    first_response_at = pw.BigIntegerField(null=True)
    resolved_at = pw.BigIntegerField(null=True)
    closed_at = pw.BigIntegerField(null=True)
    reopen_count = pw.IntegerField()
    version = pw.IntegerField()
    last_seq = pw.BigIntegerField()
    external_id = pw.TextField(null=True)
    description = pw.TextField()
    unanswered_since = pw.BigIntegerField(null=True)
    resolver_id = pw.BigIntegerField(null=True)
    queued_at = pw.BigIntegerField(null=True)
    owned_since = pw.BigIntegerField(null=True)
    sla = pw.TextField(null=True)
    routing = pw.TextField(null=True)
    rating = pw.TextField(null=True)
    first_resolved_at = pw.BigIntegerField(null=True)
    standing_since = pw.BigIntegerField(null=True)
    sla_due = pw.BigIntegerField(null=True)
    wake_at = pw.BigIntegerField(null=True)
    waits_for = pw.TextField(null=True)
    last_event_at = pw.BigIntegerField(null=True)
    public_version = pw.IntegerField(null=True)
    public_seq = pw.BigIntegerField(null=True)
    public_at = pw.BigIntegerField(null=True)
    returned_by = pw.BigIntegerField(null=True)
    attachments = pw.TextField(null=True)
    merged_into = pw.BigIntegerField(null=True)
    merged_from = pw.TextField(null=True)
    undelivered_at = pw.BigIntegerField(null=True)
    split_from = pw.BigIntegerField(null=True)
    split_into = pw.TextField(null=True)
    channel = pw.TextField(null=True)
    sender_verified = pw.BooleanField(null=True)

    class Meta:
        table_name = "tickets"
        primary_key = pw.CompositeKey("org_id", "number")
        indexes = (
            (("org_id", "status", "created_at", "number"), False),
            (("org_id", "status", "updated_at", "number"), False),
            (("org_id", "status", "last_seq", "number"), False),
            (("org_id", "status", "sla_due", "number"), False),
            (("org_id", "customer_id", "created_at", "number"), False),
        )


class PolicyVersionModel(BaseModel):
    """A version of an organization's calendar and policies; tickets keep theirs."""

    org_id = pw.IntegerField()
    version = pw.BigIntegerField()
    body = pw.TextField()

    class Meta:
        table_name = "terms"
        primary_key = pw.CompositeKey("org_id", "version")


OrganizationModel.add_index(
    OrganizationModel.index(
        OrganizationModel.route_at, where=OrganizationModel.route_at.is_null(False)
    )
)
UserModel.add_index(
    UserModel.index(UserModel.presence_until, where=UserModel.presence_until.is_null(False))
)
UserModel.add_index(UserModel.index(UserModel.lost_at, where=UserModel.lost_at.is_null(False)))
TicketModel.add_index(
    TicketModel.index(TicketModel.wake_at, where=TicketModel.wake_at.is_null(False))
)
UserModel.add_index(
    # Those who are merged into a customer, whose page shows their words as the customer's own.
    UserModel.index(
        UserModel.org_id, UserModel.merged_into, where=UserModel.merged_into.is_null(False)
    )
)
UserModel.add_index(
    # Agents who may be given work.
    pw.SQL(
        """CREATE INDEX "users_available" ON "users" ("org_id") WHERE "presence" = 'available'"""
    )
)
UserModel.add_index(
    # The agents among many customers.
    pw.SQL("""CREATE INDEX "users_agents" ON "users" ("org_id", "id") WHERE "role" <> 'customer'""")
)
TicketModel.add_index(
    # Tickets that wait for an agent, by what they wait for, in the order of the queue.
    pw.SQL(
        """CREATE INDEX "tickets_waiting" ON "tickets"
        ("org_id", "waits_for", "priority" DESC, "sla_due", "queued_at", "number")
        WHERE "waits_for" IS NOT NULL"""
    )
)
TicketModel.add_index(
    # Tickets that wait for their agent's move: the agent's load.
    pw.SQL(
        """CREATE INDEX "tickets_in_hand" ON "tickets" ("org_id", "assignee_id")
        WHERE "assignee_id" IS NOT NULL AND "status" IN ('open', 'in_progress')
        AND "waiting_on" = 'agent' AND "snoozed_until" IS NULL"""
    )
)
TicketModel.add_index(
    TicketModel.index(
        TicketModel.org_id,
        TicketModel.assignee_id,
        TicketModel.status,
        where=TicketModel.assignee_id.is_null(False),
    )
)
TicketModel.add_index(
    TicketModel.index(
        TicketModel.org_id,
        TicketModel.external_id,
        unique=True,
        where=TicketModel.external_id.is_null(False),
    )
)


class TicketTagModel(BaseModel):
    org_id = pw.IntegerField()
    tag = pw.TextField()
    number = pw.BigIntegerField()

    class Meta:
        table_name = "ticket_tags"
        primary_key = pw.CompositeKey("org_id", "tag", "number")


class MessageModel(BaseModel):
    org_id = pw.IntegerField()
    number = pw.BigIntegerField()
    seq = pw.BigIntegerField()
    kind = pw.TextField()
    body = pw.TextField()
    author_role = pw.TextField()
    author_id = pw.BigIntegerField(null=True)
    created_at = pw.BigIntegerField()
    source = pw.TextField(null=True)
    attachments = pw.TextField(null=True)
    copied_from = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "messages"
        primary_key = pw.CompositeKey("org_id", "number", "seq")


class EventModel(BaseModel):
    """The log. A row holds ids, never a name, an address or the body of a message."""

    org_id = pw.IntegerField()
    seq = pw.BigIntegerField()
    at = pw.BigIntegerField()
    type = pw.TextField()
    actor_role = pw.TextField()
    actor_id = pw.BigIntegerField(null=True)
    number = pw.BigIntegerField(null=True)
    body = pw.TextField()

    class Meta:
        table_name = "events"
        primary_key = pw.CompositeKey("org_id", "seq")
        indexes = ((("org_id", "number", "seq"), False),)


EventModel.add_index(
    # The newest event about people or settings; PostgreSQL does not order by `seq` after a NULL.
    pw.SQL(
        """CREATE INDEX "events_of_no_ticket" ON "events" ("org_id", "seq")
        WHERE ("number" IS NULL)"""
    )
)


class IdempotencyModel(BaseModel):
    """The first response to a request with an `Idempotency-Key`."""

    org_id = pw.IntegerField()
    caller = pw.TextField()
    route = pw.TextField()
    key = pw.TextField()
    fingerprint = pw.TextField()
    status = pw.IntegerField()
    headers = pw.TextField()
    body = pw.BlobField()
    created_at = pw.BigIntegerField(index=True)

    class Meta:
        table_name = "idempotency"
        primary_key = pw.CompositeKey("org_id", "caller", "route", "key")


class StreamClientModel(BaseModel):
    """A CURVE key that may read the stream, for as long as its session lives."""

    public_key = pw.TextField()
    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    token_hash = pw.TextField(index=True)

    class Meta:
        table_name = "stream_clients"
        primary_key = pw.CompositeKey("org_id", "user_id", "public_key")


class SecretModel(BaseModel):
    """The installation's own keys, so that clients recognize the server after a restart."""

    name = pw.TextField(primary_key=True)
    value = pw.TextField()

    class Meta:
        table_name = "secrets"


DESK_TABLES: tuple[type[pw.Model], ...] = (
    OrganizationModel,
    CounterModel,
    UserModel,
    UserAddressModel,
    PersonMergeModel,
    SessionModel,
    ApiKeyModel,
    TicketModel,
    TicketTagModel,
    MessageModel,
    EventModel,
    IdempotencyModel,
    StreamClientModel,
    SecretModel,
    PolicyVersionModel,
)
