"""Recipients of notifications: their preferences, and how far they have read."""

from functools import lru_cache

import msgspec
from msgspec import Struct

from common.errors import NotFound
from common.organization import OrganizationSettings
from common.people import AGENTS, Role
from common.preferences import Preferences
from server.storage.engine.statement import IsAnyOf, Statement, bind_list, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.queries.organization.organizations import decode_settings
from server.storage.queries.person.people import IS_AGENT
from server.storage.tables.desk_tables import CounterModel, OrganizationModel, UserModel

_FIND = Statement(
    UserModel.select(
        UserModel.role,
        UserModel.read_up_to,
        UserModel.preferences,
        OrganizationModel.settings,
        CounterModel.seq,
    )
    .join(OrganizationModel, on=(OrganizationModel.org_id == UserModel.org_id))
    .switch(UserModel)
    .join(CounterModel, on=(CounterModel.org_id == UserModel.org_id))
    .where((UserModel.org_id == param("org_id")) & (UserModel.id == param("person_id")))
)
_ADDRESSEES = UserModel.select(UserModel.id, UserModel.role, UserModel.preferences).where(
    (UserModel.org_id == param("org_id")) & UserModel.active
)
_PEOPLE = Statement(_ADDRESSEES.where(IsAnyOf(UserModel.id, "ids", "bigint")))
_AGENTS = Statement(_ADDRESSEES.where(IS_AGENT).order_by(UserModel.id))
_AGENTS_WITH_WISHES = Statement(
    _ADDRESSEES.where(IS_AGENT, UserModel.preferences.is_null(False)).order_by(UserModel.id)
)
_OF_PERSON = (UserModel.org_id == param("org_id")) & (UserModel.id == param("person_id"))
_SAVE = Statement(UserModel.update({UserModel.preferences: param("preferences")}).where(_OF_PERSON))
_MARK = Statement(UserModel.update({UserModel.read_up_to: param("read_up_to")}).where(_OF_PERSON))
_DECODE = msgspec.json.Decoder(Preferences).decode


class NotificationRecipient(Struct, frozen=True):
    """A person as notifications need it, and the seq at which this is true."""

    org_id: int
    id: int
    role: Role
    read_up_to: int
    preferences: Preferences
    settings: OrganizationSettings
    seq: int

    @property
    def is_agent(self) -> bool:
        return self.role in AGENTS


class MailAddressee(Struct, frozen=True):
    """A person who may get mails."""

    id: int
    role: Role
    preferences: Preferences

    @property
    def is_agent(self) -> bool:
        return self.role in AGENTS


def read_recipient(reading: ReadTransaction, org_id: int, person_id: int) -> NotificationRecipient:
    """Returns the person. Raises NotFound."""
    row = reading.fetch_row(_FIND, org_id=org_id, person_id=person_id)
    if row is None:
        raise NotFound
    role, read_up_to, preferences_text, settings, seq = row
    return NotificationRecipient(
        org_id,
        person_id,
        Role(role),
        read_up_to or 0,
        decode_preferences(preferences_text),
        decode_settings(settings),
        seq,
    )


def list_mail_addressees(
    reading: ReadTransaction, org_id: int, ids: list[int]
) -> list[MailAddressee]:
    """Returns those of these people who can get mails."""
    rows = reading.fetch_rows(_PEOPLE, org_id=org_id, ids=bind_list(reading.dialect, ids))
    return [_addressee_from_row(row) for row in rows]


def list_agent_addressees(
    reading: ReadTransaction, org_id: int, *, with_wishes: bool
) -> list[MailAddressee]:
    """Returns every active agent, or only those with preferences of their own."""
    statement = _AGENTS_WITH_WISHES if with_wishes else _AGENTS
    return [_addressee_from_row(row) for row in reading.fetch_rows(statement, org_id=org_id)]


def _addressee_from_row(row: Row) -> MailAddressee:
    return MailAddressee(row[0], Role(row[1]), decode_preferences(row[2]))


def save_preferences(
    writing: WriteTransaction, org_id: int, person_id: int, preferences: Preferences
) -> None:
    text = msgspec.json.encode(preferences).decode()
    writing.write(_SAVE, org_id=org_id, person_id=person_id, preferences=text)


def delete_preferences(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes the person's preferences."""
    writing.write(_SAVE, org_id=org_id, person_id=person_id, preferences=None)


def mark_read_up_to(writing: WriteTransaction, org_id: int, person_id: int, up_to: int) -> None:
    """Marks everything up to this id as read."""
    writing.write(_MARK, org_id=org_id, person_id=person_id, read_up_to=up_to)


@lru_cache(maxsize=4096)
def decode_preferences(text: str | None) -> Preferences:
    """Returns preferences from their stored text; the defaults where there is none."""
    return Preferences() if text is None else _DECODE(text)
