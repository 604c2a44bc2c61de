"""First answers to requests with an `Idempotency-Key`, kept for a day."""

from typing import Final

import msgspec
from msgspec import Struct

from common.people import Actor, Role
from server.storage.engine.statement import Sql, Statement, insert, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables.desk_tables import Idempotency

KEPT: Final = 24 * 3600 * 1_000_000
"""Microseconds that an answer is kept."""


class Claim(Struct, frozen=True):
    """A request that must not be done twice: who, on which route, with which key and body."""

    org_id: int
    caller: str
    route: str
    key: str
    fingerprint: str


class Kept(Struct, frozen=True):
    """An answer as it was given."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes


_SAME = (
    (Idempotency.org_id == param("org_id"))
    & (Idempotency.caller == param("caller"))
    & (Idempotency.route == param("route"))
    & (Idempotency.key == param("key"))
)
_FIND = Statement(
    Idempotency.select(
        Idempotency.fingerprint, Idempotency.status, Idempotency.headers, Idempotency.body
    ).where(_SAME & (Idempotency.created_at > param("since")))
)
_FORGET = Statement(Idempotency.delete().where(_SAME))
_KEEP = insert(Idempotency)
_NAMING = Sql(
    sqlite="DELETE FROM idempotency WHERE org_id = ? AND instr(body, ?) > 0",
    postgresql="DELETE FROM idempotency WHERE org_id = %s AND position(%s IN body) > 0",
    places="org_id naming",
)
_OF_TICKET = Sql(
    sqlite="""DELETE FROM idempotency WHERE org_id = ? AND (instr(body, ?) > 0
        OR instr(route, ?) > 0 OR instr(headers, ?) > 0 OR instr(headers, ?) > 0)""",
    postgresql="""DELETE FROM idempotency WHERE org_id = %s AND (position(%s IN body) > 0
        OR position(%s IN route) > 0 OR position(%s IN headers) > 0
        OR position(%s IN headers) > 0)""",
    places="org_id naming below below whole",
)
_OF_PERSON = Statement(
    Idempotency.delete().where(
        (Idempotency.org_id == param("org_id")) & (Idempotency.caller == param("caller"))
    )
)
_PURGE = Statement(Idempotency.delete().where(Idempotency.created_at <= param("until")))


def caller_of(actor: Actor) -> str:
    """Whose keys they are: people and API keys count apart."""
    return f"{'key' if actor.role is Role.KEY else 'user'}:{actor.id}"


def find(reading: Reading, claim: Claim, now: int) -> Kept | None:
    """The answer that was kept, if it is younger than a day."""
    row = reading.row(_FIND, since=now - KEPT, **_names(claim))
    if row is None:
        return None
    return Kept(row[0], row[1], msgspec.json.decode(row[2]), bytes(row[3]))


def keep(writing: Writing, claim: Claim, now: int, answer: Kept) -> None:
    """Keeps the answer, in the transaction of the change; an outlived one gives way."""
    writing.write(_FORGET, **_names(claim))
    writing.write(
        _KEEP,
        fingerprint=claim.fingerprint,
        status=answer.status,
        headers=msgspec.json.encode(answer.headers).decode(),
        body=answer.body,
        created_at=now,
        **_names(claim),
    )


def forget_person(writing: Writing, org_id: int, person_id: int) -> None:
    """Drops the answers that a person got, and those that name it: they hold words and names."""
    writing.write(_OF_PERSON, org_id=org_id, caller=f"user:{person_id}")
    # As every view of a person begins; an answer too many costs a retry its replay, no more.
    writing.write(_NAMING, org_id=org_id, naming=b'"id":%d,' % person_id)


def forget_ticket(writing: Writing, org_id: int, number: int) -> None:
    """Drops the answers that hold texts of a ticket: views of it, and what was written to it."""
    path = f"/tickets/{number}"
    naming = b'"number":%d,' % number
    values = {"naming": naming, "below": f"{path}/", "whole": f'{path}"'}
    writing.write(_OF_TICKET, org_id=org_id, **values)


def purge(writing: Writing, now: int) -> int:
    """Drops the answers that are a day old; answers how many."""
    return writing.write(_PURGE, until=now - KEPT)


def _names(claim: Claim) -> dict[str, object]:
    return {
        "org_id": claim.org_id,
        "caller": claim.caller,
        "route": claim.route,
        "key": claim.key,
    }
