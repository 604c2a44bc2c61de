"""What is owed to webhooks: a delivery's row with each event, for each endpoint that gets it."""

from common.tickets.redacting import TicketRedacted
from common.tickets.replying import MessageAdded
from server.desk.recorded_event import RecordedEvent
from server.domain.timestamps import to_microseconds
from server.domain.webhooks import event_matching
from server.domain.webhooks.event_matching import MatchableEvent
from server.storage.queries import webhook_deliveries


def queue_deliveries(step: RecordedEvent) -> None:
    """A delivery for each endpoint that gets the event; without endpoints it costs nothing."""
    for receiver in step.sequence.receivers:
        if event_matching.should_receive(receiver, _describe_event(step)):
            webhook_deliveries.queue_delivery(
                step.writing, step.org_id, receiver.id, step.seq, to_microseconds(step.now)
            )


def _describe_event(step: RecordedEvent) -> MatchableEvent:
    event = step.event
    if event is None:
        return MatchableEvent(step.type)
    kind = event.kind if isinstance(event, MessageAdded | TicketRedacted) else None
    return MatchableEvent(step.type, event.changes, kind)
