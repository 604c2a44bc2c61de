"""Why a ticket is where it is, as a sentence with today's names.

Its assignee stands beside it and is not named again. Who had it before is named at the very
beginning and nowhere else: so a client can follow when that person is renamed.
"""

from collections.abc import Callable
from typing import Final

from common.tickets import routing as reasons
from common.tickets.routing import Routing

_WAITING: Final = {
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
_RETURNED: Final = {
    reasons.RELEASED: "{} put it back.",
    reasons.OWNER_TIMEOUT: "{} had it and did not answer in time.",
    reasons.AGENT_AWAY: "{} could not take it back when it was reopened.",
    reasons.AGENT_LOST: "{}'s terminal was lost.",
    reasons.AGENT_LEFT: "{} does not work here any more.",
}
_GAVE_UP: Final = "{} had it before."


def sentence(routing: Routing, returned_by: str | None = None) -> str:
    """What a person is told: how it came back, if it did, and why it is where it is.

    A reason that this version does not know still makes a sentence: the log is read for ever.
    """
    placed = _waits(routing) if routing.agent_id is None else _held(routing)
    if routing.returned is None or returned_by is None:
        return placed
    return f"{_RETURNED.get(routing.returned, _GAVE_UP).format(returned_by)} {placed}"


def _held(routing: Routing) -> str:
    if routing.lost_at is not None:
        return "The terminal of the agent who works on it was lost and has not come back."
    return _HELD.get(routing.reason, _by_hand)(routing)


def _waits(routing: Routing) -> str:
    word, _, skill = routing.reason.partition(":")
    told = " The supervisors have been told." if routing.alarmed_at else ""
    if word == reasons.NO_SKILL_MATCH:
        return f"Nobody who is available has the skill {skill}, which its category requires.{told}"
    return _WAITING.get(word, _WAITING[reasons.QUEUED]) + told


def _assigned(routing: Routing) -> str:
    skills = f"has the skill{'s' * (len(routing.skills) > 1)} {_listed(routing.skills)} and "
    return (
        f"The agent {skills if routing.skills else ''}came first with {_load(routing)}:"
        " nobody who fits had less to do, or had gone longer without a new one."
    )


def _by_hand(routing: Routing) -> str:
    if routing.load is None:
        return "Taken or given by hand."
    beyond = ", which is more than the capacity" if routing.exceeds else ""
    return f"Taken or given by hand, with {_load(routing)}{beyond}."


def _reopened(routing: Routing) -> str:
    beyond = ", one more than the capacity" if routing.exceeds else ""
    return f"Reopened, and back with its agent, with {_load(routing)}{beyond}."


def _load(routing: Routing) -> str:
    """It counts with the others, where it is the agent's move."""
    return f"{routing.load} of {routing.capacity} tickets to do"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_HELD: Final[dict[str, Callable[[Routing], str]]] = {
    reasons.ASSIGNED: _assigned,
    reasons.MANUAL: _by_hand,
    reasons.REOPENED: _reopened,
}
