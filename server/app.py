"""The composition root: the only file that knows every room."""

import asyncio
import importlib.metadata
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from aiohttp import web

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from server.clock import Clock, monotonic, utc_now
from server.delivery.mail.mail_sender import MailSender
from server.delivery.mail.smtp_settings import relay_of, sender_of
from server.delivery.webhook_client import Poster
from server.delivery.webhook_sender import WebhookSender
from server.desk.desk import Desk
from server.events.live_stream import LiveStream
from server.jobs.file_purger import Purger
from server.jobs.report_rollup import Packer
from server.jobs.search_indexer import Indexer
from server.jobs.timekeeper import Timekeeper
from server.monitoring.metrics import Metrics
from server.monitoring.readiness import Problem, Readiness
from server.passwords import Passwords
from server.rest.core.authentication import Logins
from server.rest.core.client_address import CLIENT_ADDRESSES, ClientAddresses
from server.rest.core.cors import CrossOrigin
from server.rest.core.dispatch import Door, Handler
from server.rest.core.error_middleware import outer
from server.rest.core.path_visibility import Seeing
from server.rest.core.rate_limit import Brakes
from server.rest.core.reference_checks import Naming
from server.rest.core.request_body import REQUEST_TIMEOUT
from server.rest.notifications import Notices
from server.rest.openapi.api_viewer import ApiViewer
from server.rest.organization import Administration
from server.rest.rating.rating_routes import RatingPage
from server.rest.reports.report_routes import Reports
from server.rest.sessions import Identity
from server.rest.stream import Streaming
from server.rest.system_routes import Plain
from server.rest.tickets.follower_routes import Following
from server.rest.tickets.ticket_reads import Reads
from server.rest.tickets.ticket_routes import Tickets
from server.rest.users import People
from server.rest.webhooks import Webhooks
from server.settings import Settings
from server.storage.engine.database import Database
from server.storage.engine.database_errors import Fault
from server.storage.queries.installation_secrets import RATE_LINKS, OwnSecret

STOP_SECONDS: Final = 2.0
"""For the clockwork and the senders to end what they are about."""
THREADS_SECONDS: Final = 0.5
"""For the threads of the database to end, after all that was asked of them has ended."""
logger = structlog.get_logger()
VERSION: Final = importlib.metadata.version("deskwire")


