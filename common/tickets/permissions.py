"""Permissions on tickets. The server enforces them; the client asks which keys are available."""

from typing import Final

from common.errors import Forbidden, NotFound
from common.people import Actor, Role, Scope
from common.tickets.ticket import Ticket

NARROWER_SCOPES: Final = {Scope.TICKETS_READ: Scope.TICKETS_READ_PUBLIC}
"""Scopes that allow the same routes but show less there; see `Actor.sees_internal`."""


def sees_tickets_of(actor: Actor, customer_id: int, *, takes_part: bool) -> bool:
    """Returns whether the actor may see a ticket of their organization, which a customer requested.

    Customers see what they requested and what they take part in, others all.
    """
    return not actor.is_customer or actor.id == customer_id or takes_part


def may_see(actor: Actor, ticket: Ticket, *, takes_part: bool = False) -> bool:
    """Returns whether the actor may see the ticket; `takes_part`: as one of its participants."""
    if actor.org_id != ticket.org_id:
        return False
    return sees_tickets_of(actor, ticket.customer_id, takes_part=takes_part)


def may_hand_over(actor: Actor, ticket: Ticket) -> bool:
    """Returns whether the actor is its assignee or a supervisor, who may release or reassign it."""
    return actor.is_supervisor or (actor.is_agent and ticket.assignee_id == actor.id)


def check_visible(actor: Actor, ticket: Ticket, *, takes_part: bool = False) -> None:
    """Raises NotFound if the actor may not see the ticket, as if it did not exist."""
    if not may_see(actor, ticket, takes_part=takes_part):
        raise NotFound


def check_not_mere_participant(actor: Actor, ticket: Ticket) -> None:
    """Raises Forbidden for a customer who sees the ticket only because they take part in it."""
    if actor.is_customer and actor.id != ticket.customer_id:
        raise Forbidden("Participants of a ticket can only read it and reply.")


def check_agent(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor is an agent; `action` says what only agents do."""
    if not actor.is_agent:
        raise Forbidden(f"Only agents {action}.")


def check_hand_over(actor: Actor, ticket: Ticket) -> None:
    """Raises Forbidden unless the actor may release or reassign the ticket."""
    if not may_hand_over(actor, ticket):
        raise Forbidden("Only the assignee or a supervisor may do this.")


def check_access(actor: Actor, roles: frozenset[Role], scope: Scope | None) -> None:
    """Raises Forbidden if a route is not open to the actor's role, or to the scopes of its key."""
    if actor.role is Role.KEY and scope is not None:
        if actor.scopes.isdisjoint({scope, NARROWER_SCOPES.get(scope, scope)}):
            raise Forbidden(f"This API key lacks the scope {scope}.")
    elif actor.role not in roles:
        raise Forbidden(f"The role {actor.role} may not do this.")
