"""Webhooks over REST: kept by admins, looked into, and sent again."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import UNSET, UnsetType

from common import queries
from common import webhook_endpoints as endpoints
from common.endpoint import Endpoint
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
from server.desk.administration import webhook_admin
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, from_optional_microseconds
from server.domain.webhooks.retry_schedule import AttemptResult
from server.rendering import webhook_messages
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.outgoing import webhook_deliveries, webhooks
from server.storage.queries.outgoing.webhook_deliveries import Delivery
from server.storage.queries.outgoing.webhooks import WebhookEndpoint
from server.storage.queries.person.name_resolver import NameResolver

_MAX_SEQ = 2**53


class WebhookRoutes:
    """The routes below `/webhooks` and `/deliveries`; `ping` sends a test at once."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        ping: Callable[[WebhookEndpoint], Awaitable[AttemptResult]],
        *,
        allow_private: bool,
    ) -> None:
        self._database = database
        self._desk = desk
        self._ping = ping
        self._allow_private = allow_private

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_WEBHOOKS: self.list_webhooks,
            endpoints.CREATE_WEBHOOK: self.create_webhook,
            endpoints.READ_WEBHOOK: self.read_webhook,
            endpoints.EDIT_WEBHOOK: self.edit_webhook,
            endpoints.DELETE_WEBHOOK: self.delete_webhook,
            endpoints.ROTATE_WEBHOOK: self.rotate_secret,
            endpoints.TEST_WEBHOOK: self.send_test,
            endpoints.REPLAY_WEBHOOK: self.replay_range,
            endpoints.LIST_DELIVERIES: self.list_deliveries,
            endpoints.REPLAY_DELIVERY: self.replay_delivery,
        }

    async def list_webhooks(self, call: RequestContext) -> ApiResponse:
        query, org_id = call.parse_query(queries.PageQuery), call.org_id
        page = pagination.parse_id_page(query)

        def job(reading: ReadTransaction) -> ApiResponse:
            found, next_cursor = page.fetch_items(
                lambda after, count: webhooks.list_endpoints(reading, org_id, after, count),
                lambda endpoint: endpoint.id,
            )
            return response.make_page_response(
                Page(list(map(_render_webhook, found)), next_cursor, _read_seq(reading, org_id))
            )

        return await self._database.read_snapshot(job)

    async def read_webhook(self, call: RequestContext) -> ApiResponse:
        return response.make_response(_render_webhook(await self._load_webhook(call)))

    async def create_webhook(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(CreateWebhook)

        def job(work: UnitOfWork) -> WebhookEndpoint:
            return webhook_admin.create_webhook(work, command, allow_private=self._allow_private)

        made = await self._desk.write(call.actor, job)
        return response.make_response(_render_webhook(made, made.secrets[0].text), 201)

    async def edit_webhook(self, call: RequestContext) -> ApiResponse:
        webhook_id, command = call.path_number("id"), await call.parse_body(EditWebhook)

        def job(work: UnitOfWork) -> WebhookEndpoint:
            allow_private = self._allow_private
            return webhook_admin.edit_webhook(
                work, webhook_id, command, allow_private=allow_private
            )

        return response.make_response(_render_webhook(await self._desk.write(call.actor, job)))

    async def delete_webhook(self, call: RequestContext) -> ApiResponse:
        webhook_id = call.path_number("id")
        await self._desk.write(
            call.actor, lambda work: webhook_admin.delete_webhook(work, webhook_id)
        )
        return ApiResponse(204)

    async def rotate_secret(self, call: RequestContext) -> ApiResponse:
        webhook_id = call.path_number("id")
        await call.require_empty_body()
        after = await self._desk.write(
            call.actor, lambda work: webhook_admin.rotate_secret(work, webhook_id)
        )
        return response.make_response(_render_webhook(after, after.secrets[0].text))

    async def send_test(self, call: RequestContext) -> ApiResponse:
        await call.require_empty_body()
        found = await self._ping(await self._load_webhook(call))
        return response.make_response(Pinged(found.is_success, found.status, found.error))

    async def list_deliveries(self, call: RequestContext) -> ApiResponse:
        query, org_id, webhook_id = (
            call.parse_query(DeliveryQuery),
            call.org_id,
            call.path_number("id"),
        )
        page = pagination.parse_id_page(query, first=_MAX_SEQ)

        def job(reading: ReadTransaction) -> ApiResponse:
            of = _find_webhook(reading, org_id, webhook_id)
            found, next_cursor = page.fetch_items(
                lambda before, count: webhook_deliveries.list_deliveries(
                    reading, org_id, webhook_id, query.state, before, count
                ),
                lambda delivery: delivery.seq,
            )
            names = NameResolver(org_id)
            items = [_render_delivery(reading, of, it, names) for it in found]
            return response.make_page_response(Page(items, next_cursor, _read_seq(reading, org_id)))

        return await self._database.read_snapshot(job)

    async def replay_delivery(self, call: RequestContext) -> ApiResponse:
        delivery_id = call.path_number("id")
        await call.require_empty_body()

        def job(work: UnitOfWork) -> DeliveryView:
            of, queued = webhook_admin.replay_webhook_delivery(work, delivery_id)
            return _render_delivery(work.writing, of, queued, work.names)

        return await write_idempotently(self._desk, call, None, job, response.make_response)

    async def replay_range(self, call: RequestContext) -> ApiResponse:
        webhook_id, command = call.path_number("id"), await call.parse_body(ReplayRange)
        last = _MAX_SEQ if command.to_seq is UNSET else command.to_seq
        if command.from_seq is not UNSET and command.from_seq > last:
            raise Invalid.for_field("/to_seq", "must not lie before from_seq")

        def job(work: UnitOfWork) -> Replayed:
            replayed = webhook_admin.replay_range(work, webhook_id, command)
            return Replayed(replayed, replayed == webhook_admin.MAX_REPLAYED)

        return await write_idempotently(self._desk, call, command, job, response.make_response)

    async def _load_webhook(self, call: RequestContext) -> WebhookEndpoint:
        org_id, webhook_id = call.org_id, call.path_number("id")
        return await self._database.read_snapshot(
            lambda reading: _find_webhook(reading, org_id, webhook_id)
        )


def _find_webhook(reading: ReadTransaction, org_id: int, webhook_id: int) -> WebhookEndpoint:
    found = webhooks.find_endpoint(reading, org_id, webhook_id)
    if found is None:
        raise NotFound
    return found


def _read_seq(reading: ReadTransaction, org_id: int) -> int:
    return org_sequence.read_newest_seq(reading, org_id)


def _render_webhook(it: WebhookEndpoint, secret: str | UnsetType = UNSET) -> WebhookView:
    return WebhookView(
        id=it.id,
        url=it.url,
        events=it.events,
        description=it.description,
        scope=it.scope,
        active=it.active,
        disabled_reason=it.disabled_reason,
        failing_since=from_optional_microseconds(it.failing_since),
        created_at=from_microseconds(it.created_at),
        secret=secret,
    )


def _render_delivery(
    reading: ReadTransaction, of: WebhookEndpoint, it: Delivery, names: NameResolver
) -> DeliveryView:
    message = webhook_messages.render_webhook_message(reading, of, it.seq, names)
    return DeliveryView(
        id=it.id,
        webhook_id=it.webhook_id,
        message_id=message.message_id,
        type=message.type,
        seq=it.seq,
        state=it.state,
        attempts=it.attempts,
        last_status=it.status_code,
        last_error=it.error,
        next_attempt_at=from_optional_microseconds(it.due_at),
        created_at=message.at,
        finished_at=from_optional_microseconds(it.finished_at),
        body=None if message.body is None else msgspec.json.decode(message.body),
    )
