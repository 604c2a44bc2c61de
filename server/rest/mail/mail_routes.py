"""Mail that a program brings in over HTTP, such as a provider's inbound webhook."""

from msgspec import UNSET

from common import mail_in_endpoints as endpoints
from common.endpoint import Endpoint
from common.errors import Invalid, Unavailable
from common.mail_in import MailQuery
from server.mail_intake.mail_gateway import InboxAddress, MailGateway
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.mail.mail_views import render_accepted_mail


class MailRoutes:
    """The route that takes mails of up to `max_bytes`."""

    def __init__(self, gateway: MailGateway, *, max_bytes: int) -> None:
        self._gateway = gateway
        self._max_bytes = max_bytes

    def routes(self) -> dict[Endpoint, Handler]:
        return {endpoints.TAKE_MAIL: self.take_mail}

    async def take_mail(self, call: RequestContext) -> ApiResponse:
        """Takes a mail. The same one again is answered as before, and nothing is done."""
        query, org_id = call.parse_query(MailQuery), call.actor.org_id
        content = await call.read_raw_body(self._max_bytes)
        if not content.strip():
            raise Invalid.for_field("", "must be a message with headers and a body")
        recipient = await self._find_recipient(query, content, org_id)
        result = (await self._gateway.accept(content, [recipient]))[org_id]
        if isinstance(result, Unavailable):
            raise result
        return response.make_response(render_accepted_mail(result.mail, repeated=result.repeated))

    async def _find_recipient(self, query: MailQuery, content: bytes, org_id: int) -> InboxAddress:
        """Returns the inbox. Raises Invalid unless it is one of this organization."""
        if query.recipient is not UNSET:
            named = await self._gateway.find_recipient(query.recipient)
            if named is not None and named.inbox.org_id == org_id:
                return named
            raise Invalid.for_parameter("recipient", "is no inbox of this organization")
        for found in await self._gateway.find_recipients(content):
            if found.inbox.org_id == org_id:
                return found
        says = "is required: the headers name no inbox of this organization"
        raise Invalid.for_parameter("recipient", says)
