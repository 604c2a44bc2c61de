"""Participants of a ticket over REST, for agents."""

from common import mail_in_endpoints as endpoints
from common.endpoint import Endpoint
from common.errors import NotFound
from common.wire import Page
from server.desk.desk import Desk
from server.desk.tickets import ticket_participants
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.ticket import participants, tickets


class ParticipantRoutes:
    """The routes below a ticket's `/participants`."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_PARTICIPANTS: self.list_participants,
            endpoints.ADD_PARTICIPANT: self.add_participant,
            endpoints.REMOVE_PARTICIPANT: self.remove_participant,
        }

    async def list_participants(self, call: RequestContext) -> ApiResponse:
        number, actor = call.path_number("number"), call.actor

        def job(reading: ReadTransaction) -> ApiResponse:
            ticket = tickets.find_surviving_ticket(reading, actor.org_id, number)
            if ticket is None:
                raise NotFound
            found = participants.list_participants(reading, actor.org_id, ticket.number)
            seq = org_sequence.read_newest_seq(reading, actor.org_id)
            return response.make_page_response(Page(found, None, seq))

        return await self._database.read_snapshot(job)

    async def add_participant(self, call: RequestContext) -> ApiResponse:
        number, person_id = call.path_number("number"), call.path_number("id")
        await call.require_empty_body()
        await self._desk.write(
            call.actor,
            lambda work: ticket_participants.add_ticket_participant(work, number, person_id),
        )
        return ApiResponse(204)

    async def remove_participant(self, call: RequestContext) -> ApiResponse:
        number, person_id = call.path_number("number"), call.path_number("id")
        await self._desk.write(
            call.actor,
            lambda work: ticket_participants.remove_ticket_participant(work, number, person_id),
        )
        return ApiResponse(204)
