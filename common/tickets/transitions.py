"""Changes of status: which are open to whom, what goes with them, and what they are called."""

from datetime import datetime
from typing import Final

from common.errors import Conflict, Invalid
from common.people import Actor, Role
from common.permissions import may_steer
from common.tickets.decision_context import NOTHING, Facts
from common.tickets.event import TicketEvent
from common.tickets.ticket import UNRESOLVED, CloseReason, Status, Ticket, Values


class InvalidTransition(Conflict):
    """`extras["allowed"]` lists the statuses open to this caller."""

    slug, title = "invalid-transition", "The ticket cannot do this in its present status"

    @classmethod
    def of(cls, ticket: Ticket, actor: Actor, wish: str) -> "InvalidTransition":
        targets = allowed(ticket, actor)
        says = f"A ticket that is {ticket.status} cannot {wish}."
        return cls(says, allowed=targets)


class Claimed(TicketEvent, frozen=True):
    type, story = "ticket.claimed", "claimed the ticket"


class Released(TicketEvent, frozen=True):
    type, story = "ticket.released", "released the ticket to the queue"


class Resolved(TicketEvent, frozen=True):
    type, story = "ticket.resolved", "resolved the ticket"


class Closed(TicketEvent, frozen=True):
    type, story = "ticket.closed", "closed the ticket"


class Reopened(TicketEvent, frozen=True):
    type, story = "ticket.reopened", "reopened the ticket"


_ARRIVALS: Final[dict[Status, type[TicketEvent]]] = {
    Status.OPEN: Released,
    Status.IN_PROGRESS: Claimed,
    Status.RESOLVED: Resolved,
    Status.CLOSED: Closed,
}


def event_of(before: Status, after: Status) -> type[TicketEvent]:
    """What a change is called: after its change of status, else simply an update."""
    if before is after:
        return TicketEvent
    if before not in UNRESOLVED and after in UNRESOLVED:
        return Reopened
    return _ARRIVALS[after]


def allowed(ticket: Ticket, actor: Actor) -> list[Status]:
    """The statuses that the actor may give the ticket by hand, from the one it has."""
    if actor.is_customer:
        return list(_BY_CUSTOMER[ticket.status])
    return [status for status in _BY_STAFF[ticket.status] if _is_open_to(actor, ticket, status)]


_BY_CUSTOMER: Final[dict[Status, tuple[Status, ...]]] = {
    Status.OPEN: (Status.RESOLVED,),
    Status.IN_PROGRESS: (Status.RESOLVED,),
    Status.RESOLVED: (Status.CLOSED,),
    Status.CLOSED: (),
}

_BY_STAFF: Final[dict[Status, tuple[Status, ...]]] = {
    Status.OPEN: (Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED),
    Status.IN_PROGRESS: (Status.OPEN, Status.RESOLVED, Status.CLOSED),
    Status.RESOLVED: (Status.IN_PROGRESS, Status.CLOSED),
    Status.CLOSED: (Status.IN_PROGRESS,),
}


def _is_open_to(actor: Actor, ticket: Ticket, status: Status) -> bool:
    if ticket.status is Status.CLOSED:
        return actor.is_supervisor
    if status is Status.OPEN:
        return may_steer(actor, ticket)
    if actor.role is Role.KEY and status is Status.IN_PROGRESS:
        # Work in progress is somebody's, and a key is nobody.
        return ticket.assignee_id is not None
    return True


def move(
    ticket: Ticket,
    actor: Actor,
    status: Status,
    now: datetime,
    reason: str | None = None,
    facts: Facts = NOTHING,
) -> Values:
    """The values that go with a change of status by hand.

    Raises InvalidTransition for a change not open to the actor, Invalid where a reason is
    missing or is none of those that close a ticket.
    """
    if status not in allowed(ticket, actor):
        raise InvalidTransition.of(ticket, actor, f"become {status}")
    values = ticket.to(status, now, _close_reason(ticket, status, reason))
    is_nobodys = ticket.assignee_id is None or facts.assignee_left
    if is_nobodys and _takes_over(ticket, actor, status):
        values["assignee_id"] = actor.id
    if status is Status.OPEN:
        values["assignee_id"] = None
    return values


def _takes_over(ticket: Ticket, actor: Actor, status: Status) -> bool:
    """Returns whether an agent's change makes a ticket of nobody the agent's own."""
    if status is Status.RESOLVED:
        # A requester who needs no help any more has done no agent's work.
        return actor.is_agent and not ticket.is_requested_by(actor)
    return actor.is_agent and status is Status.IN_PROGRESS


_REASONS: Final = (CloseReason.SPAM, CloseReason.DUPLICATE)


def _close_reason(ticket: Ticket, status: Status, reason: str | None) -> CloseReason | None:
    if status is Status.CLOSED:
        if reason in _REASONS:
            return CloseReason(reason)
        if reason is not None or ticket.is_unresolved:
            raise Invalid.at("/reason", "must be spam or duplicate to close an unresolved ticket")
    elif ticket.status is Status.CLOSED and reason is None:
        raise Invalid.at("/reason", "say why the closed ticket is taken up again")
    return None
