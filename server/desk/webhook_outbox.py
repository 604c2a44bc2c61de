"""What is owed to webhooks: a delivery's row with each event, for each endpoint that gets it."""

from common.tickets.redacting import Redacted
from common.tickets.replying import MessageAdded
from server.desk.recorded_event import Step
from server.domain.webhooks import event_matching
from server.domain.webhooks.event_matching import News
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import webhook_deliveries


def owe(step: Step) -> None:
    """A delivery for each endpoint that gets the event; without endpoints it costs nothing."""
    for receiver in step.ledger.receivers:
        if event_matching.wants(receiver, _news(step)):
            webhook_deliveries.add(
                step.writing, step.org_id, receiver.id, step.seq, stored(step.now)
            )


def _news(step: Step) -> News:
    event = step.event
    if event is None:
        return News(step.type)
    kind = event.kind if isinstance(event, MessageAdded | Redacted) else None
    return News(step.type, event.changes, kind)
