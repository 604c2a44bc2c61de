"""Reactions: the rows that go with an event, written in its transaction.

What is counted reacts to every event; what tells somebody reacts to live ones alone, never to
history that is moved in. A reaction writes rows of its own and records no event.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from server.desk import agenda, owing, surveying, telling
from server.desk.counting import count
from server.desk.step import Step

Reaction: TypeAlias = Callable[[Step], None]

COUNTED: Final[tuple[Reaction, ...]] = (agenda.keep_up, count)
TOLD: Final[tuple[Reaction, ...]] = (telling.tell, surveying.survey, owing.owe)


def react(step: Step) -> None:
    """Does everything that goes with the step."""
    for reaction in COUNTED:
        reaction(step)
    if step.live:
        for reaction in TOLD:
            reaction(step)
