"""Webhooks over REST: kept by admins, looked into, and sent again."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import UNSET, UnsetType

from common import queries
from common import webhook_endpoints as endpoints
from common.endpoint import Endpoint as Route
from common.errors import Invalid, NotFound
from common.webhooks import (
    CreateWebhook,
    DeliveryQuery,
    DeliveryView,
    EditWebhook,
    Pinged,
    Replayed,
    ReplayRange,
    WebhookView,
)
from common.wire import Page
from server.desk import webhook_admin
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain.webhooks.retry_schedule import Answer as Outcome
from server.rendering import webhook_messages
from server.rest.core import response
from server.rest.core.cursor import encode
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.rest.users import place_of
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import loaded, loaded_or_none
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence, webhook_deliveries, webhooks
from server.storage.queries.name_resolver import Names
from server.storage.queries.webhook_deliveries import Delivery
from server.storage.queries.webhooks import Endpoint

_NEWEST = 2**53


class Webhooks:
    """The routes below `/webhooks` and `/deliveries`; `ping` sends a test at once."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        ping: Callable[[Endpoint], Awaitable[Outcome]],
        *,
        allow_private: bool,
    ) -> None:
        self._database = database
        self._desk = desk
        self._ping = ping
        self._allow_private = allow_private

    def routes(self) -> dict[Route, Handler]:
        return {
            endpoints.LIST_WEBHOOKS: self.page,
            endpoints.CREATE_WEBHOOK: self.create,
            endpoints.READ_WEBHOOK: self.read,
            endpoints.EDIT_WEBHOOK: self.edit,
            endpoints.DELETE_WEBHOOK: self.delete,
            endpoints.ROTATE_WEBHOOK: self.rotate,
            endpoints.TEST_WEBHOOK: self.test,
            endpoints.REPLAY_WEBHOOK: self.replay_range,
            endpoints.LIST_DELIVERIES: self.deliveries,
            endpoints.REPLAY_DELIVERY: self.replay,
        }

    async def page(self, call: Call) -> Answer:
        query, org_id = call.query(queries.PageQuery), call.org_id
        after = 0 if query.cursor is UNSET else place_of(query.cursor)

        def job(reading: Reading) -> Answer:
            found = webhooks.page(reading, org_id, after, query.limit + 1)
            more, found = len(found) > query.limit, found[: query.limit]
            next_cursor = encode(found[-1].id) if more else None
            return response.of_page(
                Page(list(map(_view, found)), next_cursor, _seq(reading, org_id))
            )

        return await self._database.read_snapshot(job)

    async def read(self, call: Call) -> Answer:
        return response.of(_view(await self._find(call)))

    async def create(self, call: Call) -> Answer:
        command = await call.body(CreateWebhook)

        def job(turn: UnitOfWork) -> Answer:
            made = webhook_admin.create(turn, command, allow_private=self._allow_private)
            return response.of(_view(made, made.secrets[0].text), 201)

        return await self._desk.write(call.actor, job)

    async def edit(self, call: Call) -> Answer:
        webhook_id, command = call.number("id"), await call.body(EditWebhook)

        def job(turn: UnitOfWork) -> Answer:
            allow_private = self._allow_private
            after = webhook_admin.edit(turn, webhook_id, command, allow_private=allow_private)
            return response.of(_view(after))

        return await self._desk.write(call.actor, job)

    async def delete(self, call: Call) -> Answer:
        webhook_id = call.number("id")
        await self._desk.write(call.actor, lambda turn: webhook_admin.delete(turn, webhook_id))
        return Answer(204)

    async def rotate(self, call: Call) -> Answer:
        webhook_id = call.number("id")
        await call.nothing()

        def job(turn: UnitOfWork) -> Answer:
            after = webhook_admin.rotate(turn, webhook_id)
            return response.of(_view(after, after.secrets[0].text))

        return await self._desk.write(call.actor, job)

    async def test(self, call: Call) -> Answer:
        await call.nothing()
        found = await self._ping(await self._find(call))
        return response.of(Pinged(found.is_success, found.status, found.error))

    async def deliveries(self, call: Call) -> Answer:
        query, org_id, webhook_id = call.query(DeliveryQuery), call.org_id, call.number("id")
        before = _NEWEST if query.cursor is UNSET else place_of(query.cursor)

        def job(reading: Reading) -> Answer:
            of = _found(reading, org_id, webhook_id)
            found = webhook_deliveries.page(
                reading, org_id, webhook_id, query.state, before, query.limit + 1
            )
            more, found = len(found) > query.limit, found[: query.limit]
            names = Names(org_id)
            items = [_delivery(reading, of, it, names) for it in found]
            next_cursor = encode(found[-1].seq) if more else None
            return response.of_page(Page(items, next_cursor, _seq(reading, org_id)))

        return await self._database.read_snapshot(job)

    async def replay(self, call: Call) -> Answer:
        delivery_id = call.number("id")
        await call.nothing()

        def job(turn: UnitOfWork) -> Answer:
            of, queued = webhook_admin.replay(turn, delivery_id)
            return response.of(_delivery(turn.writing, of, queued, turn.names))

        return await write(self._desk, call, None, job)

    async def replay_range(self, call: Call) -> Answer:
        webhook_id, command = call.number("id"), await call.body(ReplayRange)
        last = _NEWEST if command.to_seq is UNSET else command.to_seq
        if command.from_seq is not UNSET and command.from_seq > last:
            raise Invalid.at("/to_seq", "must not lie before from_seq")

        def job(turn: UnitOfWork) -> Answer:
            replayed = webhook_admin.replay_range(turn, webhook_id, command)
            return response.of(Replayed(replayed, replayed == webhook_admin.REPLAYED_AT_ONCE))

        return await write(self._desk, call, command, job)

    async def _find(self, call: Call) -> Endpoint:
        org_id, webhook_id = call.org_id, call.number("id")
        return await self._database.read_snapshot(
            lambda reading: _found(reading, org_id, webhook_id)
        )


def _found(reading: Reading, org_id: int, webhook_id: int) -> Endpoint:
    found = webhooks.find(reading, org_id, webhook_id)
    if found is None:
        raise NotFound
    return found


def _seq(reading: Reading, org_id: int) -> int:
    return org_sequence.seq_of(reading, org_id)


def _view(it: Endpoint, secret: str | UnsetType = UNSET) -> WebhookView:
    return WebhookView(
        id=it.id,
        url=it.url,
        events=it.events,
        description=it.description,
        scope=it.scope,
        active=it.active,
        disabled_reason=it.disabled_reason,
        failing_since=loaded_or_none(it.failing_since),
        created_at=loaded(it.created_at),
        secret=secret,
    )


def _delivery(reading: Reading, of: Endpoint, it: Delivery, names: Names) -> DeliveryView:
    letter = webhook_messages.letter(reading, of, it.seq, names)
    return DeliveryView(
        id=it.id,
        webhook_id=it.webhook_id,
        message_id=letter.message_id,
        type=letter.type,
        seq=it.seq,
        state=it.state,
        attempts=it.attempts,
        last_status=it.status_code,
        last_error=it.error,
        next_attempt_at=loaded_or_none(it.due_at),
        created_at=letter.at,
        finished_at=loaded_or_none(it.finished_at),
        body=None if letter.body is None else msgspec.json.decode(letter.body),
    )
