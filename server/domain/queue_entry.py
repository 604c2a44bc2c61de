"""What of a ticket routing looks at: whether it waits, whether it is somebody's to do."""

from datetime import datetime
from typing import Final, NamedTuple

from common.organization import Category, Settings
from common.tickets.sla import NEVER
from common.tickets.ticket import Status, Ticket, WaitingOn
from server.domain.agent_selection import Want
from server.domain.timestamps import stored

_APART: Final = "\t"
"""No category and no skill has a control character."""


class Kind(NamedTuple):
    """What tickets wait for that are looked at together: any of them fits whom one of them fits."""

    category: str
    reason: str
    not_to: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Kind":
        category, reason, *not_to = text.split(_APART)
        return cls(category, reason, tuple(map(int, not_to)))

    @property
    def text(self) -> str:
        """As it stands in the ticket's row."""
        return _APART.join([self.category, self.reason, *map(str, self.not_to)])


def is_waiting(ticket: Ticket) -> bool:
    """Whether the ticket is in the queue, for anybody to take."""
    open_ = ticket.status is Status.OPEN
    return open_ and ticket.assignee_id is None and ticket.snoozed_until is None


def holder(ticket: Ticket) -> int | None:
    """The agent whose move it is: the ticket counts to this agent's load."""
    active = ticket.is_unresolved and ticket.waiting_on is WaitingOn.AGENT
    return ticket.assignee_id if active and ticket.snoozed_until is None else None


def waits_for(ticket: Ticket) -> str | None:
    """The kind, as text, of a ticket that waits: all that share it are looked at together.

    What was moved in waits for nobody until something happens to it: nothing is promised till then.
    """
    if ticket.sla is None or not is_waiting(ticket):
        return None
    routing = ticket.routing
    if routing is None:
        return Kind(ticket.category, "").text
    return Kind(ticket.category, routing.reason, tuple(sorted(routing.not_to))).text


def urgency(ticket: Ticket) -> tuple[int, int, int, int]:
    """The order of the queue: priority, what is due first, who waits longest, lowest number."""
    due = (ticket.sla.due if ticket.sla else None) or NEVER
    return -ticket.priority.rank, due, stored(ticket.queued_at or ticket.created_at), ticket.number


def category_of(settings: Settings, slug: str) -> Category:
    """The category; one that the organization has given up asks for nothing."""
    found = (category for category in settings.categories if category.slug == slug)
    return next(found, Category(slug, slug))


def want(ticket: Ticket, category: Category, now: datetime) -> Want:
    """What the ticket asks for."""
    since = ticket.queued_at or now
    return Want(
        required=category.required_skills,
        optional=category.optional_skills,
        waited=stored(now) - stored(since),
        not_to=ticket.routing.not_to if ticket.routing else (),
        requester=ticket.customer_id,
    )
