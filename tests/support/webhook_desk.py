"""A desk by itself with webhooks' senders on it, and a clock that a test sets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.webhooks import CreateWebhook
from server.clock import utc_now
from server.delivery.webhook_client import WebhookClient
from server.delivery.webhook_sender import WebhookSender
from server.desk import ticket_commands, ticket_creation, webhook_admin
from server.desk.desk import Desk
from server.domain.timestamps import to_microseconds
from server.monitoring.metrics import Metrics
from server.provisioning import provision_organization
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.queries import webhook_deliveries, webhooks
from server.storage.queries.webhook_deliveries import Delivery
from server.storage.queries.webhooks import WebhookEndpoint

ORG = 4821
ADMIN = Actor(ORG, Role.ADMIN, 1, "a")
TICKET = FileTicket("It broke", "Please help", customer_email="carla@example.test")


class House:
    """A desk, and as many servers' senders on it as a test likes."""

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self.url = url
        self.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.desk = Desk(database, self.clock, lambda _: None)
        self.opened: list[tuple[WebhookSender, Database]] = []
        self.sender = self.server()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str) -> AsyncIterator["House"]:
        database = open_database(url)
        await provision_organization(
            database, utc_now, OrganizationSettings(name="A"), ORG, "a@example.test", "hash"
        )
        house = cls(database, url)
        try:
            yield house
        finally:
            await house.close()

    def clock(self) -> datetime:
        return self.now

    def server(self, database: Database | None = None, **poster: Any) -> WebhookSender:
        """A sender as each server has one."""
        mine = database or self.database
        post = WebhookClient(**{"allow_private": True, **poster})
        desk = Desk(mine, self.clock, lambda _: None)
        made = WebhookSender(mine, desk, post, Metrics(), self.clock, chance=lambda: 0.0)
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

    async def file(self) -> int:
        """A ticket; answers its number."""
        return (
            await self.desk.write(ADMIN, lambda work: ticket_creation.create_ticket(work, TICKET))
        ).number

    async def say(self, number: int, words: str, kind: MessageKind = MessageKind.REPLY) -> None:
        command = AddMessage(words, kind)
        await self.desk.write(
            ADMIN, lambda work: ticket_commands.execute_command(work, number, command)
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
