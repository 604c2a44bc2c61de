"""Sends webhooks: claims the deliveries due to an endpoint, posts them, records the results.

A task serves each endpoint, a few deliveries at a time, so a slow endpoint delays no other. An
endpoint that fails gets one delivery at a time. A crash loses nothing, because the rows say what to
send; a lease keeps two servers from sending the same. These rows are no part of the log, so they
are written without the organization's lock; changes of an endpoint go through the desk.
"""

import asyncio
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog
from msgspec import Struct

from common.errors import NotFound, Unavailable
from common.webhooks import DeliveryState
from server.clock import Clock
from server.delivery.webhook_client import WebhookClient
from server.desk.administration import webhook_admin
from server.desk.desk import Desk
from server.domain.timestamps import to_microseconds
from server.domain.webhooks import payload, retry_schedule, signing
from server.domain.webhooks.retry_schedule import AttemptResult, EndpointAction, RetryDecision
from server.jobs.worker import BackgroundWorker
from server.monitoring.incident_log import IncidentLog
from server.monitoring.metrics import Metrics
from server.rendering import webhook_messages
from server.rendering.webhook_messages import WebhookMessage
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.outgoing import webhook_deliveries, webhooks
from server.storage.queries.outgoing.webhook_deliveries import ClaimedDelivery
from server.storage.queries.outgoing.webhooks import WebhookEndpoint
from server.storage.queries.person.name_resolver import NameResolver, make_system_actor

ENDPOINTS_AT_ONCE: Final = 256
ENDPOINTS_PER_ORGANIZATION: Final = 16
"""Endpoints served at the same time: here, and of one organization."""
DELIVERIES_AT_ONCE: Final = 4
BATCH_SIZE: Final = 20
"""Deliveries to an endpoint that are under way, and that are claimed together."""
LEASE: Final = timedelta(seconds=120)
"""Longer than a batch takes whose every attempt times out."""
RETENTION: Final = timedelta(days=30)
"""The time for which finished deliveries can be listed and replayed."""
PURGE_BATCH_SIZE: Final = 500
PURGE_SECONDS: Final = 600.0
trouble = structlog.get_logger()


class _ClaimedBatch(Struct, frozen=True):
    """A batch for an endpoint under one lease."""

    to: WebhookEndpoint
    lease: str
    messages: dict[ClaimedDelivery, WebhookMessage]


