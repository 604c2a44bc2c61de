"""People: the customers and agents of an organization."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import peewee as pw
from msgspec import Struct

from common.addresses import list_stored_spellings
from common.people import AGENTS, Presence, Role
from common.wire import CustomerRef, PersonRef
from server.storage.engine.job import Needs
from server.storage.engine.statement import IsAnyOf, Statement, bind_list, build_insert, param
from server.storage.engine.transaction import (
    ReadTransaction,
    Row,
    TransactionState,
    WriteTransaction,
)
from server.storage.tables.desk_tables import UserAddressModel, UserModel


class Person(Struct, frozen=True, kw_only=True):
    """A person as stored."""

    org_id: int
    id: int
    email: str
    name: str
    role: Role
    password_hash: str | None = None
    skills: tuple[str, ...] = ()
    capacity: int = 10
    presence: Presence = Presence.OFFLINE
    presence_until: int | None = None
    active: bool = True
    created_at: int
    lost_at: int | None = None
    """The time at which a lost terminal's presence lapsed; microseconds since 1970."""
    last_assigned_at: int | None = None
    """The time at which routing last assigned a ticket to this agent; microseconds since 1970."""

    merged_into: int | None = None
    """The customer who has this person's tickets and addresses."""

    @property
    def is_agent(self) -> bool:
        return self.role in AGENTS

    @property
    def ref(self) -> PersonRef:
        return PersonRef(self.id, self.name)

    @property
    def customer_ref(self) -> CustomerRef:
        return CustomerRef(self.id, self.name, self.email)


_FIELDS = [getattr(UserModel, name) for name in Person.__struct_fields__]
BY_ID = Statement(
    UserModel.select(*_FIELDS).where(
        (UserModel.org_id == param("org_id")) & (UserModel.id == param("id"))
    )
)
_BY_EMAIL = Statement(
    UserModel.select(*_FIELDS).where(
        (UserModel.org_id == param("org_id")) & (UserModel.email == param("email"))
    )
)
_BY_EMAILS = Statement(
    UserModel.select(UserModel.email, *_FIELDS).where(
        (UserModel.org_id == param("org_id")) & IsAnyOf(UserModel.email, "emails", "text")
    )
)
_BY_FURTHER_ADDRESS = Statement(
    UserModel.select(*_FIELDS)
    .join(
        UserAddressModel,
        on=(UserAddressModel.org_id == UserModel.org_id)
        & (UserAddressModel.user_id == UserModel.id),
    )
    .where(
        (UserAddressModel.org_id == param("org_id")) & (UserAddressModel.address == param("email"))
    )
)
_ALL_EMAILS = Statement(
    UserModel.select(UserModel.id, UserModel.email, UserModel.role)
    .where((UserModel.org_id == param("org_id")) & (UserModel.id > param("after")))
    .order_by(UserModel.id)
    .limit(param("limit"))
)
_LAPSED = Statement(
    UserModel.select(UserModel.org_id, UserModel.id)
    .where(UserModel.presence_until <= param("now"))
    .limit(100)
)
_LOST = Statement(
    UserModel.select(UserModel.org_id, UserModel.id)
    .where(UserModel.lost_at <= param("since"))
    .limit(100)
)
_GIVEN = Statement(
    UserModel.update({UserModel.last_assigned_at: param("at")}).where(
        (UserModel.org_id == param("org_id")) & (UserModel.id == param("id"))
    )
)
_SKILLS = Statement(
    UserModel.select(UserModel.skills).where(
        (UserModel.org_id == param("org_id"))
        & UserModel.role.in_([role.value for role in sorted(AGENTS)])
        & UserModel.active
    )
)
_PERSONS: Final = TransactionState[dict[tuple[int, int], Person]](dict)
"""People that a transaction has read or saved, by organization and id."""
_INSERT = build_insert(UserModel)
IS_AGENT = pw.SQL('"t1"."role" <> \'customer\'')
"""The condition of the index of agents, as a literal: with a parameter it would not be used."""
_UPDATE = Statement(
    UserModel.update({field: param(field.name) for field in _FIELDS[2:]}).where(
        (UserModel.org_id == param("org_id")) & (UserModel.id == param("id"))
    )
)


def find_person(reading: ReadTransaction, org_id: int, person_id: int) -> Person | None:
    row = reading.fetch_row(BY_ID, org_id=org_id, id=person_id)
    return None if row is None else _person_from_row(row)


def describe_address(email: str) -> Needs:
    """Returns what `find_person_by_email` reads first, for a transaction to ask ahead."""
    return Needs(_ask_for_addresses, list_stored_spellings(email))


def _ask_for_addresses(
    writing: WriteTransaction, org_id: int, addresses: Sequence[tuple[str, ...]]
) -> None:
    emails = sorted({spelling for spellings in addresses for spelling in spellings})
    keys = [(email,) for email in emails]
    values = {"org_id": org_id, "emails": bind_list(writing.dialect, emails)}
    writing.expect_rows(_BY_EMAIL, keys, _BY_EMAILS, values)


def find_person_by_email(reading: ReadTransaction, org_id: int, email: str) -> Person | None:
    """Returns the person who has this canonical address, as the primary one or a further one.

    Older stored spellings of it are found too.
    """
    for statement in (_BY_EMAIL, _BY_FURTHER_ADDRESS):
        for spelling in list_stored_spellings(email):
            row = reading.fetch_row(statement, org_id=org_id, email=spelling)
            if row is not None:
                return _person_from_row(row)
    return None


