"""The tables of attachments: which files there are, and which are to be deleted."""

import peewee as pw

from server.storage.tables.desk_tables import BaseModel


class AttachmentModel(BaseModel):
    """A file of a message; `seq` is null for a file of the ticket's description.

    What readers see of it is also in the column `attachments` of its message or ticket, so that
    reading a conversation costs nothing more. Copies of a message in a split share its files.
    """

    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    number = pw.BigIntegerField()
    seq = pw.BigIntegerField(null=True)
    name = pw.TextField()
    content_type = pw.TextField()
    size = pw.BigIntegerField()
    sha256 = pw.TextField()
    key = pw.TextField(index=True)
    created_at = pw.BigIntegerField()
    uploader_role = pw.TextField()
    uploader_id = pw.BigIntegerField(null=True)

    class Meta:
        table_name = "attachments"
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "number", "seq"), False),)


class FileDeletionModel(BaseModel):
    """A file to be deleted from the store when it is due, unless it is attached before.

    Every file has a row here or in `attachments`: one that is being uploaded is due after a day,
    one whose attachment was removed is due at once.
    """

    org_id = pw.IntegerField()
    key = pw.TextField()
    due_at = pw.BigIntegerField(index=True)

    class Meta:
        table_name = "file_deletions"
        primary_key = pw.CompositeKey("org_id", "key")


FILE_TABLES: tuple[type[pw.Model], ...] = (AttachmentModel, FileDeletionModel)
