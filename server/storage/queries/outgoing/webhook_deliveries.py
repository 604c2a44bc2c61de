"""Deliveries: one event for one endpoint. The message is rendered from the log.

A claim moves the due time to the end of its lease, so a server that crashes leaves a row that
becomes due again. Only the holder of the claim's token may write the outcome. An id on the wire is
seq and endpoint in one number, so that none has to be drawn.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

import peewee as pw
from msgspec import Struct

from common.webhooks import DeliveryState
from server.domain.timestamps import to_optional_microseconds
from server.domain.webhooks.retry_schedule import AttemptResult, RetryDecision
from server.storage.engine.statement import Sql, Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, Row, WriteTransaction
from server.storage.queries.outgoing.webhooks import (
    ENDPOINT_FIELDS,
    WebhookEndpoint,
    endpoint_from_row,
)
from server.storage.tables.notification_tables import WebhookDeliveryModel as DeliveryRow
from server.storage.tables.notification_tables import WebhookModel

MAX_ENDPOINT_ID: Final = 9_999
"""The highest endpoint id of an organization: the room in the lower part of a delivery's id."""


class Delivery(Struct, frozen=True, kw_only=True):
    """A delivery as stored; times in microseconds since 1970."""

    org_id: int
    webhook_id: int
    seq: int
    state: DeliveryState
    attempts: int
    due_at: int | None
    finished_at: int | None
    status_code: int | None
    error: str | None

    @property
    def id(self) -> int:
        return self.seq * (MAX_ENDPOINT_ID + 1) + self.webhook_id


class DeliveryRange(Struct, frozen=True):
    """Deliveries of events from a seq to a seq, finished since a time."""

    from_seq: int = 0
    to_seq: int = 2**53
    since: int = 0


class ClaimedDelivery(Struct, frozen=True):
    """A delivery that only this server may send; `attempts` includes the next one."""

    seq: int
    attempts: int


_FIELDS: Final = [getattr(DeliveryRow, name) for name in Delivery.__struct_fields__]
_OF_ENDPOINT: Final = (DeliveryRow.org_id == param("org_id")) & (
    DeliveryRow.webhook_id == param("webhook_id")
)
_THIS: Final = _OF_ENDPOINT & (DeliveryRow.seq == param("seq"))
_INSERT = build_insert(DeliveryRow)
_FIND = Statement(DeliveryRow.select(*_FIELDS).where(_THIS))
_DUE = Statement(
    WebhookModel.select(*ENDPOINT_FIELDS).where(
        (WebhookModel.active == param("yes"))
        & pw.fn.EXISTS(
            DeliveryRow.select(pw.SQL("1")).where(
                (DeliveryRow.org_id == WebhookModel.org_id)
                & (DeliveryRow.webhook_id == WebhookModel.id)
                & (DeliveryRow.due_at <= param("now"))
            )
        )
    )
)
_CLAIM_TEXT: Final = """WITH mine AS MATERIALIZED (
        SELECT seq FROM webhook_deliveries
        WHERE org_id = {0} AND webhook_id = {0} AND due_at <= {0}
        ORDER BY due_at, seq LIMIT {0} {1})
    UPDATE webhook_deliveries SET due_at = {0}, lease = {0}, attempts = attempts + 1
    WHERE org_id = {0} AND webhook_id = {0} AND seq IN (SELECT seq FROM mine)
    RETURNING seq, attempts"""
