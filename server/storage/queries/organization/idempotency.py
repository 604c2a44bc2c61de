"""First responses to requests with an `Idempotency-Key`, kept for a day."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from common.bulk_endpoints import RUN_BULK
from common.people import Actor, Role
from server.storage.engine.job import Needs
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import IdempotencyModel

RETENTION_MICROSECONDS: Final = 24 * 3600 * 1_000_000
"""Microseconds for which a response is kept."""


class IdempotencyClaim(Struct, frozen=True):
    """A request that must be executed once: its caller, route, key and body's fingerprint."""

    org_id: int
    caller: str
    route: str
    key: str
    fingerprint: str

    @property
    def place(self) -> tuple[int, str, str, str]:
        """The key of the claim's row."""
        return self.org_id, self.caller, self.route, self.key


class StoredResponse(Struct, frozen=True):
    """A response as it was given."""

    fingerprint: str
    status: int
    headers: dict[str, str]
    body: bytes


_SAME = (
    (IdempotencyModel.org_id == param("org_id"))
    & (IdempotencyModel.caller == param("caller"))
    & (IdempotencyModel.route == param("route"))
    & (IdempotencyModel.key == param("key"))
)
_FIND = Statement(
    IdempotencyModel.select(
        IdempotencyModel.fingerprint,
        IdempotencyModel.status,
        IdempotencyModel.headers,
        IdempotencyModel.body,
        IdempotencyModel.created_at,
    ).where(_SAME)
)
_FIND_SEVERAL = Sql(
    sqlite="",
    postgresql="""SELECT caller, route, key, fingerprint, status, headers, body, created_at
        FROM idempotency WHERE org_id = %s AND (caller, route, key) IN
        (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))""",
    places="org_id callers routes keys",
)
_KEEP_COLUMNS = "org_id, caller, route, key, fingerprint, status, headers, body, created_at"
_KEEP_TEXT = f"""INSERT INTO idempotency ({_KEEP_COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (org_id, caller, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
    status = excluded.status, headers = excluded.headers, body = excluded.body,
    created_at = excluded.created_at"""
_KEEP = Sql(
    sqlite=_KEEP_TEXT,
    postgresql=_KEEP_TEXT.replace("?", "%s"),
    places=_KEEP_COLUMNS.replace(",", ""),
)
_NAMING = Sql(
    sqlite="DELETE FROM idempotency WHERE org_id = ? AND instr(body, ?) > 0",
    postgresql="DELETE FROM idempotency WHERE org_id = %s AND position(%s IN body) > 0",
    places="org_id naming",
)
_OF_TICKET = Sql(
    sqlite="""DELETE FROM idempotency WHERE org_id = ? AND route <> ? AND (instr(body, ?) > 0
        OR instr(route, ?) > 0 OR instr(headers, ?) > 0 OR instr(headers, ?) > 0)""",
    postgresql="""DELETE FROM idempotency WHERE org_id = %s AND route <> %s
        AND (position(%s IN body) > 0 OR position(%s IN route) > 0 OR position(%s IN headers) > 0
        OR position(%s IN headers) > 0)""",
    places="org_id wordless naming below below whole",
)
_OF_PERSON = Statement(
    IdempotencyModel.delete().where(
        (IdempotencyModel.org_id == param("org_id")) & (IdempotencyModel.caller == param("caller"))
    )
)
_PURGE = Statement(IdempotencyModel.delete().where(IdempotencyModel.created_at <= param("until")))


def build_caller_key(actor: Actor) -> str:
    """Returns the owner of keys: people and API keys have separate ones."""
    return f"{'key' if actor.role is Role.KEY else 'user'}:{actor.id}"


def describe_claim(claim: IdempotencyClaim) -> Needs:
    """Returns what `find_response` reads, for a transaction to ask ahead."""
    return Needs(_ask_for_responses, claim.place)


def _ask_for_responses(
    writing: WriteTransaction, org_id: int, places: Sequence[tuple[int, str, str, str]]
) -> None:
    claims = [place[1:] for place in places]
    callers, routes, keys = (list(column) for column in zip(*claims, strict=True))
    values = {"org_id": org_id, "callers": callers, "routes": routes, "keys": keys}
    writing.expect_rows(_FIND, claims, _FIND_SEVERAL, values, key_columns=3, by_place=True)


def find_response(
    reading: ReadTransaction, claim: IdempotencyClaim, now: int
) -> StoredResponse | None:
    """Returns the stored response, if it is younger than a day."""
    row = reading.fetch_row_at(claim.place, _FIND, **_claim_values(claim))
    if row is None or row[4] <= now - RETENTION_MICROSECONDS:
        return None
    return StoredResponse(row[0], row[1], msgspec.json.decode(row[2]), bytes(row[3]))


def save_response(
    writing: WriteTransaction, claim: IdempotencyClaim, now: int, answer: StoredResponse
) -> None:
    """Stores the response in the transaction of the change, and replaces an expired one."""
    writing.write_later(
        _KEEP,
        place=claim.place,
        fingerprint=claim.fingerprint,
        status=answer.status,
        headers=msgspec.json.encode(answer.headers).decode(),
        body=answer.body,
        created_at=now,
        **_claim_values(claim),
    )


def delete_person_responses(writing: WriteTransaction, org_id: int, person_id: int) -> None:
    """Deletes the responses that a person got, and those that contain the person."""
    writing.write(_OF_PERSON, org_id=org_id, caller=f"user:{person_id}")
    # Every view of a person begins like this. A false match only costs a retry its replay.
    writing.write(_NAMING, org_id=org_id, naming=b'"id":%d,' % person_id)


def delete_ticket_responses(writing: WriteTransaction, org_id: int, number: int) -> None:
    """Deletes the responses that contain texts of a ticket: its views and its messages.

    Those to bulk requests say only which tickets changed. Without them a retry would do all again.
    """
    path = f"/tickets/{number}"
    naming = b'"number":%d,' % number
    wordless = f"{RUN_BULK.method} {RUN_BULK.url.format(org_id=org_id)}"
    values = {"wordless": wordless, "naming": naming, "below": f"{path}/", "whole": f'{path}"'}
    writing.write(_OF_TICKET, org_id=org_id, **values)


def purge_responses(writing: WriteTransaction, now: int) -> int:
    """Deletes the responses that are a day old; returns how many."""
    return writing.write(_PURGE, until=now - RETENTION_MICROSECONDS)


def _claim_values(claim: IdempotencyClaim) -> dict[str, object]:
    return {
        "org_id": claim.org_id,
        "caller": claim.caller,
        "route": claim.route,
        "key": claim.key,
    }
