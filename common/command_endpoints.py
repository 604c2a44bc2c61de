"""The endpoints of commands by which agents change a ticket, one line each."""

from typing import Final

from msgspec import structs

from common import wire
from common.endpoint import Endpoint
from common.people import AGENTS
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.correcting import CorrectCustomer
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.splitting import SplitTicket


def _make_command_endpoint(
    verb: str,
    command: type,
    summary: str,
    *,
    example: str = "",
    success: int = 200,
) -> Endpoint:
    """Returns `POST /tickets/{number}/<verb>`, open to agents, which answers with a ticket.

    The body may be missing where the command requires no field.
    """
    return Endpoint(
        name=f"ticket.{verb}",
        method="POST",
        path=f"/tickets/{{number}}/{verb}",
        roles=AGENTS,
        summary=summary,
        body=command,
        body_optional=not any(field.required for field in structs.fields(command)),
        example=example,
        answer=wire.TicketView,
        success=success,
        retries=True,
    )


CLAIM_TICKET: Final = _make_command_endpoint(
    "claim", ClaimTicket, "Claim a ticket: one caller wins"
)
RELEASE_TICKET: Final = _make_command_endpoint(
    "release", ReleaseTicket, "Release a ticket to the queue"
)
ASSIGN_TICKET: Final = _make_command_endpoint(
    "assign", AssignTicket, "Assign a ticket to an agent", example='{"user_id": 1000}'
)
MERGE_TICKET: Final = _make_command_endpoint(
    "merge",
    MergeTicket,
    "Merge a ticket into another one of the same customer",
    example='{"into": 17}',
)
UNMERGE_TICKET: Final = _make_command_endpoint(
    "unmerge", UnmergeTicket, "Undo a merge, within 30 days"
)
CORRECT_CUSTOMER: Final = _make_command_endpoint(
    "customer",
    CorrectCustomer,
    "Give a ticket to its real customer",
    example='{"customer_email": "cleo@example.org"}',
)
SPLIT_TICKET: Final = _make_command_endpoint(
    "split",
    SplitTicket,
    "Begin a ticket of its own with some messages of a ticket",
    example='{"message_ids": [88, 91], "subject": "The other invoice"}',
    success=201,
)
