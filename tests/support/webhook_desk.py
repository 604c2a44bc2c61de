"""A desk by itself with webhooks' senders on it, and a clock that a test sets."""

from datetime import timedelta
from typing import Any

from common.webhooks import CreateWebhook
from server.delivery.webhook_client import WebhookClient
from server.delivery.webhook_sender import WebhookSender
from server.desk.administration import webhook_admin
from server.domain.timestamps import to_microseconds
from server.monitoring.metrics import Metrics
from server.storage.engine.database import Database
from server.storage.queries.outgoing import webhook_deliveries, webhooks
from server.storage.queries.outgoing.webhook_deliveries import Delivery
from server.storage.queries.outgoing.webhooks import WebhookEndpoint
from tests.support.local_desk import ADMIN, ORG, AdminDesk


class WebhookDesk(AdminDesk):
    """A desk, and as many servers' senders on it as a test likes."""

    def __init__(self, url: str, database: Database) -> None:
        super().__init__(url, database)
        self.opened: list[tuple[WebhookSender, Database]] = []
        self.sender = self.server()

    def server(self, database: Database | None = None, **poster: Any) -> WebhookSender:
        """A sender as each server has one."""
        mine = database or self.database
        post = WebhookClient(**{"allow_private": True, **poster})
        made = WebhookSender(
            mine, self.make_desk(mine), post, Metrics(), self.clock, chance=lambda: 0.0
        )
        self.opened.append((made, mine))
        return made

    async def close(self) -> None:
        for sender, database in self.opened:
            await sender.stop()
            database.close()

    async def subscribe(self, url: str, **fields: Any) -> WebhookEndpoint:
        command = CreateWebhook(url=url, **fields)
        return await self.desk.write(
            ADMIN, lambda work: webhook_admin.create_webhook(work, command, allow_private=True)
        )

    async def send(self, sender: WebhookSender | None = None) -> None:
        """Looks once, and waits for all that comes of it."""
        looking = sender or self.sender
        await looking.serve_due_endpoints()
        await looking.wait_until_idle()

    async def pass_time(self, span: timedelta) -> None:
        """Time goes by, and all is sent that is due then."""
        self.now += span
        now = to_microseconds(self.now)
        while await self.database.read_snapshot(
            lambda reading: webhook_deliveries.list_due_endpoints(reading, now)
        ):
            await self.send()

    async def endpoint(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        found_ = await self.database.read_snapshot(
            lambda reading: webhooks.find_endpoint(reading, ORG, endpoint.id)
        )
        assert found_ is not None
        return found_

    async def rows(self, endpoint: WebhookEndpoint) -> list[Delivery]:
        """Its deliveries, oldest first."""
        found_ = await self.database.read_snapshot(
            lambda reading: webhook_deliveries.list_deliveries(
                reading, ORG, endpoint.id, (), 2**53, 10_000
            )
        )
        return found_[::-1]

    async def states(self, endpoint: WebhookEndpoint) -> list[str]:
        return [row.state.value for row in await self.rows(endpoint)]
