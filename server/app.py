"""The composition root: creates every part of the server and connects them."""

import asyncio
import importlib.metadata
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from aiohttp import web

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from server.clock import Clock, monotonic_seconds, utc_now
from server.delivery.direct_mail.direct_mailer import DirectMailer
from server.delivery.mail.mail_sender import MailSender
from server.delivery.mail.smtp_settings import parse_relay_url, parse_sender
from server.delivery.webhook_client import WebhookClient
from server.delivery.webhook_sender import WebhookSender
from server.desk.desk import Desk
from server.events.live_stream import LiveStream
from server.jobs.file_purger import FilePurger
from server.jobs.file_sweeper import FileSweeper
from server.jobs.report_rollup import ReportRollupJob
from server.jobs.search_indexer import SearchIndexer
from server.jobs.timekeeper import Timekeeper
from server.mail_intake.mail_gateway import MailGateway
from server.mail_intake.mail_ways import MailWays
from server.mail_intake.sender_proof import SenderProof
from server.monitoring.metrics import Metrics
from server.passwords import Passwords
from server.readiness import Readiness, ReadinessProblem
from server.rest.address_routes import AddressRoutes
from server.rest.core.account_proof import AccountProof
from server.rest.core.authentication import Authenticator
from server.rest.core.client_address import CLIENT_ADDRESSES, ClientAddressResolver
from server.rest.core.cors import CorsPolicy
from server.rest.core.dispatch import Dispatcher, Handler
from server.rest.core.error_middleware import make_error_middleware
from server.rest.core.password_sign_in import PasswordSignIn
from server.rest.core.path_visibility import PathVisibilityCheck
from server.rest.core.rate_limit import RateLimiter
from server.rest.core.reference_checks import ReferenceCheck
from server.rest.core.request_body import REQUEST_TIMEOUT
from server.rest.customer_pages.page_routes import CustomerPageRoutes
from server.rest.customer_routes import CustomerRoutes
from server.rest.link_revocation_routes import LinkRevocationRoutes
from server.rest.macro_routes import MacroRoutes
from server.rest.mail.held_mail_routes import HeldMailRoutes
from server.rest.mail.inbox_routes import InboxRoutes
from server.rest.mail.mail_routes import MailRoutes
from server.rest.mail.original_mail_routes import OriginalMailRoutes
from server.rest.mail.participant_routes import ParticipantRoutes
from server.rest.notification_routes import NotificationRoutes
from server.rest.openapi.api_viewer_routes import ApiViewer
from server.rest.organization_routes import OrganizationRoutes
from server.rest.rating.rating_routes import RatingRoutes
from server.rest.reports.report_routes import ReportRoutes
from server.rest.saved_view_routes import SavedViewRoutes
from server.rest.session_routes import SessionRoutes
from server.rest.stream_routes import StreamRoutes
from server.rest.system_routes import SystemRoutes
from server.rest.tickets.attachment_routes import AttachmentRoutes
from server.rest.tickets.bulk_routes import BulkRoutes
from server.rest.tickets.draft_routes import DraftRoutes
from server.rest.tickets.follower_routes import FollowerRoutes
from server.rest.tickets.ticket_read_routes import TicketReadRoutes
from server.rest.tickets.ticket_routes import TicketCommandRoutes
from server.rest.tickets.uploads import UploadReceiver
from server.rest.tickets.watch_routes import WatchRoutes
from server.rest.user_routes import UserRoutes
from server.rest.webhook_routes import WebhookRoutes
from server.settings import Settings
from server.storage.engine.database import Database
from server.storage.engine.database_errors import Fault
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.file_location import open_file_store
from server.storage.queries.organization.installation_secrets import (
    RATING_LINK_KEY,
    InstallationSecret,
)

STOP_SECONDS: Final = 2.0
"""Seconds for background jobs and senders to finish their step at shutdown."""
THREADS_SECONDS: Final = 0.5
"""Seconds for the database's threads to end, once everything that uses them has ended."""
logger = structlog.get_logger()
VERSION: Final = importlib.metadata.version("deskwire")


