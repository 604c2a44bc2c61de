"""Converts the people of a Zendesk export, identified by their addresses."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from common import text
from common.invisible_characters import remove_invisible
from server.transfer.zendesk.zendesk_records import Record, read_nested

_ROLES: Final = {"end-user": "customer", "agent": "agent", "admin": "admin"}
_LOST_FIELDS: Final = (
    "phone",
    "notes",
    "details",
    "organization_id",
    "photo",
    "signature",
    "external_id",
)
_SYSTEM_USER_ID: Final = -1


class ZendeskPerson(Struct, frozen=True):
    """A person of the export; without an address `email` is generated."""

    email: str
    name: str
    role: str
    active: bool
    is_recorded: bool = True
    """True if the export has their record; False if only tickets name them."""


class ZendeskPeople:
    """The people by id; contents that are not imported are counted in `losses`."""

    def __init__(self, losses: Counter[str]) -> None:
        self._losses = losses
        self._people: dict[int, ZendeskPerson] = {}

    def add_person(self, record: Record) -> None:
        """Adds a person; of duplicates the later record counts."""
        user_id = record.get("id")
        if not isinstance(user_id, int):
            return
        if user_id not in self._people:
            self._count_losses(record)
        self._people[user_id] = ZendeskPerson(
            email=_parse_email(record) or _placeholder_email(user_id),
            name=str(record.get("name") or ""),
            role=_ROLES.get(str(record.get("role")), "customer"),
            active=record.get("active") is not False and not record.get("suspended"),
        )

    def find_email(self, user_id: Any) -> str | None:
        """Returns the address of a person; None for Zendesk itself."""
        if not isinstance(user_id, int) or user_id == _SYSTEM_USER_ID:
            return None
        person = self._people.get(user_id)
        if person is None:
            self._losses["people who are named but not in the export"] += 1
            person = ZendeskPerson(
                _placeholder_email(user_id), "", "customer", True, is_recorded=False
            )
            self._people[user_id] = person
        return person.email

    def is_agent(self, user_id: Any) -> bool:
        person = self._people.get(user_id)
        return person is not None and person.role != "customer"

    def build_lines(self) -> Iterator[Record]:
        """Yields the recorded people as lines of the import file; each address once."""
        yielded: set[str] = set()
        recorded = [person for person in self._people.values() if person.is_recorded]
        for person in sorted(recorded, key=lambda it: it.role == "customer"):
            if person.email.lower() in yielded:
                self._losses["people with the address of somebody else"] += 1
                continue
            yielded.add(person.email.lower())
            user = {"email": person.email, "role": person.role, "active": person.active}
            yield {"user": {**user, "name": person.name} if person.name.strip() else user}

    def _count_losses(self, record: Record) -> None:
        if not _parse_email(record):
            self._losses["people without a usable address, who got a generated one"] += 1
        for field in _LOST_FIELDS:
            if record.get(field):
                self._losses[f"{field.removesuffix('_id')} of people"] += 1
        if any(value is not None for value in read_nested(record, "user_fields").values()):
            self._losses["custom fields of people"] += 1


def _parse_email(record: Record) -> str | None:
    """Returns the normalized address; None if no mail can reach it."""
    email = record.get("email")
    if not isinstance(email, str):
        return None
    try:
        return text.clean_text("email", text.EMAIL_LIMIT, remove_invisible(email).strip())
    except ValueError:
        return None


def _placeholder_email(user_id: int) -> str:
    return f"user-{user_id}@zendesk.invalid"
