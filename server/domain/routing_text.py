"""Sentences that say why a ticket is where it is, with today's names.

Its assignee stands beside it and is not named again. Who had it before is named at the very
beginning and nowhere else: so a client can follow when that person is renamed.
"""

from collections.abc import Callable
from typing import Final

from common.tickets import routing as reasons
from common.tickets.routing import Routing

_WAITING_SENTENCES: Final = {
    reasons.QUEUED: "It waits its turn.",
    reasons.SNOOZED: "It is snoozed, and looked at again when it wakes.",
    reasons.MANUAL_MODE: "Tickets are given by hand here: claim it, or assign it to somebody.",
    reasons.NO_AGENT_ONLINE: (
        "Nobody is available: it goes to the first agent who is and has what it takes."
    ),
    reasons.ALL_AT_CAPACITY: (
        "Everybody available who could take it has as much to do as they have capacity for."
    ),
    reasons.NO_OTHER_AGENT: "Nobody else is available who could take it.",
}
_RETURN_SENTENCES: Final = {
    reasons.RELEASED: "{} put it back.",
    reasons.OWNER_TIMEOUT: "{} had it and did not answer in time.",
    reasons.AGENT_AWAY: "{} could not take it back when it was reopened.",
    reasons.AGENT_LOST: "{}'s terminal was lost.",
    reasons.AGENT_LEFT: "{} does not work here any more.",
}
_GAVE_UP: Final = "{} had it before."


def describe_routing(routing: Routing, returned_by: str | None = None) -> str:
    """Returns what a person is told: how it came back, if it did, and why it is where it is.

    A reason that this version does not know still makes a sentence: the log is read for ever.
    """
    placed = _describe_waiting(routing) if routing.agent_id is None else _describe_held(routing)
    if routing.returned is None or returned_by is None:
        return placed
    return f"{_RETURN_SENTENCES.get(routing.returned, _GAVE_UP).format(returned_by)} {placed}"


def _describe_held(routing: Routing) -> str:
    if routing.lost_at is not None:
        return "The terminal of the agent who works on it was lost and has not come back."
    return _DESCRIBERS.get(routing.reason, _describe_manual)(routing)


def _describe_waiting(routing: Routing) -> str:
    word, _, skill = routing.reason.partition(":")
    told = " The supervisors have been told." if routing.alarmed_at else ""
    if word == reasons.NO_SKILL_MATCH:
        return f"Nobody who is available has the skill {skill}, which its category requires.{told}"
    return _WAITING_SENTENCES.get(word, _WAITING_SENTENCES[reasons.QUEUED]) + told


def _describe_assigned(routing: Routing) -> str:
    skills = f"has the skill{'s' * (len(routing.skills) > 1)} {_join_names(routing.skills)} and "
    return (
        f"The agent {skills if routing.skills else ''}came first with {_describe_load(routing)}:"
        " nobody who fits had less to do, or had gone longer without a new one."
    )


def _describe_manual(routing: Routing) -> str:
    if routing.load is None:
        return "Taken or given by hand."
    beyond = ", which is more than the capacity" if routing.exceeds_capacity else ""
    return f"Taken or given by hand, with {_describe_load(routing)}{beyond}."


def _describe_reopened(routing: Routing) -> str:
    beyond = ", one more than the capacity" if routing.exceeds_capacity else ""
    return f"Reopened, and back with its agent, with {_describe_load(routing)}{beyond}."


def _describe_load(routing: Routing) -> str:
    """It counts with the others, where it is the agent's move."""
    return f"{routing.load} of {routing.capacity} tickets to do"


def _join_names(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_DESCRIBERS: Final[dict[str, Callable[[Routing], str]]] = {
    reasons.ASSIGNED: _describe_assigned,
    reasons.MANUAL: _describe_manual,
    reasons.REOPENED: _describe_reopened,
}
