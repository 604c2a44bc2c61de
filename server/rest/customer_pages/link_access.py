"""Finds the ticket behind a link, and whether the link still works."""

from datetime import datetime
from typing import Final

from common.errors import RequestRefused
from server.domain.ticket_links import LINK_LIFETIME, TicketLink
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.ticket import customer_tickets
from server.storage.queries.ticket.customer_tickets import FROM_THE_END, CustomerPage

MESSAGES_ON_A_PAGE: Final = 30


class DeadLink(RequestRefused):
    """A link of ours that has expired, was revoked, or is no longer its person's."""

    slug, title, status = "gone", "This link no longer works", 410

    def __init__(self, link: TicketLink) -> None:
        super().__init__(f"Links work for {LINK_LIFETIME.days} days, if they are not withdrawn.")
        self.link = link


def find_linked_page(
    reading: ReadTransaction, link: TicketLink, now: datetime, before: int = FROM_THE_END
) -> CustomerPage:
    """Returns the page that a link opens, with its newest messages before a seq: one statement.

    Raises DeadLink.
    """
    if now.timestamp() >= link.expires_at:
        raise DeadLink(link)
    page = customer_tickets.find_customer_page(
        reading, link.org_id, link.number, link.person_id, before, MESSAGES_ON_A_PAGE
    )
    if page is None or page.link_generation != link.generation or not page.may_be_opened:
        raise DeadLink(link)
    return page
