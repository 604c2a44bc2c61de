"""The sender of webhooks: what is due for an endpoint is claimed, posted, and settled.

Each endpoint is served by a task of its own, a few letters at a time, so that a slow one holds up
nobody else; one that fails gets one letter at a time. Rows say what is owed, so a crash loses
nothing, and a lease keeps two servers from sending the same. These rows are no part of the log,
so they are written without the organization's ledger; what changes an endpoint goes through the
desk.
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
from server.delivery.webhook_client import Poster
from server.desk import webhook_admin
from server.desk.desk import Desk
from server.domain.webhooks import payload, retry_schedule, signing
from server.domain.webhooks.retry_schedule import Answer, Mood, Verdict
from server.jobs.worker import Worker
from server.monitoring.incident_log import IncidentLog
from server.monitoring.metrics import Metrics
from server.rendering import webhook_messages
from server.rendering.webhook_messages import Letter
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import stored
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries import webhook_deliveries, webhooks
from server.storage.queries.name_resolver import Names, system
from server.storage.queries.webhook_deliveries import Claimed
from server.storage.queries.webhooks import Endpoint

ENDPOINTS_AT_ONCE: Final = 256
OF_ORGANIZATION: Final = 16
"""Endpoints served at the same time: here, and of one organization."""
LETTERS_AT_ONCE: Final = 4
BATCH: Final = 20
"""Letters to an endpoint that are under way, and that are claimed together."""
LEASE: Final = timedelta(seconds=120)
"""Longer than a batch takes whose every attempt times out."""
KEPT: Final = timedelta(days=30)
"""How long what is finished can be listed and replayed."""
PURGED_AT_ONCE: Final = 500
PURGE_SECONDS: Final = 600.0
trouble = structlog.get_logger()


class _Round(Struct, frozen=True):
    """A batch for an endpoint under one lease."""

    to: Endpoint
    lease: str
    letters: dict[Claimed, Letter]


class WebhookSender:
    """Sends what is due to every organization's endpoints; safe on each server of a cluster."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        poster: Poster,
        metrics: Metrics,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._desk = desk
        self._poster = poster
        self._metrics = metrics
        self._clock = clock
        self._chance = chance
        self._incidents = IncidentLog()
        self._sending: frozenset[int] = frozenset()
        self._serving: dict[tuple[int, int], asyncio.Task[None]] = {}
        self._worker = Worker("webhooks", self.look)
        self._broom = Worker("webhook purge", self.purge, PURGE_SECONDS)

    def start(self) -> None:
        self._worker.start()
        self._broom.start()

    def nudge(self, org_id: int) -> None:
        """Something may be owed to an endpoint of this organization, if it has any."""
        if org_id in self._sending:
            self._worker.nudge()

    async def stop(self) -> None:
        """Ends in the middle of what is under way: what is claimed is given back."""
        await self._worker.stop()
        await self._broom.stop()
        for task in self._serving.values():
            task.cancel()
        await self.idle()
        await self._poster.close()

    async def idle(self) -> None:
        """Waits until nothing is under way here."""
        while self._serving:
            await asyncio.wait(self._serving.values())

    async def look(self) -> bool:
        """Begins to serve every endpoint that something is due for, as far as there is room."""
        now = stored(self._clock())
        self._sending, due = await self._database.read_snapshot(
            lambda reading: (webhooks.sending(reading), webhook_deliveries.waiting(reading, now))
        )
        random.shuffle(due)  # so that who did not find room is not always the same
        for endpoint in due:
            if self._has_room(endpoint):
                self._begin(endpoint)
        return False

    async def ping(self, to: Endpoint) -> Answer:
        """One test letter, at once and once: what came of it."""
        body = payload.test_body(to.org_id, to.id, self._clock())
        return await self._post(to, f"msg_test_{secrets.token_hex(12)}", body)

    async def purge(self) -> bool:
        """Drops some of what was finished long ago; answers whether there may be more."""
        before = stored(self._clock() - KEPT)
        return await self._database.write(
            lambda writing: webhook_deliveries.purge(writing, before, PURGED_AT_ONCE)
        )

    def _has_room(self, endpoint: Endpoint) -> bool:
        if len(self._serving) >= ENDPOINTS_AT_ONCE or _key(endpoint) in self._serving:
            return False
        return sum(org_id == endpoint.org_id for org_id, _ in self._serving) < OF_ORGANIZATION

    def _begin(self, endpoint: Endpoint) -> None:
        key = _key(endpoint)
        task = asyncio.create_task(self._serve(endpoint), name=f"webhook {key}")
        self._serving[key] = task
        task.add_done_callback(lambda _: self._ended(key))

    def _ended(self, key: tuple[int, int]) -> None:
        del self._serving[key]
        self._worker.nudge()

    async def _serve(self, to: Endpoint) -> None:
        """One batch; what comes after is seen at the next look, with the endpoint as it is then."""
        lease = secrets.token_hex(8)
        try:
            try:
                await self._send(await self._claim(to, lease))
            except asyncio.CancelledError:
                await self._release(to, lease)
        except Exception as error:  # noqa: BLE001 - whatever it was, what is due stays due
            if not _is_database_away(error):
                self._incidents.report(
                    "webhooks stumbled", type(error), org=to.org_id, webhook=to.id, exc_info=error
                )

    async def _claim(self, to: Endpoint, lease: str) -> _Round:
        now, most = self._clock(), BATCH if to.failing_since is None else 1

        def job(writing: Writing) -> list[Claimed]:
            until = stored(now + LEASE)
            return webhook_deliveries.claim(writing, to, stored(now), until, lease, most)

        mine = await self._database.write(job)
        return _Round(
            to, lease, await self._database.read_snapshot(lambda it: _letters(it, to, mine))
        )

    async def _send(self, batch: _Round) -> None:
        hands = asyncio.Semaphore(LETTERS_AT_ONCE)

        async def send(claimed: Claimed) -> None:
            async with hands:
                await self._attempt(batch, claimed)

        async with asyncio.TaskGroup() as group:
            for claimed in batch.letters:
                group.create_task(send(claimed))

    async def _attempt(self, batch: _Round, claimed: Claimed) -> None:
        to, letter = batch.to, batch.letters[claimed]
        if letter.body is None:
            answer, verdict = _NOT_FOR_ITS_EYES, Verdict(DeliveryState.DEAD)
        else:
            answer = await self._post(to, letter.message_id, letter.body)
            verdict = retry_schedule.judge(claimed.attempts, answer, self._clock(), self._chance())
        if not await self._settle(batch, claimed, verdict, answer):
            return  # replayed meanwhile, or another's since the lease ran out
        self._metrics.delivered(verdict.state)
        if verdict.state is not DeliveryState.SENT:
            self._report(to, answer)
        if verdict.state is DeliveryState.DEAD and letter.body is not None:
            await self._died(to, gone=verdict.gone)

    def _report(self, to: Endpoint, answer: Answer) -> None:
        """Logs the first failed attempt of its kind; other endpoints' are counted with it."""
        said = answer.error or f"status {answer.status}"
        self._incidents.report(
            "webhook not delivered", said, org=to.org_id, webhook=to.id, error=said
        )

    async def _post(self, to: Endpoint, message_id: str, body: bytes) -> Answer:
        now = self._clock()
        headers = signing.headers(to.signing(stored(now)), message_id, now, body)
        return await self._poster.post(to.url, headers, body)

    async def _settle(
        self, batch: _Round, claimed: Claimed, verdict: Verdict, answer: Answer
    ) -> bool:
        """Notes what came of an attempt; False where it is not ours to note any more."""
        to, now = batch.to, stored(self._clock())

        def job(writing: Writing) -> bool:
            if not webhook_deliveries.settle(
                writing, to, claimed.seq, batch.lease, now, verdict, answer
            ):
                return False
            if verdict.state is not DeliveryState.SENT:
                webhooks.fail(writing, to.org_id, to.id, now)
            elif to.failing_since is not None:
                webhooks.recover(writing, to.org_id, to.id)
            return True

        return await self._database.write(job)

    async def _release(self, to: Endpoint, lease: str) -> None:
        """Gives back what was claimed: another server need not wait for the lease's end."""
        now = stored(self._clock())
        await self._database.write(
            lambda writing: webhook_deliveries.release(writing, to, lease, now)
        )

    async def _died(self, to: Endpoint, *, gone: bool) -> None:
        """A letter was given up: what that means for its endpoint is said once."""
        with suppress(NotFound):
            mood = await self._desk.write(
                system(to.org_id), lambda turn: webhook_admin.died(turn, to.id, gone=gone)
            )
            if mood is not Mood.SILENT:
                trouble.warning(_SAID[mood], org=to.org_id, webhook=to.id)


_NOT_FOR_ITS_EYES: Final = Answer(error="the event is not for the scope that the webhook has now")
_SAID: Final = {Mood.TELL: "webhook has a dead letter", Mood.DISABLE: "webhook disabled"}


def _is_database_away(error: Exception) -> bool:
    """Returns whether nothing else went wrong; the database reports that itself."""
    if isinstance(error, ExceptionGroup):
        return all(map(_is_database_away, error.exceptions))
    return isinstance(error, Unavailable)


def _key(endpoint: Endpoint) -> tuple[int, int]:
    return endpoint.org_id, endpoint.id


def _letters(reading: Reading, to: Endpoint, mine: list[Claimed]) -> dict[Claimed, Letter]:
    names = Names(to.org_id)
    return {it: webhook_messages.letter(reading, to, it.seq, names) for it in mine}
