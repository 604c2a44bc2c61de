"""Changes of a ticket's routing when it waits, is assigned or returns to the queue. Pure.

Each function says what of the earlier routing stays: the agent and the load never do; how the
ticket came back to the queue stays until somebody takes it by hand; whom it does not go to again
always stays. `before` is None for a ticket that has not been routed.
"""

from typing import Final

from common.tickets.routing import ASSIGNED, QUEUED, Routing
from server.domain.agent_selection import AgentChoice

_UNROUTED: Final = Routing(reason="")


def make_waiting_routing(before: Routing | None, reason: str) -> Routing:
    """Returns the routing of a ticket that waits for an agent, or for the end of its snooze."""
    base = before or _UNROUTED
    return Routing(
        reason=reason,
        returned=base.returned,
        returned_by=base.returned_by,
        not_to=base.not_to,
        alarmed_at=base.alarmed_at,
    )


def make_assigned_routing(before: Routing | None, choice: AgentChoice) -> Routing:
    """Returns the routing of a ticket that goes to the chosen agent."""
    base, agent = before or _UNROUTED, choice.candidate
    return Routing(
        reason=ASSIGNED,
        agent_id=agent.id,
        skills=choice.skills,
        load=agent.load + 1,
        capacity=agent.capacity,
        returned=base.returned,
        returned_by=base.returned_by,
        not_to=base.not_to,
    )


def make_manual_routing(
    before: Routing | None, reason: str, *, agent_id: int, load: int, capacity: int
) -> Routing:
    """Returns the routing of a ticket that is somebody's through a person, whatever the capacity.

    `reason` is `MANUAL` or `REOPENED`; `load` counts the agent's tickets to do, with this one.
    """
    not_to = before.not_to if before else ()
    return Routing(reason=reason, agent_id=agent_id, load=load, capacity=capacity, not_to=not_to)


def make_returned_routing(
    before: Routing | None, why: str, agent_id: int | None, *, may_return_to_agent: bool
) -> Routing:
    """Returns the routing of a ticket that goes back to the queue from an agent."""
    not_to = before.not_to if before else ()
    if agent_id is not None and not may_return_to_agent:
        not_to = tuple(dict.fromkeys((*not_to, agent_id)))
    return Routing(reason=QUEUED, returned=why, returned_by=agent_id, not_to=not_to)