class Server:
    """A whole server over an open database."""

    def __init__(self, settings: Settings, database: Database, clock: Clock = utc_now) -> None:
        self.database = database
        self._clock = clock
        self._passwords = Passwords()
        self.stream = LiveStream(database, clock, settings.stream_advertise)
        self.desk = Desk(database, clock, self._nudge, mail=bool(settings.smtp_url))
        self.timekeeper = Timekeeper(database, self.desk, clock)
        self._packer = Packer(database, self.desk, clock)
        self._indexer = Indexer(database)
        self._purger = Purger(database)
        self._logins = Logins(database, clock, monotonic)
        self._brakes = Brakes(settings.rate_limit, monotonic)
        self._metrics = Metrics()
        self._allow_private = settings.webhook_allow_private
        poster = Poster(allow_private=self._allow_private)
        self._webhooks = WebhookSender(database, self.desk, poster, self._metrics, clock)
        self._rate_secret = OwnSecret(database, RATE_LINKS)
        self.public_url = settings.public_url or ""
        self._mails = self._mail_sender(settings, clock)
        self.readiness = Readiness(database, self._find_stream_problem)
        self.web = self._web(settings)

    async def open(self, stream_endpoint: str) -> None:
        """Opens the stream and starts the clockwork. Raises zmq.ZMQError."""
        await self.stream.open(stream_endpoint)
        self.timekeeper.start()
        self._webhooks.start()
        if self._mails is not None:
            self._mails.start()
        self._packer.start()
        self._indexer.start()
        self._purger.start()

    async def close(self) -> None:
        """Ends in the order of the data: clockwork, senders, stream, threads.

        No part waits for a database that does not answer: what it leaves undone is due again.
        """
        stops = [self.timekeeper.stop(), self._webhooks.stop(), self._packer.stop()]
        stops += [self._indexer.stop(), self._purger.stop()]
        if self._mails is not None:
            stops.append(self._mails.stop())
        await _finish(stops, STOP_SECONDS)
        await self.stream.close()
        self._passwords.close()
        if not self.database.close(THREADS_SECONDS):
            logger.warning("database threads left behind", reason=Fault.SILENT.value)

    def _mail_sender(self, settings: Settings, clock: Clock) -> MailSender | None:
        """None where no relay is named: then no mail is owed, and none is sent."""
        if not settings.smtp_url:
            return None
        return MailSender(
            self.database,
            self.desk,
            clock,
            self._metrics,
            self._rate_secret,
            relay=relay_of(settings.smtp_url),
            sender=sender_of(settings.mail_from or ""),
            public_url=lambda: self.public_url.rstrip("/"),
        )

    def _web(self, settings: Settings) -> web.Application:
        app = web.Application(
            middlewares=[outer(self._metrics, monotonic, CrossOrigin(settings.cors_origins))],
            client_max_size=settings.max_body,
        )
        app[REQUEST_TIMEOUT] = settings.request_timeout
        app[CLIENT_ADDRESSES] = ClientAddresses(settings.proxy_networks)
        naming = Naming(self.database, allow_private=self._allow_private)
        door = Door(self._logins, self._brakes, Seeing(self.database), naming)
        for endpoint, handler in sorted(self.handlers().items(), key=_rank):
            for url in _urls(endpoint):
                opened = door.open(endpoint, handler)
                app.router.add_route(endpoint.method, url, opened)
                if endpoint.method == "GET":
                    app.router.add_route("HEAD", url, opened)
        app.router.add_routes(
            Plain(self.readiness.find_problems, self._metrics.registry, VERSION).routes()
        )
        app.router.add_routes(ApiViewer().routes())
        rating = RatingPage(self.database, self.desk, self._brakes, self._rate_secret, self._clock)
        app.router.add_routes(rating.routes())
        return app

    def handlers(self) -> dict[Endpoint, Handler]:
        """Every endpoint of the table with the handler that serves it."""
        rooms = (
            Identity(self.database, self.desk, self._logins, self._passwords, self._brakes),
            Administration(self.database, self.desk, self._logins),
            People(self.database, self.desk, self._logins, self._passwords),
            Tickets(self.desk),
            Reads(self.database),
            Reports(self.database),
            Following(self.database, self.desk),
            Notices(self.database, self.desk),
            Streaming(self.desk, self.stream),
            Webhooks(
                self.database,
                self.desk,
                self._webhooks.ping,
                allow_private=self._allow_private,
            ),
        )
        served = {entry: handler for room in rooms for entry, handler in room.routes().items()}
        return {endpoint: served[endpoint] for endpoint in ENDPOINTS}

    def _nudge(self, org_id: int) -> None:
        """Something was committed for an organization: whoever tells of it may look."""
        self.stream.nudge(org_id)
        self._webhooks.nudge(org_id)

    def _find_stream_problem(self) -> Problem | None:
        fault = self.stream.find_fault()
        return None if fault is None else Problem("stream-down", fault)


async def _finish(steps: list[Coroutine[Any, Any, None]], seconds: float) -> None:
    """Lets all steps run, for so long at the most; what they raise ends none of the others."""
    tasks = [asyncio.create_task(step) for step in steps]
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    for task in done:
        if error := task.exception():
            logger.error("shutdown step failed", exc_info=error)


def _rank(route: tuple[Endpoint, Handler]) -> int:
    """The router tries patterns in their order, one by one: the busiest come first."""
    path = route[0].path
    return -path.startswith("/tickets") * 10 + path.count("/")


def _urls(endpoint: Endpoint) -> list[str]:
    """The organization itself answers with and without its last slash."""
    return [endpoint.url] if endpoint.path else [endpoint.url, endpoint.url + "/"]
