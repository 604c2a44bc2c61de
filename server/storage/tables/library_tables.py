"""The tables of what agents keep for their work, each row the organization's or one agent's."""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class MacroModel(BaseModel):
    """A macro; without an owner it is the organization's. `verbs` is JSON."""

    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    owner_id = pw.BigIntegerField(null=True)
    name = pw.TextField()
    body = pw.TextField()
    kind = pw.TextField(null=True)
    verbs = pw.TextField()
    created_at = pw.BigIntegerField()
    updated_at = pw.BigIntegerField()

    class Meta:
        table_name = "macros"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "owner_id"), False),)


class DraftModel(BaseModel):
    """An unsent text of one agent to one ticket. `verbs` and `files` are JSON."""

    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    number = pw.BigIntegerField()
    kind = pw.TextField()
    body = pw.TextField()
    set_aside = pw.TextField()
    verbs = pw.TextField()
    files = pw.TextField()
    version = pw.BigIntegerField()
    saved_at = pw.BigIntegerField()

    class Meta:
        table_name = "drafts"
        primary_key = pw.CompositeKey("org_id", "user_id", "number", "kind")
        indexes = ((("org_id", "number"), False),)


class SavedViewModel(BaseModel):
    """A saved view; without an owner it is the organization's. `columns` is a JSON list."""

    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    owner_id = pw.BigIntegerField(null=True)
    name = pw.TextField()
    filter_text = pw.TextField()
    sort = pw.TextField()
    columns = pw.TextField()
    position = pw.IntegerField()
    version = pw.IntegerField()
    created_at = pw.BigIntegerField()
    updated_at = pw.BigIntegerField()

    class Meta:
        table_name = "saved_views"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "owner_id"), False),)


LIBRARY_TABLES: tuple[type[pw.Model], ...] = (MacroModel, DraftModel, SavedViewModel)
