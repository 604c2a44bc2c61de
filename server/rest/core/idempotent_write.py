"""Writes from REST: one transaction, and the same response for the same `Idempotency-Key`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from common.errors import IdempotencyMismatch, RequestRefused
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.rest.core import response
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.job import Needs
from server.storage.queries.organization import idempotency
from server.storage.queries.organization.idempotency import IdempotencyClaim, StoredResponse

T = TypeVar("T")
_STORED_REFUSAL_STATUSES: Final = frozenset({409, 412})
_REPLAYED: Final = "Idempotency-Replayed"


def mark_replay(answer: ApiResponse) -> ApiResponse:
    """Returns the response with the header that says that it comes again."""
    return ApiResponse(answer.status, answer.body, {**answer.headers, _REPLAYED: "true"})


def is_replay(answer: ApiResponse) -> bool:
    """Returns whether the response was first given to an earlier request."""
    return _REPLAYED in answer.headers


async def write_idempotently(
    desk: Desk,
    call: RequestContext,
    body: object,
    job: Callable[[UnitOfWork], T],
    render: Callable[[T], ApiResponse],
    needs: Sequence[Needs] = (),
) -> ApiResponse:
    """Runs the job and returns its result rendered; runs it once, however often a key is sent.

    `render` runs after the commit. With a key it runs inside the transaction, which stores the
    response as it will be repeated (docs/decisions/0019). `needs` is as in `Desk.write`.
    """
    claim = call.read_idempotency_claim(body)
    if claim is None:
        return render(await desk.write(call.actor, job, needs))
    return await write_claimed(desk, call, claim, lambda work: render(job(work)), needs)


async def write_claimed(
    desk: Desk,
    call: RequestContext,
    claim: IdempotencyClaim,
    respond: Callable[[UnitOfWork], ApiResponse],
    needs: Sequence[Needs] = (),
) -> ApiResponse:
    """Runs `respond` once for a claim; afterwards its first response comes again."""
    request_id = call.request_id
    return await desk.write(
        call.actor,
        lambda work: _run_once(work, claim, lambda: respond(work), request_id),
        (*needs, idempotency.describe_claim(claim)),
    )


async def find_replay(
    database: Database, claim: IdempotencyClaim, now: datetime
) -> ApiResponse | None:
    """Returns the first response to a claim, if there is one. Raises IdempotencyMismatch."""
    kept = await database.read_one(
        lambda reading: idempotency.find_response(reading, claim, to_microseconds(now))
    )
    return None if kept is None else _replay_response(kept, claim)


def _run_once(
    work: UnitOfWork, claim: IdempotencyClaim, respond: Callable[[], ApiResponse], request_id: str
) -> ApiResponse:
    now = to_microseconds(work.now)
    # The organization is locked by now: on PostgreSQL a retry has waited for the first try.
    kept = idempotency.find_response(work.writing, claim, now)
    if kept is not None:
        return _replay_response(kept, claim)
    reply = _run_first_time(work, respond, request_id)
    idempotency.save_response(
        work.writing,
        claim,
        now,
        StoredResponse(claim.fingerprint, reply.status, reply.headers, reply.body),
    )
    return reply


def _run_first_time(
    work: UnitOfWork, respond: Callable[[], ApiResponse], request_id: str
) -> ApiResponse:
    before = work.writing.touched
    try:
        return respond()
    except RequestRefused as refusal:
        # Refused before anything was written: a retry gets the same refusal.
        if refusal.status in _STORED_REFUSAL_STATUSES and work.writing.touched == before:
            return response.make_problem_response(refusal, request_id)
        raise


def _replay_response(kept: StoredResponse, claim: IdempotencyClaim) -> ApiResponse:
    if kept.fingerprint != claim.fingerprint:
        raise IdempotencyMismatch("This Idempotency-Key was sent with another body before.")
    return mark_replay(ApiResponse(kept.status, kept.body, kept.headers))
