"""Followers' rows: which agents hear of a ticket that is not theirs; and whom a text may name."""

from typing import Final

from common.mentions import Nameable, handle_of
from common.people import LAST_AGENT
from common.wire import PersonRef
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables.desk_tables import User
from server.storage.tables.notification_tables import Follower

_OF_TICKET: Final = (Follower.org_id == param("org_id")) & (Follower.number == param("number"))
_IDS = Statement(Follower.select(Follower.user_id).where(_OF_TICKET))
_NAMES = Statement(
    Follower.select(User.id, User.name)
    .join(User, on=(User.org_id == Follower.org_id) & (User.id == Follower.user_id))
    .where(_OF_TICKET)
    .order_by(User.id)
)
_ADD = Sql(
    sqlite="""INSERT INTO followers (org_id, number, user_id) VALUES (?, ?, ?)
        ON CONFLICT DO NOTHING""",
    postgresql="""INSERT INTO followers (org_id, number, user_id) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING""",
    places="org_id number user_id",
)
_REMOVE = Statement(Follower.delete().where(_OF_TICKET & (Follower.user_id == param("user_id"))))
_FORGET = Statement(
    Follower.delete().where(
        (Follower.org_id == param("org_id")) & (Follower.user_id == param("user_id"))
    )
)
_NAMEABLE = Statement(
    User.select(User.id, User.name, User.email, User.active)
    .where((User.org_id == param("org_id")) & (User.id <= LAST_AGENT))
    .order_by(User.id)
)


def of_ticket(reading: Reading, org_id: int, number: int) -> frozenset[int]:
    """Ids of who follows a ticket."""
    return frozenset(row[0] for row in reading.rows(_IDS, org_id=org_id, number=number))


def named(reading: Reading, org_id: int, number: int) -> list[PersonRef]:
    """The same with their names, by id."""
    rows = reading.rows(_NAMES, org_id=org_id, number=number)
    return [PersonRef(row[0], row[1]) for row in rows]


def add(writing: Writing, org_id: int, number: int, person_id: int) -> None:
    """Who follows already goes on following."""
    writing.write(_ADD, org_id=org_id, number=number, user_id=person_id)


def remove(writing: Writing, org_id: int, number: int, person_id: int) -> None:
    writing.write(_REMOVE, org_id=org_id, number=number, user_id=person_id)


def forget(writing: Writing, org_id: int, person_id: int) -> None:
    """The person follows nothing any more."""
    writing.write(_FORGET, org_id=org_id, user_id=person_id)


def nameable(reading: Reading, org_id: int) -> list[Nameable]:
    """Lists the agents of an organization, as a mention may find them."""
    rows = reading.rows(_NAMEABLE, org_id=org_id)
    return [Nameable(row[0], row[1], handle_of(row[2]), bool(row[3])) for row in rows]