class WebhookSender:
    """Sends what is due to every organization's endpoints; safe on each server of a cluster."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        client: WebhookClient,
        metrics: Metrics,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._desk = desk
        self._client = client
        self._metrics = metrics
        self._clock = clock
        self._chance = chance
        self._incidents = IncidentLog()
        self._sending: frozenset[int] = frozenset()
        self._serving: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._worker = BackgroundWorker("webhook sender", self.serve_due_endpoints)
        self._purger = BackgroundWorker("webhook purge", self.purge_old_deliveries, PURGE_SECONDS)

    def start(self) -> None:
        self._worker.start()
        self._purger.start()

    def nudge(self, org_id: int) -> None:
        """Looks for deliveries soon, if the organization has an endpoint."""
        if org_id in self._sending:
            self._worker.nudge()

    async def stop(self) -> None:
        """Ends in the middle of what is under way: what is claimed is given back."""
        await self._worker.stop()
        await self._purger.stop()
        for task in self._serving.values():
            task.cancel()
        await self.wait_until_idle()
        await self._client.close()

    async def wait_until_idle(self) -> None:
        """Waits until nothing is under way here."""
        while self._serving:
            await asyncio.wait(self._serving.values())

    async def serve_due_endpoints(self) -> bool:
        """Begins to serve every endpoint that something is due for, as far as there is room."""
        now = to_microseconds(self._clock())
        self._sending, due = await self._database.read_snapshot(
            lambda reading: (
                webhooks.list_sending_organizations(reading),
                webhook_deliveries.list_due_endpoints(reading, now),
            )
        )
        random.shuffle(due)  # so that who did not find room is not always the same
        for endpoint in due:
            if self._has_room(endpoint):
                self._start_serving(endpoint)
        return False

    async def send_test_webhook(self, to: WebhookEndpoint) -> AttemptResult:
        """Sends one test message now, without retries, and returns the result."""
        body = payload.build_test_body(to.org_id, to.id, self._clock())
        return await self._post_signed(to, f"msg_test_{secrets.token_hex(12)}", body)

    async def purge_old_deliveries(self) -> bool:
        """Drops some of what was finished long ago; answers whether there may be more."""
        before = to_microseconds(self._clock() - RETENTION)
        return await self._database.write(
            lambda writing: webhook_deliveries.purge_deliveries(writing, before, PURGE_BATCH_SIZE)
        )

    def _has_room(self, endpoint: WebhookEndpoint) -> bool:
        if len(self._serving) >= ENDPOINTS_AT_ONCE or _endpoint_key(endpoint) in self._serving:
            return False
        return (
            sum(org_id == endpoint.org_id for org_id, _ in self._serving)
            < ENDPOINTS_PER_ORGANIZATION
        )

    def _start_serving(self, endpoint: WebhookEndpoint) -> None:
        key = _endpoint_key(endpoint)
        task = asyncio.create_task(self._serve_endpoint(endpoint), name=f"webhook {key}")
        self._serving[key] = task
        task.add_done_callback(lambda _: self._finish_serving(key))

    def _finish_serving(self, key: tuple[int, int]) -> None:
        del self._serving[key]
        self._worker.nudge()

    async def _serve_endpoint(self, to: WebhookEndpoint) -> None:
        """Sends one batch; the next look finds the rest, with the endpoint as it is then."""
        lease = secrets.token_hex(8)
        try:
            try:
                await self._send_batch(await self._claim_batch(to, lease))
            except asyncio.CancelledError:
                await self._release_claims(to, lease)
        except Exception as error:  # noqa: BLE001 - whatever it was, what is due stays due
            if not _is_database_away(error):
                self._incidents.report_failure(
                    "webhook sender failed",
                    type(error),
                    org=to.org_id,
                    webhook=to.id,
                    exc_info=error,
                )

    async def _claim_batch(self, to: WebhookEndpoint, lease: str) -> _ClaimedBatch:
        now, most = self._clock(), BATCH_SIZE if to.failing_since is None else 1

        def job(writing: WriteTransaction) -> list[ClaimedDelivery]:
            until = to_microseconds(now + LEASE)
            return webhook_deliveries.claim_deliveries(
                writing, to, to_microseconds(now), until, lease, most
            )

        mine = await self._database.write(job)
        return _ClaimedBatch(
            to, lease, await self._database.read_snapshot(lambda it: _build_messages(it, to, mine))
        )

    async def _send_batch(self, batch: _ClaimedBatch) -> None:
        slots = asyncio.Semaphore(DELIVERIES_AT_ONCE)

        async def send(claimed: ClaimedDelivery) -> None:
            async with slots:
                await self._attempt_delivery(batch, claimed)

        async with asyncio.TaskGroup() as group:
            for claimed in batch.messages:
                group.create_task(send(claimed))

    async def _attempt_delivery(self, batch: _ClaimedBatch, claimed: ClaimedDelivery) -> None:
        to, message = batch.to, batch.messages[claimed]
        if message.body is None:
            answer, decision = _OUT_OF_SCOPE, RetryDecision(DeliveryState.DEAD)
        else:
            answer = await self._post_signed(to, message.message_id, message.body)
            decision = retry_schedule.decide_retry(
                claimed.attempts, answer, self._clock(), self._chance()
            )
        if not await self._record_attempt(batch, claimed, decision, answer):
            return  # replayed meanwhile, or another's since the lease ran out
        self._metrics.count_delivery(decision.state)
        if decision.state is not DeliveryState.SENT:
            self._log_failure(to, answer)
        if decision.state is DeliveryState.DEAD and message.body is not None:
            await self._report_dead_delivery(to, gone=decision.gone)

    def _log_failure(self, to: WebhookEndpoint, answer: AttemptResult) -> None:
        """Logs the first failed attempt of its kind; other endpoints' are counted with it."""
        said = answer.error or f"status {answer.status}"
        self._incidents.report_failure(
            "webhook not delivered", said, org=to.org_id, webhook=to.id, error=said
        )

    async def _post_signed(
        self, to: WebhookEndpoint, message_id: str, body: bytes
    ) -> AttemptResult:
        now = self._clock()
        headers = signing.build_headers(
            to.valid_secrets(to_microseconds(now)), message_id, now, body
        )
        return await self._client.post(to.url, headers, body)

    async def _record_attempt(
        self,
        batch: _ClaimedBatch,
        claimed: ClaimedDelivery,
        decision: RetryDecision,
        answer: AttemptResult,
    ) -> bool:
        """Notes what came of an attempt; False where it is not ours to note any more."""
        to, now = batch.to, to_microseconds(self._clock())

        def job(writing: WriteTransaction) -> bool:
            if not webhook_deliveries.settle_delivery(
                writing, to, claimed.seq, batch.lease, now, decision, answer
            ):
                return False
            if decision.state is not DeliveryState.SENT:
                webhooks.mark_failing(writing, to.org_id, to.id, now)
            elif to.failing_since is not None:
                webhooks.mark_recovered(writing, to.org_id, to.id)
            return True

        return await self._database.write(job)

    async def _release_claims(self, to: WebhookEndpoint, lease: str) -> None:
        """Gives back what was claimed: another server need not wait for the lease's end."""
        now = to_microseconds(self._clock())
        await self._database.write(
            lambda writing: webhook_deliveries.release_deliveries(writing, to, lease, now)
        )

    async def _report_dead_delivery(self, to: WebhookEndpoint, *, gone: bool) -> None:
        """Lets the desk decide what a delivery that was given up means for its endpoint."""
        with suppress(NotFound):
            mood = await self._desk.write(
                make_system_actor(to.org_id),
                lambda work: webhook_admin.record_dead_delivery(work, to.id, gone=gone),
            )
            if mood is not EndpointAction.SILENT:
                trouble.warning(_LOG_TEXTS[mood], org=to.org_id, webhook=to.id)


_OUT_OF_SCOPE: Final = AttemptResult(
    error="the event is not for the scope that the webhook has now"
)
_LOG_TEXTS: Final = {
    EndpointAction.NOTIFY: "webhook has a dead letter",
    EndpointAction.DISABLE: "webhook disabled",
}


def _is_database_away(error: Exception) -> bool:
    """Returns whether nothing else went wrong; the database reports that itself."""
    if isinstance(error, ExceptionGroup):
        return all(map(_is_database_away, error.exceptions))
    return isinstance(error, Unavailable)


def _endpoint_key(endpoint: WebhookEndpoint) -> tuple[int, int]:
    return endpoint.org_id, endpoint.id


def _build_messages(
    reading: ReadTransaction, to: WebhookEndpoint, mine: list[ClaimedDelivery]
) -> dict[ClaimedDelivery, WebhookMessage]:
    names = NameResolver(to.org_id)
    return {it: webhook_messages.render_webhook_message(reading, to, it.seq, names) for it in mine}
