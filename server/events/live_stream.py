"""The live stream for the rest of the server: its address, its listeners, and nudges."""

import zmq

from common import topics
from common.drafts import DraftRef
from common.watching import WatchView
from server.clock import Clock
from server.events.live_signals import LiveSignal
from server.events.publisher import Publisher
from server.events.stream_access import StreamGateway
from server.storage.engine.database import Database
from server.storage.queries.organization import stream_clients
from server.storage.queries.organization.stream_clients import Listener, StreamOpening

_SECRET_NAME = "stream-curve-secret-key"  # noqa: S105 - the name of a row


class LiveStream:
    """The publisher and its socket, with the installation's own key."""

    def __init__(self, database: Database, clock: Clock, advertised: str | None) -> None:
        self._database = database
        self._publisher = Publisher(database, clock)
        self._advertised = advertised
        self._gateway: StreamGateway | None = None
        self.endpoint = ""
        self.public_key = ""

    async def open(self, endpoint: str) -> None:
        """Binds the socket. Raises zmq.ZMQError where the endpoint is taken or not valid."""
        _, fresh = zmq.curve_keypair()
        secret = await self._database.write(
            lambda writing: stream_clients.read_or_create_secret(
                writing, _SECRET_NAME, fresh.decode()
            )
        )
        self.public_key = zmq.curve_public(secret.encode()).decode()
        self._gateway = await self._publisher.open(endpoint, secret.encode())
        self.endpoint = self._advertised or self._gateway.endpoint

    async def close(self) -> None:
        await self._publisher.close()

    @property
    def bound_endpoint(self) -> str:
        """The endpoint with its port; empty before `open`."""
        return self._gateway.endpoint if self._gateway else ""

    def find_fault(self) -> str | None:
        """Returns what keeps events from clients, as a sentence; None where nothing does."""
        if not self.bound_endpoint:
            return "The event stream is not bound."
        if not self._publisher.is_running:
            return "The publisher of events has ended: restart the server."
        return None

    def announce(self, org_id: int) -> None:
        """Publishes soon what was committed here for an organization, on every server."""
        self._publisher.announce(org_id)

    def publish_watch(self, org_id: int, watch: WatchView) -> None:
        """Tells an organization's clients who is at a ticket."""
        self._publisher.publish_signal(LiveSignal(org_id, topics.TICKET_WATCHED, watch=watch))

    def publish_draft(self, org_id: int, user_id: int, draft: DraftRef) -> None:
        """Tells a person's clients, and nobody else's, of a draft."""
        signal = LiveSignal(org_id, topics.DRAFT_CHANGED, user_id, draft=draft)
        self._publisher.publish_signal(signal)

    def publish_own_macros(self, org_id: int, user_id: int) -> None:
        """Tells a person's clients, and nobody else's, that the person's own macros changed."""
        self._publisher.publish_signal(LiveSignal(org_id, topics.MACROS_CHANGED, user_id))

    def publish_own_views(self, org_id: int, user_id: int) -> None:
        """Tells a person's clients, and nobody else's, that the person's own views changed."""
        self._publisher.publish_signal(LiveSignal(org_id, topics.VIEWS_CHANGED, user_id))

    def admit_listener(self, listener: Listener, opening: StreamOpening) -> int:
        """Admits a client that knows the log so far; returns its generation of the stream."""
        return self._publisher.admit_listener(listener, opening)
