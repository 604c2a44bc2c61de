"""Reactions: the rows that go with an event, written in its transaction.

What is counted reacts to every event; what tells somebody reacts to live ones alone, never to
history that is moved in. A reaction writes rows of its own and records no event.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from server.desk import notification_outbox, routing_agenda, survey_schedule, webhook_outbox
from server.desk.recorded_event import RecordedEvent
from server.desk.report_facts import record_event_facts

SideEffect: TypeAlias = Callable[[RecordedEvent], None]

ALL_EVENT_EFFECTS: Final[tuple[SideEffect, ...]] = (routing_agenda.update_loads, record_event_facts)
LIVE_EVENT_EFFECTS: Final[tuple[SideEffect, ...]] = (
    notification_outbox.collect_notifications,
    survey_schedule.update_survey_schedule,
    webhook_outbox.queue_deliveries,
)


def run_side_effects(step: RecordedEvent) -> None:
    """Does everything that goes with the step."""
    for reaction in ALL_EVENT_EFFECTS:
        reaction(step)
    if step.live:
        for reaction in LIVE_EVENT_EFFECTS:
            reaction(step)
