"""The endpoints that merge tickets, and undo that."""

from typing import Final

from common import wire
from common.endpoint import Endpoint
from common.people import AGENTS
from common.tickets.merging import MergeTicket, UnmergeTicket

MERGE_TICKET: Final = Endpoint(
    name="ticket.merge",
    method="POST",
    path="/tickets/{number}/merge",
    roles=AGENTS,
    summary="Merge a ticket into another one of the same customer",
    body=MergeTicket,
    answer=wire.TicketView,
    retries=True,
)
UNMERGE_TICKET: Final = Endpoint(
    name="ticket.unmerge",
    method="POST",
    path="/tickets/{number}/unmerge",
    roles=AGENTS,
    summary="Undo a merge, within 30 days",
    body=UnmergeTicket,
    body_optional=True,
    answer=wire.TicketView,
    retries=True,
)
