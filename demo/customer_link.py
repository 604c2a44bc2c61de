"""The address of a customer's page, as the mails of a demo that sent any would have it."""

from collections.abc import Mapping
from typing import Any

from demo.company import ADMIN
from demo.organization_setup import DemoDesk
from demo.simulation_state import SimulationState
from server.domain.ticket_links import make_ticket_link

_ANSWERED = "/tickets?status=in_progress&sort=-updated_at&limit=25"


async def find_page_to_show(state: SimulationState, founded: DemoDesk, base: str) -> str | None:
    """Returns the page of a ticket that an agent has answered; None where there is none yet."""
    page = await state.caller_for(ADMIN).get(_ANSWERED)
    tickets = page["items"] if page else []
    if not tickets:
        return None
    ticket: Mapping[str, Any] = next((it for it in tickets if it["first_response_at"]), tickets[0])
    link = make_ticket_link(
        founded.org_id, ticket["number"], ticket["customer"]["id"], 0, state.clock()
    )
    return f"{base.rstrip('/')}/t/{link.sign_token(founded.link_secret)}"