_CLAIM = Sql(
    sqlite=_CLAIM_TEXT.format("?", ""),
    postgresql=_CLAIM_TEXT.format("%s", "FOR UPDATE SKIP LOCKED"),
    places="org_id webhook_id now limit until lease org_id webhook_id",
)
_SETTLE = Statement(
    DeliveryRow.update(
        {
            DeliveryRow.state: param("state"),
            DeliveryRow.due_at: param("due_at"),
            DeliveryRow.lease: None,
            DeliveryRow.finished_at: param("finished_at"),
            DeliveryRow.status_code: param("status_code"),
            DeliveryRow.error: param("error"),
        }
    ).where(_THIS & (DeliveryRow.lease == param("lease")))
)
_RELEASE = Statement(
    DeliveryRow.update(
        {
            DeliveryRow.due_at: param("now"),
            DeliveryRow.lease: None,
            DeliveryRow.attempts: DeliveryRow.attempts - 1,
        }
    ).where(_OF_ENDPOINT & (DeliveryRow.lease == param("lease")))
)
_REQUEUED = {
    DeliveryRow.state: param("queued"),
    DeliveryRow.attempts: 0,
    DeliveryRow.due_at: param("now"),
    DeliveryRow.lease: None,
    DeliveryRow.finished_at: None,
}
_REPLAY = Statement(DeliveryRow.update(_REQUEUED).where(_THIS))
_FINISHED: Final = _OF_ENDPOINT & DeliveryRow.due_at.is_null()
_REPLAY_RANGE = Statement(
    DeliveryRow.update(_REQUEUED).where(
        _OF_ENDPOINT
        & DeliveryRow.seq.in_(
            DeliveryRow.select(DeliveryRow.seq)
            .where(
                _FINISHED
                & DeliveryRow.seq.between(param("from_seq"), param("to_seq"))
                & (DeliveryRow.finished_at >= param("since"))
            )
            .order_by(DeliveryRow.seq)
            .limit(param("limit"))
        )
    )
)
_OLDEST: Final = (
    DeliveryRow.select(DeliveryRow.seq)
    .where(_OF_ENDPOINT)
    .order_by(DeliveryRow.seq)
    .limit(param("limit"))
)
_PURGE = Statement(
    # Only the oldest rows are checked: while they have to stay, the others stay a little longer.
    DeliveryRow.delete().where(
        _OF_ENDPOINT
        & DeliveryRow.seq.in_(
            DeliveryRow.select(DeliveryRow.seq)
            .where(_OF_ENDPOINT)
            .order_by(DeliveryRow.seq)
            .limit(param("limit"))
        )
        & (DeliveryRow.finished_at < param("before"))
    )
)
_PURGE_DELETED = Statement(DeliveryRow.delete().where(_OF_ENDPOINT & DeliveryRow.seq.in_(_OLDEST)))
_EVERY = Statement(WebhookModel.select(WebhookModel.org_id, WebhookModel.id, WebhookModel.deleted))


def split_delivery_id(delivery_id: int) -> tuple[int, int]:
    """Returns the seq and the endpoint of an id on the wire."""
    return divmod(delivery_id, MAX_ENDPOINT_ID + 1)


def queue_delivery(
    writing: WriteTransaction, org_id: int, webhook_id: int, seq: int, now: int
) -> None:
    """Queues a delivery that is due at once."""
    writing.write_later(
        _INSERT,
        org_id=org_id,
        webhook_id=webhook_id,
        seq=seq,
        state=DeliveryState.QUEUED.value,
        attempts=0,
        due_at=now,
        lease=None,
        finished_at=None,
        status_code=None,
        error=None,
    )


def find_delivery(
    reading: ReadTransaction, org_id: int, webhook_id: int, seq: int
) -> Delivery | None:
    row = reading.fetch_row(_FIND, org_id=org_id, webhook_id=webhook_id, seq=seq)
    return None if row is None else _delivery_from_row(row)


def list_deliveries(
    reading: ReadTransaction,
    org_id: int,
    webhook_id: int,
    states: Sequence[DeliveryState],
    before: int,
    limit: int,
) -> list[Delivery]:
    """Returns deliveries of events before a seq, newest first."""
    values = {f"state{n}": state.value for n, state in enumerate(states)}
    rows = reading.fetch_rows(
        _list_statement(len(states)),
        org_id=org_id,
        webhook_id=webhook_id,
        before=before,
        limit=limit,
        **values,
    )
    return [_delivery_from_row(row) for row in rows]


