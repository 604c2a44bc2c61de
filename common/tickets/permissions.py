"""Permissions on tickets. The server enforces them; the client asks which keys are available."""

from typing import Final

from common.errors import Forbidden, NotFound
from common.people import Actor, Role, Scope
from common.tickets.ticket import Ticket

NARROWER_SCOPES: Final = {Scope.TICKETS_READ: Scope.TICKETS_READ_PUBLIC}
"""Scopes that open the same routes, and show less there (`Actor.sees_internal`)."""


def may_see(actor: Actor, ticket: Ticket) -> bool:
    """Customers see their own tickets; everybody else sees the whole organization's."""
    if actor.org_id != ticket.org_id:
        return False
    return not actor.is_customer or ticket.customer_id == actor.id


def may_hand_over(actor: Actor, ticket: Ticket) -> bool:
    """Returns whether the actor may release or assign the ticket: its assignee, or a supervisor."""
    return actor.is_supervisor or (actor.is_agent and ticket.assignee_id == actor.id)


def check_visible(actor: Actor, ticket: Ticket) -> None:
    """Raises NotFound for what the actor may not see, as for what does not exist."""
    if not may_see(actor, ticket):
        raise NotFound


def check_hand_over(actor: Actor, ticket: Ticket) -> None:
    """Raises Forbidden unless the actor may release the ticket or hand it on."""
    if not may_hand_over(actor, ticket):
        raise Forbidden("Only the assignee or a supervisor may do this.")


def check_access(actor: Actor, roles: frozenset[Role], scope: Scope | None) -> None:
    """Raises Forbidden where a route is closed to the actor's role, or a key's scopes."""
    if actor.role is Role.KEY and scope is not None:
        if actor.scopes.isdisjoint({scope, NARROWER_SCOPES.get(scope, scope)}):
            raise Forbidden(f"This API key lacks the scope {scope}.")
    elif actor.role not in roles:
        raise Forbidden(f"Not open to the role {actor.role}.")
