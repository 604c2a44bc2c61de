"""Side effects: rows that are written with an event, in its transaction.

Counting effects run for every event. Effects that notify somebody run for live events only, never
for imported history. A side effect writes rows of its own and records no event.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from server.desk.side_effects import (
    customer_changes,
    notification_outbox,
    routing_agenda,
    survey_schedule,
    webhook_outbox,
)
from server.desk.side_effects.recorded_event import RecordedEvent
from server.desk.side_effects.report_facts import record_event_facts

SideEffect: TypeAlias = Callable[[RecordedEvent], None]

ALL_EVENT_EFFECTS: Final[tuple[SideEffect, ...]] = (
    routing_agenda.update_loads,
    record_event_facts,
    customer_changes.record_former_customer,
)
LIVE_EVENT_EFFECTS: Final[tuple[SideEffect, ...]] = (
    notification_outbox.collect_notifications,
    survey_schedule.update_survey_schedule,
    webhook_outbox.queue_deliveries,
)


def run_side_effects(recorded: RecordedEvent) -> None:
    """Runs every side effect of the event."""
    for run_effect in ALL_EVENT_EFFECTS:
        run_effect(recorded)
    if recorded.live:
        for run_effect in LIVE_EVENT_EFFECTS:
            run_effect(recorded)
