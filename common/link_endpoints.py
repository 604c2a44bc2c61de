"""The endpoint of the links that lead customers from their mails to a ticket."""

from typing import Final

from common.endpoint import Endpoint
from common.people import AGENTS

REVOKE_TICKET_LINKS: Final = Endpoint(
    name="ticket.revoke_links",
    method="POST",
    path="/tickets/{number}/revoke-links",
    roles=AGENTS,
    summary="Revoke every link to a ticket that was mailed so far; the next mail has a new one",
    success=204,
    body_optional=True,
    retries=True,
)
