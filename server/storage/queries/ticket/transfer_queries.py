"""Queries that only import and export need: external ids, keys by name, tickets by age."""

import re
from typing import Final

import peewee as pw
from msgspec import Struct

from common.tickets import ticket as language
from common.tickets.filing import TicketCreated
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.ticket import tickets
from server.storage.tables.desk_tables import ApiKeyModel, EventModel, TicketModel

_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_EXTERNAL_ID = Statement(
    TicketModel.select(TicketModel.external_id).where(
        (TicketModel.org_id == param("org_id")) & (TicketModel.number == param("number"))
    )
)
_COUNT_TICKETS = Statement(
    TicketModel.select(pw.fn.COUNT(TicketModel.number)).where(TicketModel.org_id == param("org_id"))
)
_KEY = Statement(
    ApiKeyModel.select(ApiKeyModel.id)
    .where((ApiKeyModel.org_id == param("org_id")) & (ApiKeyModel.name == param("name")))
    .order_by(ApiKeyModel.id)
    .limit(1)
)
_ADD_KEY = build_insert(ApiKeyModel)
_BY_AGE = Statement(
    EventModel.select(
        EventModel.seq, EventModel.number, TicketModel.external_id, TicketModel.description
    )
    .join(
        TicketModel,
        on=(TicketModel.org_id == EventModel.org_id) & (TicketModel.number == EventModel.number),
    )
    .where(
        (EventModel.org_id == param("org_id"))
        & (EventModel.seq > param("after"))
        & (EventModel.type == param("type"))
    )
    .order_by(EventModel.seq)
    .limit(param("limit"))
)


class ExportedTicket(Struct, frozen=True):
    """A ticket as the log begins it."""

    seq: int
    number: int
    external_id: str
    description: str


def make_external_id(org_id: int, number: int, given: str | None) -> str:
    """Returns the id under which a ticket is exported: its own, else one made of its number."""
    return given or f"{org_id}-{number}"


def read_external_id(reading: ReadTransaction, org_id: int, number: int) -> str:
    given = reading.fetch_value(_EXTERNAL_ID, org_id=org_id, number=number)
    return make_external_id(org_id, number, given)


def find_native_ticket(reading: ReadTransaction, org_id: int, name: str) -> language.Ticket | None:
    """Returns the ticket whose number an external id was made of, if it was created here."""
    own, _, digits = name.partition("-")
    if own != str(org_id) or not _NUMBER.fullmatch(digits):
        return None
    return tickets.find_ticket(reading, org_id, int(digits))


def count_tickets(reading: ReadTransaction, org_id: int) -> int:
    count: int = reading.fetch_value(_COUNT_TICKETS, org_id=org_id)
    return count


def list_tickets_by_age(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[ExportedTicket]:
    """Returns tickets in the order in which the log begins them, from a seq on."""
    rows = reading.fetch_rows(
        _BY_AGE, org_id=org_id, after=after, limit=limit, type=TicketCreated.type
    )
    return [
        ExportedTicket(row[0], row[1], make_external_id(org_id, row[1], row[2]), row[3])
        for row in rows
    ]


def find_key_by_name(reading: ReadTransaction, org_id: int, name: str) -> int | None:
    """Returns the id of an API key of this name, ended or not."""
    key_id: int | None = reading.fetch_value(_KEY, org_id=org_id, name=name)
    return key_id


def add_ended_key(writing: WriteTransaction, org_id: int, key_id: int, name: str, now: int) -> None:
    """Adds an ended API key, so that what it once did has a name."""
    writing.write(
        _ADD_KEY,
        org_id=org_id,
        id=key_id,
        name=name,
        scopes="[]",
        key_hash=None,
        created_at=now,
    )