def list_emails(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[tuple[int, str, Role]]:
    """Returns ids above `after`, ascending, with stored address and role."""
    rows = reading.fetch_rows(_ALL_EMAILS, org_id=org_id, after=after, limit=limit)
    return [(row[0], row[1], Role(row[2])) for row in rows]


def list_lapsed_presences(reading: ReadTransaction, now: int) -> list[tuple[int, int]]:
    """Returns organizations and ids of people whose presence has lapsed."""
    return [(row[0], row[1]) for row in reading.fetch_rows(_LAPSED, now=now)]


def list_lost_agents(reading: ReadTransaction, since: int) -> list[tuple[int, int]]:
    """Returns organizations and ids of agents who have been lost since then or longer."""
    return [(row[0], row[1]) for row in reading.fetch_rows(_LOST, since=since)]


def record_assignment_time(writing: WriteTransaction, org_id: int, person_id: int, at: int) -> None:
    """Writes when routing gave this agent a ticket."""
    writing.write_later(_GIVEN, org_id=org_id, id=person_id, at=at)
    _PERSONS.of(writing).pop((org_id, person_id), None)


def read_agent_skills(reading: ReadTransaction, org_id: int) -> frozenset[str]:
    """Returns every skill of the active agents."""
    rows = reading.fetch_rows(_SKILLS, org_id=org_id)
    return frozenset(skill for row in rows for skill in msgspec.json.decode(row[0]))


def read_person(writing: WriteTransaction, org_id: int, person_id: int) -> Person:
    """Returns a person that another row names; read once a transaction. Raises LookupError."""
    loaded = _PERSONS.of(writing)
    person = loaded.get((org_id, person_id))
    if person is None:
        person = find_person(writing, org_id, person_id)
        if person is None:
            raise LookupError(f"organization {org_id} has no person {person_id}")
        loaded[org_id, person_id] = person
    return person


def add_person(writing: WriteTransaction, person: Person, *, read_up_to: int) -> None:
    """Inserts a person; notifications to audiences up to `read_up_to` count as read."""
    unsaid = {"read_up_to": read_up_to, "preferences": None}
    writing.write(_INSERT, **_person_values(person), **unsaid)


def save_person(writing: WriteTransaction, person: Person) -> None:
    writing.write(_UPDATE, **_person_values(person))
    _PERSONS.of(writing)[person.org_id, person.id] = person


def list_people(
    reading: ReadTransaction,
    org_id: int,
    roles: list[Role],
    words: str | None,
    after: int,
    limit: int,
) -> list[Person]:
    """Returns people with ids above `after`, ascending.

    `words` is searched in their names and in all their addresses.
    """
    statement = _list_statement(len(roles), words is not None)
    values: dict[str, Any] = {f"role{n}": role.value for n, role in enumerate(roles)}
    pattern = f"%{_escape_pattern(words)}%" if words is not None else ""
    rows = reading.fetch_rows(
        statement, org_id=org_id, after=after, limit=limit, pattern=pattern, **values
    )
    return [_person_from_row(row) for row in rows]


def _escape_pattern(words: str) -> str:
    return words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_list_statements: dict[tuple[int, bool], Statement] = {}


def _list_statement(roles: int, words: bool) -> Statement:  # noqa: FBT001 - a shape, not a mode
    statement = _list_statements.get((roles, words))
    if statement is None:
        query = UserModel.select(*_FIELDS).where(
            (UserModel.org_id == param("org_id")) & (UserModel.id > param("after"))
        )
        if roles:
            query = query.where(UserModel.role.in_([param(f"role{n}") for n in range(roles)]))
        if words:
            like = pw.fn.LOWER(UserModel.name), UserModel.email
            further = UserAddressModel.select(UserAddressModel.user_id).where(
                (UserAddressModel.org_id == param("org_id"))
                & _contains_pattern(UserAddressModel.address)
            )
            query = query.where(
                _contains_pattern(like[0]) | _contains_pattern(like[1]) | UserModel.id.in_(further)
            )
        statement = Statement(query.order_by(UserModel.id).limit(param("limit")))
        _list_statements[roles, words] = statement
    return statement


def _contains_pattern(expression: Any) -> Any:
    return pw.NodeList((expression, pw.SQL("LIKE"), param("pattern"), pw.SQL("ESCAPE '\\'")))


def _person_from_row(row: Row) -> Person:
    return Person(
        org_id=row[0],
        id=row[1],
        email=row[2],
        name=row[3],
        role=Role(row[4]),
        password_hash=row[5],
        skills=tuple(msgspec.json.decode(row[6])),
        capacity=row[7],
        presence=Presence(row[8]),
        presence_until=row[9],
        active=bool(row[10]),
        created_at=row[11],
        lost_at=row[12],
        last_assigned_at=row[13],
        merged_into=row[14],
    )


def _person_values(person: Person) -> dict[str, Any]:
    values = msgspec.structs.asdict(person)
    values["role"] = person.role.value
    values["presence"] = person.presence.value
    values["skills"] = msgspec.json.encode(person.skills).decode()
    return values
