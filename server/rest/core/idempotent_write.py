"""Writes from REST: one transaction, and the same answer for the same key."""

from collections.abc import Callable
from typing import Final, TypeAlias

from common.errors import IdempotencyMismatch, RequestRefused
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.rest.core import response
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.queries import idempotency
from server.storage.queries.idempotency import IdempotencyClaim, StoredResponse

WriteJob: TypeAlias = Callable[[UnitOfWork], ApiResponse]
_STORED_REFUSAL_STATUSES: Final = frozenset({409, 412})


async def write_idempotently(
    desk: Desk, call: RequestContext, body: object, job: WriteJob
) -> ApiResponse:
    """Does the job once, however often the caller asks with one key."""
    claim = call.read_idempotency_claim(body)
    if claim is None:
        return await desk.write(call.actor, job)
    request_id = call.request_id
    return await desk.write(call.actor, lambda work: _run_once(work, claim, job, request_id))


def _run_once(
    work: UnitOfWork, claim: IdempotencyClaim, job: WriteJob, request_id: str
) -> ApiResponse:
    now = to_microseconds(work.now)
    # The organization is locked by now: on PostgreSQL a retry has waited for the first try.
    kept = idempotency.find_response(work.writing, claim, now)
    if kept is not None:
        return _replay_response(kept, claim)
    reply = _run_first_time(work, job, request_id)
    idempotency.save_response(
        work.writing,
        claim,
        now,
        StoredResponse(claim.fingerprint, reply.status, reply.headers, reply.body),
    )
    return reply


def _run_first_time(work: UnitOfWork, job: WriteJob, request_id: str) -> ApiResponse:
    before = work.writing.touched
    try:
        return job(work)
    except RequestRefused as refusal:
        # Refused before anything was written: the refusal is the answer, and stays it.
        if refusal.status in _STORED_REFUSAL_STATUSES and work.writing.touched == before:
            return response.make_problem_response(refusal, request_id)
        raise


def _replay_response(kept: StoredResponse, claim: IdempotencyClaim) -> ApiResponse:
    if kept.fingerprint != claim.fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key was sent with another body before.")
    return ApiResponse(kept.status, kept.body, {**kept.headers, "Idempotency-Replayed": "true"})
