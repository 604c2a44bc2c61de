"""The outbox of webhooks: queues one delivery per event and matching endpoint."""

from server.desk.side_effects.recorded_event import RecordedEvent
from server.domain import customer_visibility
from server.domain.timestamps import to_microseconds
from server.domain.webhooks import event_matching
from server.domain.webhooks.event_matching import MatchableEvent
from server.storage.queries.outgoing import webhook_deliveries


def queue_deliveries(recorded: RecordedEvent) -> None:
    """Queues a delivery for each matching endpoint; costs nothing where there are none."""
    for receiver in recorded.sequence.receivers:
        if event_matching.should_receive(receiver, _describe_event(recorded)):
            webhook_deliveries.queue_delivery(
                recorded.writing,
                recorded.org_id,
                receiver.id,
                recorded.seq,
                to_microseconds(recorded.now),
            )


def _describe_event(recorded: RecordedEvent) -> MatchableEvent:
    event = recorded.event
    if event is None:
        return MatchableEvent(recorded.type)
    kind = customer_visibility.find_event_kind(event)
    return MatchableEvent(recorded.type, event.changes, kind)
