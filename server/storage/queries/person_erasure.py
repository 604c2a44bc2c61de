"""A person's data beside the words on tickets, and the tickets that have such words."""

from common.people import Role
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import followers, idempotency, notifications, recipients
from server.storage.tables.desk_tables import Message, Ticket

_WORDS = Statement(
    Ticket.select(Ticket.number)
    .where((Ticket.org_id == param("org_id")) & (Ticket.customer_id == param("person_id")))
    .union(
        Message.select(Message.number).where(
            (Message.org_id == param("org_id"))
            & (Message.author_id == param("person_id"))
            & (Message.author_role != Role.KEY.value)
        )
    )
)


def tickets_with_words_of(reading: Reading, org_id: int, person_id: int) -> list[int]:
    """Returns the numbers of the tickets that a person requested or wrote to."""
    rows = reading.rows(_WORDS, org_id=org_id, person_id=person_id)
    return sorted(row[0] for row in rows)


def forget_person(writing: Writing, org_id: int, person_id: int) -> None:
    """Drops what the person was told, followed and wished, and answers kept for retries."""
    idempotency.forget_person(writing, org_id, person_id)
    notifications.forget(writing, org_id, person_id)
    followers.forget(writing, org_id, person_id)
    recipients.forget(writing, org_id, person_id)
