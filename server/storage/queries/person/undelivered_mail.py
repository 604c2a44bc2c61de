"""Mail that did not arrive: the messages it was about, and the addresses that get none any more."""

from typing import Final

from msgspec import Struct

from server.storage.engine.statement import Sql, Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import UserModel
from server.storage.tables.notification_tables import UndeliverableAddressModel, UndeliveredModel


class UndeliveredMark(Struct, frozen=True, kw_only=True):
    """A message that did not reach a person; `at` in microseconds since 1970."""

    org_id: int
    number: int
    seq: int
    user_id: int
    error: str
    at: int


class UndeliverableAddressMark(Struct, frozen=True):
    """The refusal after which an address gets no mail; `at` in microseconds since 1970."""

    error: str
    at: int


_THIS: Final = (
    (UndeliveredModel.org_id == param("org_id"))
    & (UndeliveredModel.number == param("number"))
    & (UndeliveredModel.seq == param("seq"))
)
_FIND = Statement(
    UndeliveredModel.select(
        *(getattr(UndeliveredModel, name) for name in UndeliveredMark.__struct_fields__)
    ).where(_THIS)
)
_DROP = Statement(UndeliveredModel.delete().where(_THIS))
_INSERT = build_insert(UndeliveredModel)
_SHORTEN = Sql(
    sqlite="""UPDATE undelivered_messages SET error = substr(error, 1, 3)
        WHERE org_id = ? AND user_id = ?""",
    postgresql="""UPDATE undelivered_messages SET error = substr(error, 1, 3)
        WHERE org_id = %s AND user_id = %s""",
    places="org_id user_id",
)
_ADDRESS: Final = (UndeliverableAddressModel.org_id == param("org_id")) & (
    UndeliverableAddressModel.address == param("address")
)
_FIND_ADDRESS = Statement(
    UndeliverableAddressModel.select(
        UndeliverableAddressModel.error, UndeliverableAddressModel.at
    ).where(_ADDRESS)
)
_OF_PEOPLE = Statement(
    UserModel.select(UserModel.id, UndeliverableAddressModel.error, UndeliverableAddressModel.at)
    .join(
        UndeliverableAddressModel,
        on=(UndeliverableAddressModel.org_id == UserModel.org_id)
        & (UndeliverableAddressModel.address == UserModel.email),
    )
    .where(
        (UserModel.org_id == param("org_id"))
        & (UserModel.id >= param("first_id"))
        & (UserModel.id <= param("last_id"))
    )
)
_DROP_ADDRESS = Statement(UndeliverableAddressModel.delete().where(_ADDRESS))
_INSERT_ADDRESS = build_insert(UndeliverableAddressModel)


def find_mark(
    reading: ReadTransaction, org_id: int, number: int, seq: int
) -> UndeliveredMark | None:
    """Returns the mark of a message; None for one that nobody has missed."""
    row = reading.fetch_row(_FIND, org_id=org_id, number=number, seq=seq)
    return None if row is None else UndeliveredMark(**dict(zip(_MARK_FIELDS, row, strict=True)))


_MARK_FIELDS: Final = UndeliveredMark.__struct_fields__


def save_mark(writing: WriteTransaction, mark: UndeliveredMark) -> None:
    """Marks the message, instead of an earlier mark of it."""
    writing.write(_DROP, org_id=mark.org_id, number=mark.number, seq=mark.seq)
    writing.write(_INSERT, **{name: getattr(mark, name) for name in _MARK_FIELDS})


def shorten_errors(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Leaves only the code of each refusal of a person's mail: a relay's words may name people."""
    writing.write(_SHORTEN, org_id=org_id, user_id=person_id)


def find_undeliverable_address(
    reading: ReadTransaction, org_id: int, address: str
) -> UndeliverableAddressMark | None:
    """Returns why an address gets no mail; None for an address that gets it."""
    row = reading.fetch_row(_FIND_ADDRESS, org_id=org_id, address=address)
    return None if row is None else UndeliverableAddressMark(*row)


def list_undeliverable_people(
    reading: ReadTransaction, org_id: int, first_id: int, last_id: int
) -> dict[int, UndeliverableAddressMark]:
    """Returns the marks of the present addresses of people by id, from `first_id` to `last_id`."""
    rows = reading.fetch_rows(_OF_PEOPLE, org_id=org_id, first_id=first_id, last_id=last_id)
    return {row[0]: UndeliverableAddressMark(row[1], row[2]) for row in rows}


def add_undeliverable_address(
    writing: WriteTransaction, org_id: int, address: str, error: str, at: int
) -> None:
    """Stops mail to an address; the newest refusal replaces an earlier one."""
    writing.write(_DROP_ADDRESS, org_id=org_id, address=address)
    writing.write(_INSERT_ADDRESS, org_id=org_id, address=address, error=error, at=at)


def delete_undeliverable_address(writing: WriteTransaction, org_id: int, address: str) -> bool:
    """Lets mail go to an address again; answers whether it had been stopped."""
    return writing.write(_DROP_ADDRESS, org_id=org_id, address=address) > 0
