"""Held mails over REST: supervisors look at them, accept or discard them."""

from msgspec import UNSET
from msgspec.structs import replace

from common import mail_in_endpoints as endpoints
from common import queries
from common.endpoint import Endpoint
from common.errors import NotFound
from common.mail_in import AcceptHeldMail
from common.wire import Page
from server.desk.desk import Desk
from server.desk.mail import held_mails
from server.desk.mail.mail_decision import Authenticity
from server.desk.recording.unit_of_work import UnitOfWork
from server.mail_intake.mail_gateway import InboxAddress, MailGateway
from server.mail_reading.received_mail import MailAddress
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.mail.mail_views import (
    make_original_response,
    render_accepted_mail,
    render_held_mail,
)
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail


class HeldMailRoutes:
    """The routes below `/held-mails`."""

    def __init__(self, database: Database, desk: Desk, gateway: MailGateway) -> None:
        self._database = database
        self._desk = desk
        self._gateway = gateway

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_HELD_MAILS: self.list_held_mails,
            endpoints.ACCEPT_HELD_MAIL: self.accept_held_mail,
            endpoints.DISCARD_HELD_MAIL: self.discard_held_mail,
            endpoints.READ_HELD_ORIGINAL: self.read_original,
        }

    async def list_held_mails(self, call: RequestContext) -> ApiResponse:
        query, org_id = call.parse_query(queries.PageQuery), call.actor.org_id
        page = pagination.parse_id_page(query)

        def job(reading: ReadTransaction) -> ApiResponse:
            found, next_cursor = page.fetch_items(
                lambda after, count: inbound_mails.list_held_mails(reading, org_id, after, count),
                lambda mail: mail.id,
            )
            seq = org_sequence.read_newest_seq(reading, org_id)
            return response.make_page_response(
                Page([render_held_mail(it) for it in found], next_cursor, seq)
            )

        return await self._database.read_snapshot(job)

    async def accept_held_mail(self, call: RequestContext) -> ApiResponse:
        """Reads the mail again, because the server may understand more of it by now."""
        command = await call.parse_body(AcceptHeldMail)
        try:
            held, content = await self._read_held(call)
        except NotFound:  # or accepted before: then the first response is repeated
            return await write_idempotently(
                self._desk, call, command, _refuse_unknown_mail, response.make_response
            )
        where = InboxAddress(held_mails.name_inbox(held))
        mail = await self._gateway.prepare(content, await self._gateway.read(content), where)
        if command.customer_email is not UNSET:
            given = replace(mail.read, sender=MailAddress(command.customer_email))
            mail = replace(
                mail, read=given, is_sender_given=True, authenticity=Authenticity.UNKNOWN
            )
        files = await self._gateway.save_files(held.org_id, mail.read)
        return await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: held_mails.accept_held_mail(work, held.id, mail, files),
            lambda done: response.make_response(render_accepted_mail(done)),
        )

    async def discard_held_mail(self, call: RequestContext) -> ApiResponse:
        mail_id = call.path_number("id")
        return await write_idempotently(
            self._desk,
            call,
            None,
            lambda work: held_mails.discard_held_mail(work, mail_id),
            lambda _: ApiResponse(204),
        )

    async def read_original(self, call: RequestContext) -> ApiResponse:
        held, content = await self._read_held(call)
        return make_original_response(content, f"held-{held.id}")

    async def _read_held(self, call: RequestContext) -> tuple[InboundMail, bytes]:
        """Returns a held mail with its bytes. Raises NotFound."""
        mail_id, org_id = call.path_number("id"), call.actor.org_id

        def job(reading: ReadTransaction) -> tuple[InboundMail, bytes]:
            held = held_mails.find_held_mail(reading, org_id, mail_id)
            content = inbound_mails.read_mail_content(reading, org_id, mail_id)
            if content is None:
                raise NotFound
            return held, content

        return await self._database.read_snapshot(job)


def _refuse_unknown_mail(_work: UnitOfWork) -> None:
    raise NotFound
