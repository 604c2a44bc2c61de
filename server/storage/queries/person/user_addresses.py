"""Further addresses of people: whoever writes from one of them is the same person."""

from typing import Final

from msgspec import Struct

from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import UserAddressModel

_OWN: Final = UserAddressModel.org_id == param("org_id")
_INSERT: Final = build_insert(UserAddressModel)
_OF_PERSON: Final = Statement(
    UserAddressModel.select(UserAddressModel.id, UserAddressModel.address)
    .where(_OWN & (UserAddressModel.user_id == param("user_id")))
    .order_by(UserAddressModel.id)
)
_OF_ALL: Final = Statement(
    UserAddressModel.select(UserAddressModel.user_id, UserAddressModel.address)
    .where(_OWN & UserAddressModel.user_id.between(param("first"), param("last")))
    .order_by(UserAddressModel.user_id, UserAddressModel.id)
)
_DELETE: Final = Statement(
    UserAddressModel.delete().where(_OWN & (UserAddressModel.id == param("id")))
)


_MOVE: Final = Statement(
    UserAddressModel.update({UserAddressModel.user_id: param("user_id")}).where(
        _OWN & (UserAddressModel.id == param("id"))
    )
)


class UserAddress(Struct, frozen=True):
    """A further address; `id` is the seq of the event that added it."""

    id: int
    address: str


def list_user_addresses(reading: ReadTransaction, org_id: int, user_id: int) -> list[UserAddress]:
    """Returns a person's further addresses, oldest first."""
    rows = reading.fetch_rows(_OF_PERSON, org_id=org_id, user_id=user_id)
    return [UserAddress(row[0], row[1]) for row in rows]


def group_addresses_by_person(
    reading: ReadTransaction, org_id: int, first: int, last: int
) -> dict[int, list[str]]:
    """Returns the further addresses of the people with ids from `first` to `last`."""
    found: dict[int, list[str]] = {}
    for user_id, address in reading.fetch_rows(_OF_ALL, org_id=org_id, first=first, last=last):
        found.setdefault(user_id, []).append(address)
    return found


def add_user_address(writing: WriteTransaction, org_id: int, user_id: int, it: UserAddress) -> None:
    """Inserts an address that nobody in the organization has."""
    writing.write(_INSERT, org_id=org_id, id=it.id, user_id=user_id, address=it.address)


def move_user_address(
    writing: WriteTransaction, org_id: int, address_id: int, user_id: int
) -> None:
    """Gives a further address to another person."""
    writing.write(_MOVE, org_id=org_id, id=address_id, user_id=user_id)


def delete_user_address(writing: WriteTransaction, org_id: int, address_id: int) -> None:
    writing.write(_DELETE, org_id=org_id, id=address_id)
