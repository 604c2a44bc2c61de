"""Uploads of a request: received within the limits of its organization, and attached or deleted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.errors import Invalid, RequestRefused, Unavailable
from server.desk.tickets.attached_files import NewFile
from server.rest.core.idempotent_write import is_replay
from server.rest.core.path_visibility import check_ticket_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.core.upload_body import (
    FILE_FIELD,
    UploadedForm,
    UploadLimits,
    read_upload,
)
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.queries.organization import organizations


class UploadReceiver:
    """Receives forms with files; `field_bytes` is the limit of all other fields together."""

    def __init__(self, database: Database, files: AttachmentStorage, field_bytes: int) -> None:
        self._database = database
        self._files = files
        self._field_bytes = field_bytes

    @asynccontextmanager
    async def receive(
        self, call: RequestContext, number: int | None = None
    ) -> AsyncIterator[UploadedForm]:
        """Receives the form, for a ticket that the caller may see if one is given.

        Where the block is refused, the files are deleted. Raises NotFound before a byte of the body
        is read, and what `read_upload` raises.
        """

        def read_limits(reading: ReadTransaction) -> UploadLimits:
            if number is not None:
                check_ticket_visible(reading, call.actor, number)
            settings = organizations.read_settings(reading, call.org_id)
            most = self._files.limit_size(settings.attachment_max_bytes)
            return UploadLimits(most, settings.attachments_per_message, self._field_bytes)

        limits = await self._database.read_snapshot(read_limits)
        form = await read_upload(call.request, self._files, call.org_id, limits)
        try:
            yield form
        except Unavailable:
            # The commit may have happened all the same: what nothing attached goes after a day.
            raise
        except RequestRefused:
            await self._files.discard(call.org_id, form.keys)
            raise

    async def settle(self, call: RequestContext, form: UploadedForm, reply: ApiResponse) -> None:
        """Deletes the files of a retry: those of the first try are attached."""
        if is_replay(reply):
            await self._files.discard(call.org_id, form.keys)


def list_new_files(form: UploadedForm) -> list[NewFile]:
    """Returns the files of a form as the desk attaches them."""
    return [NewFile(it.name, it.stored, it.declared) for it in form.files]


def describe_upload(command: object, form: UploadedForm) -> object:
    """Returns what two requests with one `Idempotency-Key` must have in common."""
    return [command, [(it.name, it.declared, it.stored.sha256) for it in form.files]]


def check_has_files(form: UploadedForm) -> None:
    """Raises Invalid for a form without files."""
    if not form.files:
        raise Invalid.for_field(f"/{FILE_FIELD}", "is required: send each file in such a part")
