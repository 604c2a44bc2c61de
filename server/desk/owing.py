"""What is owed to webhooks: a delivery's row with each event, for each endpoint that gets it."""

from common.tickets.redacting import Redacted
from common.tickets.replying import MessageAdded
from server.desk.step import Step
from server.domain.webhooks import matching
from server.domain.webhooks.matching import News
from server.storage import deliveries
from server.storage.instant import stored


def owe(step: Step) -> None:
    """A delivery for each endpoint that gets the event; without endpoints it costs nothing."""
    for receiver in step.ledger.receivers:
        if matching.wants(receiver, _news(step)):
            deliveries.add(step.writing, step.org_id, receiver.id, step.seq, stored(step.now))


def _news(step: Step) -> News:
    event = step.event
    if event is None:
        return News(step.type)
    kind = event.kind if isinstance(event, MessageAdded | Redacted) else None
    return News(step.type, event.changes, kind)
