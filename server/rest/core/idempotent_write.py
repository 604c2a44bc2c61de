"""Writes from REST: one transaction, and the same answer for the same key."""

from collections.abc import Callable
from typing import Final, TypeAlias

from common.errors import IdempotencyMismatch, Refused
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.rest.core import response
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.storage.engine.optional_timestamps import stored
from server.storage.queries import idempotency
from server.storage.queries.idempotency import Claim, Kept

Job: TypeAlias = Callable[[UnitOfWork], Answer]
_KEPT_REFUSALS: Final = frozenset({409, 412})


async def write(desk: Desk, call: Call, body: object, job: Job) -> Answer:
    """Does the job once, however often the caller asks with one key."""
    claim = call.claim(body)
    if claim is None:
        return await desk.write(call.actor, job)
    request_id = call.request_id
    return await desk.write(call.actor, lambda turn: _once(turn, claim, job, request_id))


def _once(turn: UnitOfWork, claim: Claim, job: Job, request_id: str) -> Answer:
    now = stored(turn.now)
    # The ledger first: on PostgreSQL it makes a retry wait for the first try.
    _ = turn.ledger
    kept = idempotency.find(turn.writing, claim, now)
    if kept is not None:
        return _replayed(kept, claim)
    reply = _first(turn, job, request_id)
    idempotency.keep(
        turn.writing,
        claim,
        now,
        Kept(claim.fingerprint, reply.status, reply.headers, reply.body),
    )
    return reply


def _first(turn: UnitOfWork, job: Job, request_id: str) -> Answer:
    before = turn.writing.touched
    try:
        return job(turn)
    except Refused as refusal:
        # Refused before anything was written: the refusal is the answer, and stays it.
        if refusal.status in _KEPT_REFUSALS and turn.writing.touched == before:
            return response.problem(refusal, request_id)
        raise


def _replayed(kept: Kept, claim: Claim) -> Answer:
    if kept.fingerprint != claim.fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key was sent with another body before.")
    return Answer(kept.status, kept.body, {**kept.headers, "Idempotency-Replayed": "true"})
