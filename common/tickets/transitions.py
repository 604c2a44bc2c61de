"""Changes of status: who may make them, what else they change, and their events."""

from typing import Final

from common.errors import Conflict, Invalid
from common.people import Actor, Role
from common.tickets.decision_context import DecisionContext
from common.tickets.event import TicketEvent
from common.tickets.permissions import may_hand_over
from common.tickets.ticket import UNRESOLVED, Audience, CloseReason, Status, Ticket, Values


class InvalidTransition(Conflict):
    """`extras["allowed"]` lists the statuses open to this caller.

    `wish` is what was refused, for sentences of other readers: "be claimed", or "become" with
    the refused status in `target`.
    """

    slug, title = "invalid-transition", "The status of the ticket does not allow this"
    occasion = (
        "The ticket's status does not let this happen. `allowed` lists the statuses open to the"
        " caller."
    )

    def __init__(self, context: DecisionContext, wish: str, target: Status | None = None) -> None:
        refused = f"{wish} {target}" if target else wish
        super().__init__(
            f"A ticket that is {context.ticket.status} cannot {refused}.",
            allowed=list_allowed_statuses(context.ticket, context.actor),
        )
        self.wish, self.target = wish, target


def check_unresolved(context: DecisionContext, wish: str) -> None:
    """Raises InvalidTransition for a resolved or closed ticket; `wish` as there."""
    if not context.ticket.is_unresolved:
        raise InvalidTransition(context, wish)


class TicketClaimed(TicketEvent, frozen=True):
    type, story = "ticket.claimed", "claimed the ticket"
    occasion = "became in progress"
    audience = Audience.PUBLIC


class TicketReleased(TicketEvent, frozen=True):
    type, story = "ticket.released", "released the ticket to the queue"
    occasion = "became open again, nobody's"
    audience = Audience.PUBLIC


class TicketResolved(TicketEvent, frozen=True):
    type, story = "ticket.resolved", "resolved the ticket"
    occasion = "became resolved"
    audience = Audience.PUBLIC


class TicketClosed(TicketEvent, frozen=True):
    type, story = "ticket.closed", "closed the ticket"
    occasion = "became closed"
    audience = Audience.PUBLIC


class TicketReopened(TicketEvent, frozen=True):
    type, story = "ticket.reopened", "reopened the ticket"
    occasion = "from resolved or closed back to open or in progress"
    audience = Audience.PUBLIC


_EVENT_BY_STATUS: Final[dict[Status, type[TicketEvent]]] = {
    Status.OPEN: TicketReleased,
    Status.IN_PROGRESS: TicketClaimed,
    Status.RESOLVED: TicketResolved,
    Status.CLOSED: TicketClosed,
}


def find_event_class(before: Status, after: Status) -> type[TicketEvent]:
    """Returns the event class of a change: by its change of status, else a plain update."""
    if before is after:
        return TicketEvent
    if before not in UNRESOLVED and after in UNRESOLVED:
        return TicketReopened
    return _EVENT_BY_STATUS[after]


def list_allowed_statuses(ticket: Ticket, actor: Actor) -> list[Status]:
    """Returns the statuses to which the actor may change the ticket; none while it is merged."""
    if ticket.merged_into is not None:
        return []
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
        return may_hand_over(actor, ticket)
    if actor.role is Role.KEY and status is Status.IN_PROGRESS:
        # Work in progress needs an assignee, and a key cannot be one.
        return ticket.assignee_id is not None
    return True


def change_status(context: DecisionContext, status: Status, reason: str | None = None) -> Values:
    """Returns the field values of a manual change of status.

    Raises InvalidTransition if the actor may not make the change, Invalid if the reason is
    missing or not one of those that close a ticket.
    """
    ticket, actor = context.ticket, context.actor
    if status not in list_allowed_statuses(ticket, actor):
        raise InvalidTransition(context, "become", status)
    values = ticket.status_values(status, context.now, _close_reason(ticket, status, reason))
    is_nobodys = ticket.assignee_id is None or context.assignee_left
    if is_nobodys and _takes_over(ticket, actor, status):
        values["assignee_id"] = actor.id
    if status is Status.OPEN:
        values["assignee_id"] = None
    return values


def _takes_over(ticket: Ticket, actor: Actor, status: Status) -> bool:
    """Returns whether the change assigns an unassigned ticket to the agent who makes it."""
    if status is Status.RESOLVED:
        # A requester who resolves their own ticket has not done an agent's work.
        return actor.is_agent and not ticket.is_requested_by(actor)
    return actor.is_agent and status is Status.IN_PROGRESS


_CLOSE_REASONS: Final = (CloseReason.SPAM, CloseReason.DUPLICATE)


def _close_reason(ticket: Ticket, status: Status, reason: str | None) -> CloseReason | None:
    if status is Status.CLOSED:
        if reason in _CLOSE_REASONS:
            return CloseReason(reason)
        if reason is not None or ticket.is_unresolved:
            raise Invalid.for_field(
                "/reason", "must be spam or duplicate when an unresolved ticket is closed"
            )
    elif ticket.status is Status.CLOSED and reason is None:
        raise Invalid.for_field("/reason", "is required when a closed ticket is reopened")
    return None
