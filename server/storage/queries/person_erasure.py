"""A person's data beside the words on tickets, and the tickets that have such words."""

from common.people import Role
from common.tickets.filing import TicketCreated
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries import followers, idempotency, notifications, participants, recipients
from server.storage.tables.desk_tables import EventModel, MessageModel, TicketModel

_WORDS = Statement(
    TicketModel.select(TicketModel.number)
    .where(
        (TicketModel.org_id == param("org_id")) & (TicketModel.customer_id == param("person_id"))
    )
    .union(
        MessageModel.select(MessageModel.number).where(
            (MessageModel.org_id == param("org_id"))
            & (MessageModel.author_id == param("person_id"))
            & (MessageModel.author_role != Role.KEY.value)
        )
    )
)
_SPLITS = Statement(
    TicketModel.select(TicketModel.number)
    .join(
        EventModel,
        on=(EventModel.org_id == TicketModel.org_id) & (EventModel.number == TicketModel.number),
    )
    .where(
        (TicketModel.org_id == param("org_id"))
        & TicketModel.split_from.is_null(False)
        & (EventModel.type == TicketCreated.type)
        & (EventModel.actor_id == param("person_id"))
        & (EventModel.actor_role != Role.KEY.value)
    )
)


def list_tickets_of_person(reading: ReadTransaction, org_id: int, person_id: int) -> list[int]:
    """Returns the numbers of the tickets that a person requested or wrote to."""
    rows = reading.fetch_rows(_WORDS, org_id=org_id, person_id=person_id)
    described = list_described_splits(reading, org_id, person_id)
    return sorted(described | {row[0] for row in rows})


def list_described_splits(reading: ReadTransaction, org_id: int, person_id: int) -> frozenset[int]:
    """Returns the numbers of the split tickets whose description was a person's message."""
    rows = reading.fetch_rows(_SPLITS, org_id=org_id, person_id=person_id)
    return frozenset(row[0] for row in rows)


def delete_person_data(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes a person's notifications, follows, parts in tickets, preferences and responses."""
    idempotency.delete_person_responses(writing, org_id, person_id)
    notifications.delete_person_notifications(writing, org_id, person_id)
    followers.unfollow_all_tickets(writing, org_id, person_id)
    participants.remove_from_all_tickets(writing, org_id, person_id)
    recipients.delete_preferences(writing, org_id, person_id)
