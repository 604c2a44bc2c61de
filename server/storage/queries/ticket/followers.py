"""Followers: agents who are notified of tickets that are not theirs; mentionable agents."""

from typing import Final

from common.mentions import MentionableAgent, handle_from_address
from common.wire import PersonRef
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.person.people import IS_AGENT
from server.storage.tables.desk_tables import UserModel
from server.storage.tables.notification_tables import FollowerModel

_OF_TICKET: Final = (FollowerModel.org_id == param("org_id")) & (
    FollowerModel.number == param("number")
)
IDS = Statement(FollowerModel.select(FollowerModel.user_id).where(_OF_TICKET))
_NAMES = Statement(
    FollowerModel.select(UserModel.id, UserModel.name)
    .join(
        UserModel,
        on=(UserModel.org_id == FollowerModel.org_id) & (UserModel.id == FollowerModel.user_id),
    )
    .where(_OF_TICKET)
    .order_by(UserModel.id)
)
_ADD = Sql(
    sqlite="""INSERT INTO followers (org_id, number, user_id) VALUES (?, ?, ?)
        ON CONFLICT DO NOTHING""",
    postgresql="""INSERT INTO followers (org_id, number, user_id) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING""",
    places="org_id number user_id",
)
_REMOVE = Statement(
    FollowerModel.delete().where(_OF_TICKET & (FollowerModel.user_id == param("user_id")))
)
_FORGET = Statement(
    FollowerModel.delete().where(
        (FollowerModel.org_id == param("org_id")) & (FollowerModel.user_id == param("user_id"))
    )
)
_NAMEABLE = Statement(
    UserModel.select(UserModel.id, UserModel.name, UserModel.email, UserModel.active)
    .where(UserModel.org_id == param("org_id"), IS_AGENT)
    .order_by(UserModel.id)
)


def read_follower_ids(reading: ReadTransaction, org_id: int, number: int) -> frozenset[int]:
    """Returns the ids of a ticket's followers."""
    return frozenset(row[0] for row in reading.fetch_rows(IDS, org_id=org_id, number=number))


def list_followers(reading: ReadTransaction, org_id: int, number: int) -> list[PersonRef]:
    """Returns the same with their names, by id."""
    rows = reading.fetch_rows(_NAMES, org_id=org_id, number=number)
    return [PersonRef(row[0], row[1]) for row in rows]


def add_follower(writing: WriteTransaction, org_id: int, number: int, person_id: int) -> None:
    """Adds a follower; does nothing where the person follows already."""
    place = org_id, number
    writing.write_later(_ADD, place=place, org_id=org_id, number=number, user_id=person_id)


def remove_follower(writing: WriteTransaction, org_id: int, number: int, person_id: int) -> None:
    writing.write(_REMOVE, org_id=org_id, number=number, user_id=person_id)


def unfollow_all_tickets(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Removes the person from the followers of every ticket."""
    writing.write(_FORGET, org_id=org_id, user_id=person_id)


def list_mentionable_agents(reading: ReadTransaction, org_id: int) -> list[MentionableAgent]:
    """Returns the agents of an organization whom a message may mention."""
    rows = reading.fetch_rows(_NAMEABLE, org_id=org_id)
    return [
        MentionableAgent(row[0], row[1], handle_from_address(row[2]), bool(row[3])) for row in rows
    ]
