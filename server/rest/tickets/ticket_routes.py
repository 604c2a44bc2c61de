"""Tickets over REST: creating them, and every command to an existing one."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from common import endpoints
from common.endpoint import Endpoint
from common.errors import NotFound
from common.mentions import MentionParser, has_mention_sign
from common.people import Role
from common.tickets.filing import FileTicket
from common.tickets.redacting import RedactTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Ticket
from common.wire import Mentions, PersonRef, RedactedTicket, TicketView, WrittenMessage
from server.desk import redaction, ticket_commands, ticket_creation, ticket_views
from server.desk.desk import Desk
from server.desk.ticket_commands import CommandResult
from server.desk.unit_of_work import UnitOfWork
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.entity_tags import make_version_etag
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.queries import followers, messages
from server.storage.queries.messages import MessageSlice


class TicketCommandRoutes:
    """The writing half of the ticket routes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            **dict.fromkeys(endpoints.TICKET_COMMANDS.values(), self.handle_command),
            endpoints.FILE_TICKET: self.file_ticket,
            # These two answer more than the ticket.
            endpoints.ADD_MESSAGE: self.add_message,
            endpoints.REDACT_TICKET: self.redact_ticket,
        }

    async def file_ticket(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(FileTicket)

        def job(work: UnitOfWork) -> TicketView:
            opened = ticket_creation.create_ticket(work, command)
            return ticket_views.render_visible_ticket(work, opened, description=command.description)

        def render(opened: TicketView) -> ApiResponse:
            location = f"/v1/orgs/{opened.org_id}/tickets/{opened.number}"
            return response.make_response(
                opened, 201, Location=location, ETag=make_version_etag(opened.version)
            )

        return await write_idempotently(self._desk, call, command, job, render)

    async def handle_command(self, call: RequestContext) -> ApiResponse:
        """Handles every command whose response is the ticket."""
        number, if_match = call.path_number("number"), call.if_match
        command: Any = await call.parse_body(call.endpoint.body)

        def job(work: UnitOfWork) -> TicketView:
            done = ticket_commands.execute_command(work, number, command, if_match)
            return ticket_views.render_whole_ticket(work, done.ticket)

        return await write_idempotently(self._desk, call, command, job, _make_ticket_response)

    async def add_message(self, call: RequestContext) -> ApiResponse:
        number, if_match = call.path_number("number"), call.if_match
        command = await call.parse_body(AddMessage)

        def job(work: UnitOfWork) -> _MessageResult:
            done = ticket_commands.execute_command(work, number, command, if_match)
            return _read_written_message(work, done, number)

        def render(result: _MessageResult) -> ApiResponse:
            return _make_message_response(result, number)

        return await write_idempotently(self._desk, call, command, job, render)

    async def redact_ticket(self, call: RequestContext) -> ApiResponse:
        number, if_match = call.path_number("number"), call.if_match
        command = await call.parse_body(RedactTicket)

        def job(work: UnitOfWork) -> RedactedTicket:
            ticket, parts = redaction.redact_ticket(work, number, command, if_match)
            view = ticket_views.render_whole_ticket(work, ticket)
            whole = {field: getattr(view, field) for field in view.__struct_fields__}
            return RedactedTicket(**whole, redacted=parts)

        return await write_idempotently(self._desk, call, command, job, _make_ticket_response)


class _MessageResult(Struct, frozen=True):
    """A message that was written, and its ticket with the version that the caller sees."""

    written: WrittenMessage
    ticket: Ticket
    visible_version: int


def _make_ticket_response(view: TicketView) -> ApiResponse:
    return response.make_response(view, ETag=make_version_etag(view.version))


def _read_written_message(work: UnitOfWork, done: CommandResult, number: int) -> _MessageResult:
    if done.message_seq is None:
        raise NotFound
    which = MessageSlice(newest_first=False, notes=True)
    place = (done.ticket.org_id, done.ticket.number)
    message = messages.list_messages(work.writing, *place, which, done.message_seq - 1, 1)[0]
    if number not in {done.ticket.number, done.ticket.followup_of}:
        message = replace(message, ticket=done.ticket.number)
    written = WrittenMessage(**asdict(message), mentions=_render_mentions(work, message.body))
    return _MessageResult(written, done.ticket, ticket_views.visible_version(work, done.ticket))


def _make_message_response(result: _MessageResult, number: int) -> ApiResponse:
    location = f"/v1/orgs/{result.ticket.org_id}/tickets/{result.ticket.number}"
    # A reply to a closed ticket opens a follow-up, and the caller is sent to that ticket.
    if result.ticket.number == number:
        location += "/messages"
    return response.make_response(
        result.written, 201, Location=location, ETag=make_version_etag(result.visible_version)
    )


def _render_mentions(work: UnitOfWork, text: str) -> Mentions | UnsetType:
    """Returns the agents who are notified because a message names them, except its author.

    The response has no `mentions` where a message names nobody.
    """
    actor = work.actor
    if actor.is_customer or not has_mention_sign(text):
        return UNSET
    agents = followers.list_mentionable_agents(work.writing, actor.org_id)
    read = MentionParser(agents).parse_mentions(text)
    own_id = None if actor.role is Role.KEY else actor.id
    ids = {it.id for it in read if it.id is not None and it.id != own_id}
    notified = [PersonRef(agent.id, agent.name) for agent in agents if agent.id in ids]
    unknown = dict.fromkeys(it.text for it in read if it.id is None)
    return Mentions(tuple(sorted(notified, key=lambda ref: ref.id)), tuple(unknown))
