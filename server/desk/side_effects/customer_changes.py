"""Changes of a ticket's customer: the former one is remembered, for their erasure."""

from server.desk.side_effects.recorded_event import RecordedEvent
from server.storage.queries.ticket import former_parties


def record_former_customer(recorded: RecordedEvent) -> None:
    """Remembers who was the ticket's customer before the event."""
    before, after = recorded.before, recorded.after
    if before is None or after is None or before.customer_id == after.customer_id:
        return
    former_parties.add_former_party(
        recorded.writing, before.org_id, before.number, before.customer_id
    )
