"""The facts about a ticket that routing needs: whether it waits, and who works on it."""

from datetime import datetime
from typing import Final, NamedTuple

from common.organization import Category, OrganizationSettings
from common.tickets.sla import NO_DUE_INSTANT
from common.tickets.ticket import Status, Ticket, WaitingOn
from server.domain.agent_selection import AgentRequirements
from server.domain.timestamps import to_microseconds

_SEPARATOR: Final = "\t"
"""No category and no skill has a control character."""


class WaitingGroup(NamedTuple):
    """A group of waiting tickets that the same agents can take, so they are looked at together."""

    category: str
    reason: str
    not_to: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "WaitingGroup":
        category, reason, *not_to = text.split(_SEPARATOR)
        return cls(category, reason, tuple(map(int, not_to)))

    @property
    def text(self) -> str:
        """The text in the row of the ticket."""
        return _SEPARATOR.join([self.category, self.reason, *map(str, self.not_to)])


def is_waiting(ticket: Ticket) -> bool:
    """Returns whether the ticket is in the queue."""
    open_ = ticket.status is Status.OPEN
    return open_ and ticket.assignee_id is None and ticket.snoozed_until is None


def find_holder(ticket: Ticket) -> int | None:
    """Returns the agent that the ticket waits for, to whose load it counts."""
    active = ticket.is_unresolved and ticket.waiting_on is WaitingOn.AGENT
    return ticket.assignee_id if active and ticket.snoozed_until is None else None


def waits_for_agent(ticket: Ticket) -> bool:
    """Returns whether routing looks for an agent for the ticket.

    An imported ticket does not wait for an agent until its first live event.
    """
    return ticket.sla is not None and is_waiting(ticket)


def encode_waiting_group(ticket: Ticket) -> str | None:
    """Returns the waiting group of a ticket as text; None if it does not wait for an agent."""
    if not waits_for_agent(ticket):
        return None
    routing = ticket.routing
    if routing is None:
        return WaitingGroup(ticket.category, "").text
    return WaitingGroup(ticket.category, routing.reason, tuple(sorted(routing.not_to))).text


def rank_urgency(ticket: Ticket) -> tuple[int, int, int, int]:
    """Returns the sort key of the queue: priority, due time, waiting time, number."""
    due = (ticket.sla.due if ticket.sla else None) or NO_DUE_INSTANT
    return (
        -ticket.priority.rank,
        due,
        to_microseconds(ticket.queued_at or ticket.created_at),
        ticket.number,
    )


def find_category(settings: OrganizationSettings, slug: str) -> Category:
    """Returns the category; a deleted one requires no skills."""
    found = (category for category in settings.categories if category.slug == slug)
    return next(found, Category(slug, slug))


def build_requirements(ticket: Ticket, category: Category, now: datetime) -> AgentRequirements:
    """Returns the requirements of the ticket."""
    since = ticket.queued_at or now
    return AgentRequirements(
        required=category.required_skills,
        optional=category.optional_skills,
        waited=to_microseconds(now) - to_microseconds(since),
        not_to=ticket.routing.not_to if ticket.routing else (),
        requester=ticket.customer_id,
    )
