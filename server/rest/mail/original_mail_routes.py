"""Mails as they came, and the history that was taken off them, for agents."""

import asyncio

from common import mail_in_endpoints as endpoints
from common.endpoint import Endpoint
from common.errors import NotFound
from common.mail_in import QuotedText
from server.mail_reading.mail_reader import read_mail
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.path_visibility import check_ticket_visible
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.mail.mail_views import make_original_response
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.mail import inbound_mails


class OriginalMailRoutes:
    """The routes to the mails behind a ticket and its messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.READ_TICKET_ORIGINAL: self.read_original,
            endpoints.READ_MESSAGE_ORIGINAL: self.read_original,
            endpoints.READ_TICKET_QUOTED: self.read_quoted,
            endpoints.READ_MESSAGE_QUOTED: self.read_quoted,
        }

    async def read_original(self, call: RequestContext) -> ApiResponse:
        name = "-".join(["ticket", *map(str, _find_place(call))]).removesuffix("-0")
        return make_original_response(await self._read_mail_content(call), name)

    async def read_quoted(self, call: RequestContext) -> ApiResponse:
        content = await self._read_mail_content(call)
        read = await asyncio.to_thread(read_mail, content)
        return response.make_response(QuotedText(read.quoted))

    async def _read_mail_content(self, call: RequestContext) -> bytes:
        """Returns a mail's bytes. Raises NotFound for what came otherwise, or was removed."""
        (number, seq), actor = _find_place(call), call.actor

        def job(reading: ReadTransaction) -> bytes:
            check_ticket_visible(reading, actor, number)
            mail = inbound_mails.find_mail_of_message(reading, actor.org_id, number, seq)
            if mail is None:
                raise NotFound
            content = inbound_mails.read_mail_content(reading, actor.org_id, mail.id)
            if content is None:
                raise NotFound
            return content

        return await self._database.read_snapshot(job)


def _find_place(call: RequestContext) -> tuple[int, int]:
    """Returns ticket and message; 0 for the ticket's own text."""
    has_message = "{id}" in call.endpoint.path
    return call.path_number("number"), call.path_number("id") if has_message else 0
