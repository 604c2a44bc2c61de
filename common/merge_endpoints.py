"""The endpoints that merge and split tickets, undo merges, and correct a ticket's customer."""

from typing import Final

from common import wire
from common.endpoint import Endpoint
from common.people import AGENTS
from common.tickets.correcting import CorrectCustomer
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.splitting import SplitTicket

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
CORRECT_CUSTOMER: Final = Endpoint(
    name="ticket.customer",
    method="POST",
    path="/tickets/{number}/customer",
    roles=AGENTS,
    summary="Give a ticket to its real customer",
    body=CorrectCustomer,
    answer=wire.TicketView,
    retries=True,
)
SPLIT_TICKET: Final = Endpoint(
    name="ticket.split",
    method="POST",
    path="/tickets/{number}/split",
    roles=AGENTS,
    summary="Begin a ticket of its own with some messages of a ticket",
    body=SplitTicket,
    answer=wire.TicketView,
    success=201,
    retries=True,
)
