"""Describes why a ticket is with its agent or waits, as a sentence with current names.

The assignee is shown beside the sentence, which does not name them again. The former agent is
named at the very beginning and nowhere else, so that a client can apply a later rename.
"""

from collections.abc import Callable
from typing import Final

from common.tickets import routing as reasons
from common.tickets.routing import Routing

_WAITING_SENTENCES: Final = {
    reasons.QUEUED: "It is waiting for its turn.",
    reasons.SNOOZED: "It is snoozed. It will be assigned when the snooze ends.",
    reasons.MANUAL_MODE: "Tickets are assigned by hand here: claim it, or assign it to somebody.",
    reasons.NO_AGENT_ONLINE: (
        "Nobody is available. The ticket will go to the first agent with the right skills."
    ),
    reasons.ALL_AT_CAPACITY: "Every available agent with the right skills is at capacity.",
    reasons.NO_OTHER_AGENT: "Nobody else with the right skills is available.",
}
_RETURN_SENTENCES: Final = {
    reasons.RELEASED: "{} released it.",
    reasons.OWNER_TIMEOUT: "{} had it and did not reply in time.",
    reasons.AGENT_AWAY: "{} was not available when it was reopened.",
    reasons.AGENT_LOST: "{}'s terminal lost its connection.",
    reasons.AGENT_LEFT: "{} no longer works here.",
}
_GAVE_UP: Final = "{} had it before."


def describe_routing(routing: Routing, returned_by: str | None = None) -> str:
    """Returns how the ticket came back to the queue, if it did, and why it is where it is.

    A reason that this version does not know still gives a sentence, since logs are kept for ever.
    """
    placed = _describe_waiting(routing) if routing.agent_id is None else _describe_held(routing)
    if routing.returned is None or returned_by is None:
        return placed
    return f"{_RETURN_SENTENCES.get(routing.returned, _GAVE_UP).format(returned_by)} {placed}"


def _describe_held(routing: Routing) -> str:
    if routing.lost_at is not None:
        return "The terminal of its agent has lost its connection and has not come back."
    return _DESCRIBERS.get(routing.reason, _describe_manual)(routing)


def _describe_waiting(routing: Routing) -> str:
    word, _, skill = routing.reason.partition(":")
    alarm = " The supervisors have been notified." if routing.alarmed_at else ""
    if word == reasons.NO_SKILL_MATCH:
        return f"No available agent has the skill {skill}, which its category requires.{alarm}"
    return _WAITING_SENTENCES.get(word, _WAITING_SENTENCES[reasons.QUEUED]) + alarm


def _describe_assigned(routing: Routing) -> str:
    skills = f"has the skill{'s' * (len(routing.skills) > 1)} {_join_names(routing.skills)} and "
    return (
        f"The agent {skills if routing.skills else ''}came first with {_describe_load(routing)}:"
        " nobody suitable had less to do, or had waited longer for a new ticket."
    )


def _describe_manual(routing: Routing) -> str:
    if routing.load is None:
        return "Claimed or assigned by hand."
    beyond = ", which is over capacity" if routing.exceeds_capacity else ""
    return f"Claimed or assigned by hand, with {_describe_load(routing)}{beyond}."


def _describe_reopened(routing: Routing) -> str:
    beyond = ", one over capacity" if routing.exceeds_capacity else ""
    return f"Reopened, and back with its agent, with {_describe_load(routing)}{beyond}."


def _describe_load(routing: Routing) -> str:
    """The load includes this ticket, if it waits for the agent."""
    return f"{routing.load} of {routing.capacity} tickets to do"


def _join_names(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_DESCRIBERS: Final[dict[str, Callable[[Routing], str]]] = {
    reasons.ASSIGNED: _describe_assigned,
    reasons.MANUAL: _describe_manual,
    reasons.REOPENED: _describe_reopened,
}
