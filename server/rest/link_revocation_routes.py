"""Revoking the links to a ticket over REST, for a mail that went to the wrong people."""

from common import link_endpoints
from common.endpoint import Endpoint
from server.desk.desk import Desk
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.queries.organization import ticket_link_generations


class LinkRevocationRoutes:
    """The route `/tickets/{number}/revoke-links`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {link_endpoints.REVOKE_TICKET_LINKS: self.revoke_links}

    async def revoke_links(self, call: RequestContext) -> ApiResponse:
        number = call.path_number("number")
        await call.require_empty_body()

        def job(work: UnitOfWork) -> None:
            ticket = ticket_repository.load_ticket(work, number)
            # Links to what is merged into the ticket open it, too.
            for shown in (ticket.number, *ticket.merged_from):
                ticket_link_generations.begin_link_generation(work.writing, ticket.org_id, shown)

        return await write_idempotently(self._desk, call, None, job, lambda _: ApiResponse(204))