class Server:
    """A server on an open database: REST API, event stream and background jobs.

    `is_alone`: no other server is running on the database.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock = utc_now,
        *,
        is_alone: bool = False,
    ) -> None:
        self.database = database
        self._is_alone = is_alone
        self._clock = clock
        self._passwords = Passwords()
        self.stream = LiveStream(database, clock, settings.stream_advertise)
        self.desk = Desk(database, clock, self._wake_publishers, mail=bool(settings.smtp_url))
        self.timekeeper = Timekeeper(database, self.desk, clock)
        self.files = AttachmentStorage(
            database,
            open_file_store(settings.files, settings.database),
            clock,
            settings.max_attachment,
        )
        self._sweeper = FileSweeper(self.files)
        self._has_files_setting = settings.files is not None
        self._max_body = settings.max_body
        self._report_rollup = ReportRollupJob(database, self.desk, clock)
        self._indexer = SearchIndexer(database)
        self._purger = FilePurger(database)
        self._authenticator = Authenticator(database, clock, monotonic_seconds)
        self._rate_limiter = RateLimiter(settings.rate_limit, monotonic_seconds)
        self._metrics = Metrics()
        self._allow_private = settings.webhook_allow_private
        poster = WebhookClient(allow_private=self._allow_private)
        self._webhooks = WebhookSender(database, self.desk, poster, self._metrics, clock)
        self._rate_secret = InstallationSecret(database, RATING_LINK_KEY)
        self.public_url = settings.public_url or ""
        proof = SenderProof(settings.mail_authserv_id)
        self.mail_gateway = MailGateway(database, self.desk, proof, self.files)
        self._max_mail = settings.max_mail
        self._mail_ways = MailWays(self.mail_gateway, settings)
        self._mails = self._make_mail_sender(settings, clock)
        self._direct_mails = self._make_direct_mailer(settings, clock)
        self._proof = AccountProof(
            self.desk, self._passwords, self._rate_limiter, self._rate_secret, self._direct_mails
        )
        self.readiness = Readiness(database, self._find_stream_problem)
        self.web = self._build_web_app(settings)

    async def start(self, stream_endpoint: str) -> None:
        """Opens the event stream and starts the background jobs.

        Raises zmq.ZMQError, and Unavailable where the setting `--files` names no usable place.
        """
        if self._has_files_setting:
            await self.files.check()
        await self.stream.open(stream_endpoint)
        self.timekeeper.start()
        self._webhooks.start()
        if self._mails is not None:
            self._mails.start()
        self._report_rollup.start()
        self._indexer.start()
        self._purger.start()
        self._sweeper.start()

    async def open_mail(self) -> str:
        """Opens the ways in for mail, and returns the address listened on. Raises OSError."""
        return await self._mail_ways.open()

    async def close(self) -> None:
        """Stops the background jobs and senders, then the stream, then the database's threads.

        Nothing waits for a database that does not answer: unfinished work is due again at the next
        start.
        """
        stops = [self.timekeeper.stop(), self._webhooks.stop(), self._report_rollup.stop()]
        stops += [self._indexer.stop(), self._purger.stop(), self._sweeper.stop()]
        stops.append(self._mail_ways.close())
        if self._mails is not None:
            stops.append(self._mails.stop())
        if self._direct_mails is not None:
            stops.append(self._direct_mails.stop())
        await _finish_steps(stops, STOP_SECONDS)
        await self.stream.close()
        self._passwords.close()
        self.files.close()
        if not self.database.close(THREADS_SECONDS):
            logger.warning("database threads still running", reason=Fault.SILENT.value)

    def _make_mail_sender(self, settings: Settings, clock: Clock) -> MailSender | None:
        """Returns None without a mail relay: then no mail is queued and none is sent."""
        if not settings.smtp_url:
            return None
        return MailSender(
            self.database,
            self.desk,
            clock,
            self._metrics,
            relay=parse_relay_url(settings.smtp_url),
            sender=parse_sender(settings.mail_from or ""),
            public_url=lambda: self.public_url.rstrip("/"),
            is_alone=self._is_alone,
        )

    def _make_direct_mailer(self, settings: Settings, clock: Clock) -> DirectMailer | None:
        """Returns None without a mail relay: then no address can be proven."""
        if not settings.smtp_url:
            return None
        return DirectMailer(
            self.database,
            clock,
            self._rate_secret,
            relay=parse_relay_url(settings.smtp_url),
            sender=parse_sender(settings.mail_from or ""),
            public_url=lambda: self.public_url.rstrip("/"),
        )

    def _build_web_app(self, settings: Settings) -> web.Application:
        app = web.Application(
            middlewares=[
                make_error_middleware(
                    self._metrics, monotonic_seconds, CorsPolicy(settings.cors_origins)
                )
            ],
            client_max_size=settings.max_body,
        )
        app[REQUEST_TIMEOUT] = settings.request_timeout
        app[CLIENT_ADDRESSES] = ClientAddressResolver(settings.proxy_networks)
        naming = ReferenceCheck(self.database, allow_private=self._allow_private)
        dispatcher = Dispatcher(
            self._authenticator, self._rate_limiter, PathVisibilityCheck(self.database), naming
        )
        for endpoint, handler in sorted(self.map_handlers().items(), key=_route_rank):
            for url in _endpoint_urls(endpoint):
                opened = dispatcher.make_handler(endpoint, handler)
                app.router.add_route(endpoint.method, url, opened)
                if endpoint.method == "GET":
                    app.router.add_route("HEAD", url, opened)
        app.router.add_routes(
            SystemRoutes(self.readiness.find_problems, self._metrics.registry, VERSION).routes()
        )
        app.router.add_routes(ApiViewer().routes())
        rating = RatingRoutes(
            self.database, self.desk, self._rate_limiter, self._rate_secret, self._clock
        )
        app.router.add_routes(rating.routes())
        app.router.add_routes(self._make_customer_pages().routes())
        return app

    def _make_customer_pages(self) -> CustomerPageRoutes:
        return CustomerPageRoutes(
            self.database,
            self.desk,
            self._clock,
            authenticator=self._authenticator,
            rate_limiter=self._rate_limiter,
            secret=self._rate_secret,
            sign_in=PasswordSignIn(self.database, self.desk, self._passwords, self._rate_limiter),
            proof=self._proof,
            mailer=self._direct_mails,
            public_url=lambda: self.public_url,
            files=self.files,
            max_body=self._max_body,
        )

    def map_handlers(self) -> dict[Endpoint, Handler]:
        """Returns every endpoint of the table with its handler."""
        uploads = UploadReceiver(self.database, self.files, self._max_body)
        rooms = (
            SessionRoutes(
                self.database,
                self.desk,
                self._authenticator,
                self._passwords,
                self._rate_limiter,
                lambda: self.public_url,
            ),
            OrganizationRoutes(self.database, self.desk, self._authenticator),
            UserRoutes(self.database, self.desk, self._authenticator, self._passwords),
            AddressRoutes(self.database, self.desk, self._authenticator),
            TicketCommandRoutes(self.desk, uploads),
            AttachmentRoutes(self.database, self.desk, self.files, uploads),
            CustomerRoutes(
                self.database, self.desk, self._passwords, self._rate_limiter, self._proof
            ),
            LinkRevocationRoutes(self.desk),
            TicketReadRoutes(self.database, self._clock),
            ReportRoutes(self.database),
            FollowerRoutes(self.database, self.desk),
            NotificationRoutes(self.database, self.desk),
            InboxRoutes(self.database, self.desk),
            MailRoutes(self.mail_gateway, max_bytes=self._max_mail),
            HeldMailRoutes(self.database, self.desk, self.mail_gateway),
            OriginalMailRoutes(self.database),
            ParticipantRoutes(self.database, self.desk),
            MacroRoutes(self.database, self.desk, self.stream),
            DraftRoutes(self.database, self.desk, self.stream),
            SavedViewRoutes(self.database, self.desk, self.stream, self._clock),
            WatchRoutes(self.database, self.stream),
            BulkRoutes(self.database, self.desk, self._clock),
            StreamRoutes(self.desk, self.stream),
            WebhookRoutes(
                self.database,
                self.desk,
                self._webhooks.send_test_webhook,
                allow_private=self._allow_private,
            ),
        )
        served = {entry: handler for room in rooms for entry, handler in room.routes().items()}
        return {endpoint: served[endpoint] for endpoint in ENDPOINTS}

    def _wake_publishers(self, org_id: int) -> None:
        """Wakes what publishes events: something was committed for the organization."""
        self.stream.announce(org_id)
        self._webhooks.nudge(org_id)

    def _find_stream_problem(self) -> ReadinessProblem | None:
        fault = self.stream.find_fault()
        return None if fault is None else ReadinessProblem("stream-down", fault)


async def _finish_steps(steps: list[Coroutine[Any, Any, None]], seconds: float) -> None:
    """Runs all steps at once, for `seconds` at most, and logs what they raise."""
    tasks = [asyncio.create_task(step) for step in steps]
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    for task in done:
        if error := task.exception():
            logger.error("shutdown step failed", exc_info=error)


def _route_rank(route: tuple[Endpoint, Handler]) -> int:
    """Returns the sort key that puts the busiest routes first: the router tries them in order."""
    path = route[0].path
    return -path.startswith("/tickets") * 10 + path.count("/")


def _endpoint_urls(endpoint: Endpoint) -> list[str]:
    """Returns the endpoint's URLs: the organization's own has one with a last slash, too."""
    return [endpoint.url] if endpoint.path else [endpoint.url, endpoint.url + "/"]
