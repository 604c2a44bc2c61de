"""Attachments over REST: sending files with a message, and reading one."""

from common import attachment_endpoints
from common.endpoint import Endpoint
from common.file_messages import DownloadQuery, SendFiles
from common.safe_names import clean_file_name
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import attached_files, ticket_commands
from server.rest.core.dispatch import Handler
from server.rest.core.file_download import make_file_response
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.path_visibility import check_attachment_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.tickets.uploads import (
    UploadReceiver,
    check_has_files,
    describe_upload,
    list_new_files,
)
from server.rest.tickets.written_messages import (
    MessageResult,
    make_message_response,
    read_written_message,
)
from server.storage.engine.database import Database
from server.storage.files.attachment_storage import AttachmentStorage
from server.validation.form_decoding import decode_form


class AttachmentRoutes:
    """Files in both directions."""

    def __init__(
        self, database: Database, desk: Desk, files: AttachmentStorage, receiver: UploadReceiver
    ) -> None:
        self._database = database
        self._desk = desk
        self._files = files
        self._receiver = receiver

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            attachment_endpoints.SEND_FILES: self.send_files,
            attachment_endpoints.READ_ATTACHMENT: self.read_attachment,
        }

    async def send_files(self, call: RequestContext) -> ApiResponse:
        """Writes one message with the files of a form."""
        number, if_match = call.path_number("number"), call.if_match
        async with self._receiver.receive(call, number) as form:
            sent = decode_form(SendFiles, form.fields)
            check_has_files(form)
            command = sent.make_message([clean_file_name(it.name) for it in form.files])

            def job(work: UnitOfWork) -> MessageResult:
                done = ticket_commands.execute_command(work, number, command, if_match)
                attached_files.attach_files(
                    work, done.ticket.number, done.message_seq, list_new_files(form)
                )
                return read_written_message(work, done, number)

            def render(result: MessageResult) -> ApiResponse:
                return make_message_response(result, number)

            same = describe_upload(command, form)
            reply = await write_idempotently(self._desk, call, same, job, render)
        await self._receiver.settle(call, form, reply)
        return reply

    async def read_attachment(self, call: RequestContext) -> ApiResponse:
        """Streams the bytes of a file that the caller may see."""
        id_, query = call.path_number("id"), call.parse_query(DownloadQuery)
        found = await self._database.read_few(
            lambda reading: check_attachment_visible(reading, call.actor, id_)
        )
        return await make_file_response(call, self._files, found, inline=bool(query.inline))
