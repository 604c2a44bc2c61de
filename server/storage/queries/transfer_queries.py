"""What only moving in and out asks of the rows: external ids, keys by name, tickets by age."""

import re
from typing import Final

import peewee as pw
from msgspec import Struct

from common.tickets import ticket as language
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import tickets
from server.storage.tables.desk_tables import ApiKey, Event, Ticket

_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_EXTERNAL_ID = Statement(
    Ticket.select(Ticket.external_id).where(
        (Ticket.org_id == param("org_id")) & (Ticket.number == param("number"))
    )
)
_COUNT_TICKETS = Statement(
    Ticket.select(pw.fn.COUNT(Ticket.number)).where(Ticket.org_id == param("org_id"))
)
_KEY = Statement(
    ApiKey.select(ApiKey.id)
    .where((ApiKey.org_id == param("org_id")) & (ApiKey.name == param("name")))
    .order_by(ApiKey.id)
    .limit(1)
)
_ADD_KEY = insert(ApiKey)
_BY_AGE = Statement(
    Event.select(Event.seq, Event.number, Ticket.external_id, Ticket.description)
    .join(Ticket, on=(Ticket.org_id == Event.org_id) & (Ticket.number == Event.number))
    .where(
        (Event.org_id == param("org_id"))
        & (Event.seq > param("after"))
        & (Event.type == param("type"))
    )
    .order_by(Event.seq)
    .limit(param("limit"))
)


class Opened(Struct, frozen=True):
    """A ticket as the log begins it."""

    seq: int
    number: int
    external_id: str
    description: str


def external_id(org_id: int, number: int, given: str | None) -> str:
    """The name under which a ticket moves: the one it came with, else one made of its number."""
    return given or f"{org_id}-{number}"


def external_id_of(reading: Reading, org_id: int, number: int) -> str:
    given = reading.value(_EXTERNAL_ID, org_id=org_id, number=number)
    return external_id(org_id, number, given)


def find_own(reading: Reading, org_id: int, name: str) -> language.Ticket | None:
    """The ticket whose number the name was made of, if it was made here."""
    own, _, digits = name.partition("-")
    if own != str(org_id) or not _NUMBER.fullmatch(digits):
        return None
    return tickets.find(reading, org_id, int(digits))


def count_tickets(reading: Reading, org_id: int) -> int:
    count: int = reading.value(_COUNT_TICKETS, org_id=org_id)
    return count


def by_age(reading: Reading, org_id: int, after: int, limit: int) -> list[Opened]:
    """Tickets in the order in which the log begins them, from a seq on."""
    rows = reading.rows(_BY_AGE, org_id=org_id, after=after, limit=limit, type="ticket.created")
    return [Opened(row[0], row[1], external_id(org_id, row[1], row[2]), row[3]) for row in rows]


def find_key(reading: Reading, org_id: int, name: str) -> int | None:
    """An API key of this name, ended or not."""
    key_id: int | None = reading.value(_KEY, org_id=org_id, name=name)
    return key_id


def add_ended_key(writing: Writing, org_id: int, key_id: int, name: str, now: int) -> None:
    """A key that opens nothing: what it once did has a name."""
    writing.write(
        _ADD_KEY,
        org_id=org_id,
        id=key_id,
        name=name,
        scopes="[]",
        key_hash=None,
        created_at=now,
    )
