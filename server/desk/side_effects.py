"""Reactions: the rows that go with an event, written in its transaction.

What is counted reacts to every event; what tells somebody reacts to live ones alone, never to
history that is moved in. A reaction writes rows of its own and records no event.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from server.desk import notification_outbox, routing_agenda, survey_schedule, webhook_outbox
from server.desk.recorded_event import Step
from server.desk.report_facts import count

Reaction: TypeAlias = Callable[[Step], None]

COUNTED: Final[tuple[Reaction, ...]] = (routing_agenda.keep_up, count)
TOLD: Final[tuple[Reaction, ...]] = (
    notification_outbox.tell,
    survey_schedule.survey,
    webhook_outbox.owe,
)


def react(step: Step) -> None:
    """Does everything that goes with the step."""
    for reaction in COUNTED:
        reaction(step)
    if step.live:
        for reaction in TOLD:
            reaction(step)
