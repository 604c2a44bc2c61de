"""A browser of somebody with a link to a ticket, as a mail has it."""

from datetime import timedelta

from server.clock import utc_now
from server.domain.ticket_links import TicketLink
from server.storage.queries.organization import stream_clients
from server.storage.queries.organization.installation_secrets import RATING_LINK_KEY
from tests.support.desk import Org
from tests.support.html_pages import HtmlPage
from tests.support.rest import Caller
from tests.support.visitor import Visitor

SOON = int((utc_now() + timedelta(hours=1)).timestamp())


class LinkVisitor(Visitor):
    """A browser of somebody with a link to the first ticket."""

    def __init__(self, org: Org, secret: str, customer: Caller, agent: Caller) -> None:
        super().__init__(org.web, org.desk.http)
        self.org, self.secret, self.customer, self.agent = org, secret, customer, agent

    def token(self, number: int = 1, **fields: int) -> str:
        values = {
            "org_id": self.org.id,
            "number": number,
            "person_id": self.customer.id,
            "generation": 0,
            "expires_at": SOON,
        }
        return TicketLink(**{**values, **fields}).sign_token(self.secret)

    async def open_link(self, token: str = "") -> HtmlPage:
        return await self.open(f"/t/{token or self.token()}")


async def make_link_visitor(org: Org) -> LinkVisitor:
    """Carla with her first ticket, and Ana, who works for an organization in Berlin."""
    customer, agent = await org.customer("Carla Núñez"), await org.agent("Ana")
    (await org.admin.patch("", {"timezone": "Europe/Berlin"})).expect(200)
    await customer.file("The machine leaks", description="Water on the floor.")
    secret = await org.write(
        lambda work: stream_clients.read_or_create_secret(work.writing, RATING_LINK_KEY, "a" * 64)
    )
    return LinkVisitor(org, secret, customer, agent)
