"""Tickets over REST: creating them, and every command to an existing one."""

from typing import Any, Final

from common import endpoints
from common.endpoint import MULTIPART, Endpoint
from common.tickets.channel import TicketChannel
from common.tickets.filing import FileTicket
from common.tickets.redacting import RedactTicket
from common.tickets.replying import AddMessage
from common.tickets.splitting import SplitTicket
from common.wire import RedactedTicket, TicketView
from server.desk.desk import Desk
from server.desk.erasure import redaction
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import attached_files, ticket_commands, ticket_creation, ticket_views
from server.desk.tickets.ticket_creation import UNKNOWN_ORIGIN, TicketOrigin
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.entity_tags import make_version_etag
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.tickets.uploads import UploadReceiver, describe_upload, list_new_files
from server.rest.tickets.written_messages import (
    MessageResult,
    make_message_response,
    render_new_message,
)
from server.storage.engine.job import Needs
from server.storage.queries.person import people
from server.storage.queries.ticket.ticket_needs import describe_needs
from server.validation.form_decoding import decode_form

_OVER_REST: Final = TicketOrigin(TicketChannel.API)


class TicketCommandRoutes:
    """The writing half of the ticket routes."""

    def __init__(self, desk: Desk, receiver: UploadReceiver) -> None:
        self._desk = desk
        self._receiver = receiver

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            **dict.fromkeys(endpoints.TICKET_COMMANDS.values(), self.handle_command),
            endpoints.FILE_TICKET: self.file_ticket,
            # These two answer more than the ticket.
            endpoints.ADD_MESSAGE: self.add_message,
            endpoints.REDACT_TICKET: self.redact_ticket,
            # This one answers with another ticket.
            endpoints.TICKET_COMMANDS[SplitTicket]: self.split_ticket,
        }

    async def file_ticket(self, call: RequestContext) -> ApiResponse:
        """Creates a ticket, from a form with the files of its description, too."""
        if call.request.content_type == MULTIPART:
            return await self._file_ticket_with_files(call)
        command = await call.parse_body(FileTicket)

        def job(work: UnitOfWork) -> TicketView:
            opened = ticket_creation.create_ticket(work, command, _find_origin(work))
            return ticket_views.render_visible_ticket(work, opened, description=command.description)

        needs = [people.describe_address(it) for it in [command.customer_email] if it]
        return await write_idempotently(self._desk, call, command, job, _make_filed_response, needs)

    async def split_ticket(self, call: RequestContext) -> ApiResponse:
        number, if_match = call.path_number("number"), call.if_match
        command = await call.parse_body(SplitTicket)

        def job(work: UnitOfWork) -> TicketView:
            done = ticket_commands.execute_command(work, number, command, if_match)
            return ticket_views.render_whole_ticket(work, done.ticket)

        return await write_idempotently(self._desk, call, command, job, _make_filed_response)

    async def _file_ticket_with_files(self, call: RequestContext) -> ApiResponse:
        async with self._receiver.receive(call) as form:
            command = decode_form(FileTicket, form.fields)

            def job(work: UnitOfWork) -> TicketView:
                opened = ticket_creation.create_ticket(work, command, _find_origin(work))
                attached_files.attach_files(work, opened.number, None, list_new_files(form))
                return ticket_views.render_whole_ticket(work, opened)

            same = describe_upload(command, form)
            reply = await write_idempotently(self._desk, call, same, job, _make_filed_response)
        await self._receiver.settle(call, form, reply)
        return reply

    async def handle_command(self, call: RequestContext) -> ApiResponse:
        """Handles every command whose response is the ticket."""
        number, if_match = call.path_number("number"), call.if_match
        command: Any = await call.parse_body(call.endpoint.body)

        def job(work: UnitOfWork) -> TicketView:
            done = ticket_commands.execute_command(work, number, command, if_match)
            return ticket_views.render_whole_ticket(work, done.ticket, done.opening)

        needs = _describe_needs(call, number, opening=True)
        return await write_idempotently(
            self._desk, call, command, job, _make_ticket_response, needs
        )

    async def add_message(self, call: RequestContext) -> ApiResponse:
        number, if_match = call.path_number("number"), call.if_match
        command = await call.parse_body(AddMessage)

        def job(work: UnitOfWork) -> MessageResult:
            done = ticket_commands.execute_command(work, number, command, if_match)
            return render_new_message(work, done, number)

        def render(result: MessageResult) -> ApiResponse:
            return make_message_response(result, number)

        needs = _describe_needs(call, number, opening=False)
        return await write_idempotently(self._desk, call, command, job, render, needs)

    async def redact_ticket(self, call: RequestContext) -> ApiResponse:
        number, if_match = call.path_number("number"), call.if_match
        command = await call.parse_body(RedactTicket)

        def job(work: UnitOfWork) -> RedactedTicket:
            ticket, parts = redaction.redact_ticket(work, number, command, if_match)
            view = ticket_views.render_whole_ticket(work, ticket)
            whole = {field: getattr(view, field) for field in view.__struct_fields__}
            return RedactedTicket(**whole, redacted=parts)

        return await write_idempotently(self._desk, call, command, job, _make_ticket_response)


def _describe_needs(call: RequestContext, number: int, *, opening: bool) -> tuple[Needs]:
    return (describe_needs((number,), call.actor, opening=opening),)


def _find_origin(work: UnitOfWork) -> TicketOrigin:
    """Returns the origin of a ticket over REST; that of an agent's is the agent's to say."""
    return UNKNOWN_ORIGIN if work.actor.is_agent else _OVER_REST


def _make_filed_response(opened: TicketView) -> ApiResponse:
    location = f"/v1/orgs/{opened.org_id}/tickets/{opened.number}"
    return response.make_response(
        opened, 201, Location=location, ETag=make_version_etag(opened.version)
    )


def _make_ticket_response(view: TicketView) -> ApiResponse:
    return response.make_response(view, ETag=make_version_etag(view.version))
