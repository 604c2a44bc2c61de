"""Forms of pages as browsers send them: form-encoded, or with files as multipart documents."""

from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct, field

from common.endpoint import MULTIPART
from common.errors import Unavailable
from common.organization import OrganizationSettings
from common.safe_names import clean_file_name
from server.desk.tickets.attached_files import NewFile
from server.rest.core.html_forms import read_html_form
from server.rest.core.upload_body import UploadedForm, UploadLimits, read_upload
from server.storage.files.attachment_storage import AttachmentStorage


class ReceivedForm(Struct):
    """A form as far as it was read: after a refusal, with the fields that came before it."""

    fields: Mapping[str, str] = {}
    upload: UploadedForm = field(default_factory=lambda: UploadedForm({}, []))

    @property
    def typed(self) -> dict[str, str]:
        """The fields, each with its first text."""
        return {**self.fields, **{name: texts[0] for name, texts in self.upload.fields.items()}}

    @property
    def identity(self) -> dict[str, str]:
        """The fields and files: two forms that have the same are one, sent twice."""
        files = ((it.name, it.stored.sha256) for it in self.upload.files)
        return {**self.typed, "file": repr([*files])}

    @property
    def new_files(self) -> list[NewFile]:
        """The files as the desk attaches them."""
        return [NewFile(it.name, it.stored, it.declared) for it in self.upload.files]

    @property
    def file_names(self) -> list[str]:
        return [clean_file_name(it.name) for it in self.upload.files]


class PageUploads:
    """Receives forms; `field_bytes` is the limit of all fields together."""

    def __init__(self, files: AttachmentStorage, field_bytes: int) -> None:
        self._files = files
        self._field_bytes = field_bytes

    def find_limits(self, settings: OrganizationSettings) -> UploadLimits:
        """Returns the limits of one form: the organization's, at most the operator's."""
        return UploadLimits(
            self._files.limit_size(settings.attachment_max_bytes),
            settings.attachments_per_message,
            self._field_bytes,
        )

    async def receive(
        self, request: web.Request, org_id: int, settings: OrganizationSettings, form: ReceivedForm
    ) -> None:
        """Reads a form into `form`. Raises as `read_html_form` and `read_upload` do."""
        if request.content_type == MULTIPART:
            limits = self.find_limits(settings)
            await read_upload(request, self._files, org_id, limits, form.upload)
        else:
            form.fields = await read_html_form(request)

    async def discard(self, org_id: int, form: ReceivedForm, refusal: Exception | None) -> None:
        """Has the files of a form deleted that was refused, or executed before."""
        # Where the database was unavailable, the commit may have happened all the same.
        if form.upload.files and not isinstance(refusal, Unavailable):
            await self._files.discard(org_id, form.upload.keys)
