"""Participants: customers who take part in another customer's ticket."""

from typing import Final

from common.people import Actor
from common.tickets.ticket import Ticket
from common.wire import CustomerRef
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.ticket import former_parties
from server.storage.tables.desk_tables import UserModel
from server.storage.tables.intake_tables import ParticipantModel

_OF_TICKET: Final = (ParticipantModel.org_id == param("org_id")) & (
    ParticipantModel.number == param("number")
)
_OF_PERSON: Final = (ParticipantModel.org_id == param("org_id")) & (
    ParticipantModel.user_id == param("user_id")
)
IDS = Statement(ParticipantModel.select(ParticipantModel.user_id).where(_OF_TICKET))
PARTICIPATION: Final = Statement(
    ParticipantModel.select(ParticipantModel.user_id).where(
        _OF_TICKET & (ParticipantModel.user_id == param("person_id"))
    )
)
"""Selects one row where the person takes part in the ticket, for use in combined statements."""
_NAMES = Statement(
    ParticipantModel.select(UserModel.id, UserModel.name, UserModel.email)
    .join(
        UserModel,
        on=(UserModel.org_id == ParticipantModel.org_id)
        & (UserModel.id == ParticipantModel.user_id),
    )
    .where(_OF_TICKET)
    .order_by(UserModel.id)
)
_TICKETS = Statement(
    ParticipantModel.select(ParticipantModel.number)
    .where(_OF_PERSON)
    .order_by(ParticipantModel.number)
)
_ADD = Sql(
    sqlite="""INSERT INTO participants (org_id, number, user_id) VALUES (?, ?, ?)
        ON CONFLICT (org_id, number, user_id) DO UPDATE SET came_from = NULL""",
    postgresql="""INSERT INTO participants (org_id, number, user_id) VALUES (%s, %s, %s)
        ON CONFLICT (org_id, number, user_id) DO UPDATE SET came_from = NULL""",
    places="org_id number user_id",
)
_BRING = Sql(
    sqlite="""INSERT INTO participants (org_id, number, user_id, came_from) VALUES (?, ?, ?, ?)
        ON CONFLICT DO NOTHING""",
    postgresql="""INSERT INTO participants (org_id, number, user_id, came_from)
        VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING""",
    places="org_id number user_id came_from",
)
_BROUGHT = Statement(
    ParticipantModel.select(ParticipantModel.user_id)
    .where(_OF_TICKET & (ParticipantModel.came_from == param("came_from")))
    .order_by(ParticipantModel.user_id)
)
_REMOVE = Statement(
    ParticipantModel.delete().where(_OF_TICKET & (ParticipantModel.user_id == param("user_id")))
)
_FORGET = Statement(ParticipantModel.delete().where(_OF_PERSON))


def read_participant_ids(reading: ReadTransaction, org_id: int, number: int) -> frozenset[int]:
    """Returns the ids of a ticket's participants."""
    return frozenset(row[0] for row in reading.fetch_rows(IDS, org_id=org_id, number=number))


def is_participant(reading: ReadTransaction, org_id: int, number: int, person_id: int) -> bool:
    found = reading.fetch_row(PARTICIPATION, org_id=org_id, number=number, person_id=person_id)
    return found is not None


def takes_part(reading: ReadTransaction, actor: Actor, ticket: Ticket) -> bool:
    """Returns whether a customer is a participant; looks up nothing for agents and requesters."""
    if not actor.is_customer or actor.id is None or actor.id == ticket.customer_id:
        return False
    return is_participant(reading, ticket.org_id, ticket.number, actor.id)


def list_participants(reading: ReadTransaction, org_id: int, number: int) -> list[CustomerRef]:
    """Returns a ticket's participants with their names and addresses, by id."""
    rows = reading.fetch_rows(_NAMES, org_id=org_id, number=number)
    return [CustomerRef(row[0], row[1], row[2]) for row in rows]


def list_participating(reading: ReadTransaction, org_id: int, person_id: int) -> list[int]:
    """Returns the numbers of the tickets in which a person takes part."""
    rows = reading.fetch_rows(_TICKETS, org_id=org_id, user_id=person_id)
    return [row[0] for row in rows]


def add_participant(writing: WriteTransaction, org_id: int, number: int, person_id: int) -> None:
    """Adds a participant; who takes part already stays, also when a merge is undone."""
    writing.write_later(_ADD, org_id=org_id, number=number, user_id=person_id)


def copy_participants(writing: WriteTransaction, org_id: int, source: int, target: int) -> None:
    """Adds a ticket's participants to another ticket, such as its follow-up."""
    for person_id in sorted(read_participant_ids(writing, org_id, source)):
        add_participant(writing, org_id, target, person_id)


def bring_participants(writing: WriteTransaction, org_id: int, merged: int, survivor: int) -> None:
    """Adds the participants of a merged ticket to its survivor, until the merge is undone."""
    for person_id in sorted(read_participant_ids(writing, org_id, merged)):
        writing.write(_BRING, org_id=org_id, number=survivor, user_id=person_id, came_from=merged)


def list_brought_participants(
    reading: ReadTransaction, org_id: int, merged: int, survivor: int
) -> list[int]:
    """Returns the ids of those who take part in a survivor only because of a merged ticket."""
    rows = reading.fetch_rows(_BROUGHT, org_id=org_id, number=survivor, came_from=merged)
    return [row[0] for row in rows]


def remove_participant(writing: WriteTransaction, org_id: int, number: int, person_id: int) -> bool:
    """Returns whether the person took part."""
    took_part = bool(writing.write(_REMOVE, org_id=org_id, number=number, user_id=person_id))
    if took_part:
        former_parties.add_former_party(writing, org_id, number, person_id)
    return took_part


def remove_from_all_tickets(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Removes the person from the participants of every ticket."""
    writing.write(_FORGET, org_id=org_id, user_id=person_id)
