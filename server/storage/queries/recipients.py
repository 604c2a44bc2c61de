"""Readers of notices: what a person wishes to hear, and how far it has read."""

from functools import lru_cache

import msgspec
from msgspec import Struct

from common.errors import NotFound
from common.organization import Settings
from common.people import AGENTS, LAST_AGENT, Role
from common.preferences import Preferences
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading, Row, Writing
from server.storage.queries.org_sequence import settings_of
from server.storage.tables.desk_tables import Counter, Organization, User

_FIND = Statement(
    User.select(
        User.role,
        User.read_up_to,
        User.preferences,
        Organization.settings,
        Counter.seq,
    )
    .join(Organization, on=(Organization.org_id == User.org_id))
    .switch(User)
    .join(Counter, on=(Counter.org_id == User.org_id))
    .where((User.org_id == param("org_id")) & (User.id == param("person_id")))
)
_ADDRESSEES = User.select(User.id, User.role, User.preferences).where(
    (User.org_id == param("org_id")) & User.active
)
_ADDRESSEE = Statement(_ADDRESSEES.where(User.id == param("person_id")))
_AGENTS = Statement(_ADDRESSEES.where(User.id <= LAST_AGENT).order_by(User.id))
_AGENTS_WITH_WISHES = Statement(
    _ADDRESSEES.where((User.id <= LAST_AGENT) & User.preferences.is_null(False)).order_by(User.id)
)
_OF_PERSON = (User.org_id == param("org_id")) & (User.id == param("person_id"))
_SAVE = Statement(User.update({User.preferences: param("preferences")}).where(_OF_PERSON))
_MARK = Statement(User.update({User.read_up_to: param("read_up_to")}).where(_OF_PERSON))
_DECODE = msgspec.json.Decoder(Preferences).decode


class Reader(Struct, frozen=True):
    """A person as notices know it, and the seq at which this is true."""

    org_id: int
    id: int
    role: Role
    read_up_to: int
    preferences: Preferences
    settings: Settings
    seq: int

    @property
    def is_agent(self) -> bool:
        return self.role in AGENTS


class Addressee(Struct, frozen=True):
    """Somebody who may be owed a mail."""

    id: int
    role: Role
    preferences: Preferences

    @property
    def is_agent(self) -> bool:
        return self.role in AGENTS


def find(reading: Reading, org_id: int, person_id: int) -> Reader:
    """The person. Raises NotFound."""
    row = reading.row(_FIND, org_id=org_id, person_id=person_id)
    if row is None:
        raise NotFound
    role, read_up_to, wishes, settings, seq = row
    return Reader(
        org_id,
        person_id,
        Role(role),
        read_up_to or 0,
        preferences_of(wishes),
        settings_of(settings),
        seq,
    )


def addressees(reading: Reading, org_id: int, ids: list[int]) -> list[Addressee]:
    """These people, as far as they can be written to."""
    found = (reading.row(_ADDRESSEE, org_id=org_id, person_id=id_) for id_ in sorted(ids))
    return [_addressee(row) for row in found if row is not None]


def agents(reading: Reading, org_id: int, *, with_wishes: bool) -> list[Addressee]:
    """Every active agent, or those alone who have said what they wish."""
    statement = _AGENTS_WITH_WISHES if with_wishes else _AGENTS
    return [_addressee(row) for row in reading.rows(statement, org_id=org_id)]


def _addressee(row: Row) -> Addressee:
    return Addressee(row[0], Role(row[1]), preferences_of(row[2]))


def save(writing: Writing, org_id: int, person_id: int, preferences: Preferences) -> None:
    text = msgspec.json.encode(preferences).decode()
    writing.write(_SAVE, org_id=org_id, person_id=person_id, preferences=text)


def forget(writing: Writing, org_id: int, person_id: int) -> None:
    """The person wishes nothing any more."""
    writing.write(_SAVE, org_id=org_id, person_id=person_id, preferences=None)


def mark(writing: Writing, org_id: int, person_id: int, up_to: int) -> None:
    """Everything up to this id has been read."""
    writing.write(_MARK, org_id=org_id, person_id=person_id, read_up_to=up_to)


@lru_cache(maxsize=4096)
def preferences_of(text: str | None) -> Preferences:
    """Preferences from their stored text; who has said nothing has none of its own."""
    return Preferences() if text is None else _DECODE(text)
