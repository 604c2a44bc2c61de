"""Files of a ticket on its page: streamed to whoever may see the page, and to nobody else."""

from aiohttp import web

from common.attachment_endpoints import READ_ATTACHMENT
from common.errors import NotFound
from common.tickets.replying import MessageKind
from server.rest.core.file_download import make_file_response
from server.rest.core.request_context import RequestContext
from server.rest.core.request_id import generate_request_id
from server.rest.customer_pages.page_html import HEADERS
from server.storage.engine.database import Database
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.queries.attachment import attachments
from server.storage.queries.ticket.customer_tickets import CustomerPage

_KEPT_HEADERS = ("Referrer-Policy", "X-Robots-Tag")


class PageFiles:
    """Answers requests for the files of pages."""

    def __init__(self, database: Database, files: AttachmentStorage) -> None:
        self._database = database
        self._files = files

    async def send_file(self, request: web.Request, page: CustomerPage) -> web.StreamResponse:
        """Returns a file that the page shows. Raises NotFound for any other."""
        call = RequestContext(READ_ATTACHMENT, request, generate_request_id(), None)
        org_id, id_ = page.listed.ticket.org_id, call.path_number("id")
        found = await self._database.read_few(
            lambda reading: attachments.find_attachment(reading, org_id, id_)
        )
        if (
            found is None
            or found.attachment.number not in page.family
            or found.kind is MessageKind.NOTE
        ):
            raise NotFound
        inline = request.query.get("inline") == "1"
        reply = await make_file_response(call, self._files, found.attachment, inline=inline)
        response = reply.to_web_response()
        response.headers.update({name: HEADERS[name] for name in _KEPT_HEADERS})
        return response