def list_due_endpoints(reading: ReadTransaction, now: int) -> list[WebhookEndpoint]:
    """Returns every active endpoint with due deliveries: one index look-up for each."""
    return [endpoint_from_row(row) for row in reading.fetch_rows(_DUE, now=now, yes=True)]


def claim_deliveries(
    writing: WriteTransaction, to: WebhookEndpoint, now: int, until: int, lease: str, limit: int
) -> list[ClaimedDelivery]:
    """Claims an endpoint's due deliveries until a time; no other server gets them before it."""
    rows = writing.fetch_rows(
        _CLAIM,
        until=until,
        lease=lease,
        org_id=to.org_id,
        webhook_id=to.id,
        now=now,
        limit=limit,
    )
    writing.touched += 1
    return sorted((ClaimedDelivery(*row) for row in rows), key=lambda it: it.seq)


def settle_delivery(
    writing: WriteTransaction,
    to: WebhookEndpoint,
    seq: int,
    lease: str,
    now: int,
    verdict: RetryDecision,
    answer: AttemptResult,
) -> bool:
    """Writes the outcome of an attempt; returns False where the lease is lost."""
    changed = writing.write(
        _SETTLE,
        org_id=to.org_id,
        webhook_id=to.id,
        seq=seq,
        lease=lease,
        state=verdict.state.value,
        due_at=to_optional_microseconds(verdict.due),
        finished_at=now if verdict.due is None else None,
        status_code=answer.status,
        error=answer.error,
    )
    return changed == 1


def release_deliveries(
    writing: WriteTransaction, to: WebhookEndpoint, lease: str, now: int
) -> None:
    """Releases claimed deliveries that were not sent."""
    writing.write(_RELEASE, org_id=to.org_id, webhook_id=to.id, lease=lease, now=now)


def requeue_delivery(
    writing: WriteTransaction, org_id: int, webhook_id: int, seq: int, now: int
) -> None:
    """Queues one delivery from the beginning, whatever became of it."""
    writing.write(
        _REPLAY,
        org_id=org_id,
        webhook_id=webhook_id,
        seq=seq,
        now=now,
        queued=DeliveryState.QUEUED.value,
    )


def requeue_deliveries(
    writing: WriteTransaction,
    org_id: int,
    webhook_id: int,
    which: DeliveryRange,
    now: int,
    limit: int,
) -> int:
    """Queues the finished deliveries of a range, oldest first; returns how many."""
    return writing.write(
        _REPLAY_RANGE,
        org_id=org_id,
        webhook_id=webhook_id,
        from_seq=which.from_seq,
        to_seq=which.to_seq,
        since=which.since,
        now=now,
        limit=limit,
        queued=DeliveryState.QUEUED.value,
    )


def purge_deliveries(writing: WriteTransaction, before: int, limit: int) -> bool:
    """Deletes some deliveries finished before a time, and some of deleted endpoints.

    Returns whether there may be more.
    """
    dropped = [
        writing.write(
            _PURGE_DELETED if deleted else _PURGE,
            org_id=org_id,
            webhook_id=webhook_id,
            limit=limit,
            before=before,
        )
        for org_id, webhook_id, deleted in writing.fetch_rows(_EVERY)
    ]
    return limit in dropped


@cache
def _list_statement(states: int) -> Statement:
    query = DeliveryRow.select(*_FIELDS).where(_OF_ENDPOINT & (DeliveryRow.seq < param("before")))
    if states:
        query = query.where(DeliveryRow.state.in_([param(f"state{n}") for n in range(states)]))
    return Statement(query.order_by(DeliveryRow.seq.desc()).limit(param("limit")))


def _delivery_from_row(row: Row) -> Delivery:
    return Delivery(
        org_id=row[0],
        webhook_id=row[1],
        seq=row[2],
        state=DeliveryState(row[3]),
        attempts=row[4],
        due_at=row[5],
        finished_at=row[6],
        status_code=row[7],
        error=row[8],
    )
