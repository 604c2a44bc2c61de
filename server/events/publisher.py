"""Publishes events: reads the log of each organization, and sends what is new.

Only committed events are read, so a nudge is only a hint. Other servers on the same PostgreSQL send
hints, too (`CommitChannel`). The publisher also looks every half second by itself, and so finds
events of which it was told nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from common import topics
from common.envelope import Envelope, Signal
from common.errors import Unavailable
from common.people import SUPERVISORS
from server.clock import Clock
from server.domain.epochs import decode_epochs
from server.events.live_signals import LiveSignal, decode_live_signal, encode_live_signal
from server.events.stream_access import StreamGateway
from server.monitoring.incident_log import IncidentLog
from server.rendering import views
from server.storage.engine.commit_channel import CommitChannel
from server.storage.engine.database import Database
from server.storage.engine.statement import CombinedStatement
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import event_log
from server.storage.queries.organization import organizations, stream_clients
from server.storage.queries.organization.log_epochs import LogHead, read_heads
from server.storage.queries.organization.stream_clients import Listener, StreamOpening
from server.storage.queries.outgoing import notifications
from server.storage.queries.person import recipients
from server.storage.queries.person.name_resolver import NameResolver

POLL_SECONDS: Final = 0.5
HEARTBEAT_INTERVAL_SECONDS: Final = topics.HEARTBEAT_SECONDS / 2
"""Twice as often as promised: the first beat comes in time, however late one subscribes."""
_BATCH_SIZE: Final = 500
_FINAL_PUBLISH_SECONDS: Final = 1.0
"""For what is committed to be published at the end; clients catch up over REST on the rest."""
_UNPUBLISHED_STATEMENTS: Final = CombinedStatement(
    event_log.EVENTS_AFTER,
    organizations.STREAM_STATE,
    notifications.NOTIFIED_PEOPLE,
    notifications.SUPERVISED_ACTORS,
)
_encode = msgspec.json.Encoder().encode
log = structlog.get_logger()


class _Unpublished(Struct, frozen=True):
    """The result of one look at an organization."""

    envelopes: list[Envelope]
    notified_user_ids: list[int]
    """People who were notified in person (customers too, who have no stream), or as supervisors."""
    generation: int
    epoch: str
    listeners: list[Listener]


class Publisher:
    """Publishes the events of every organization that has a listener."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._gateway: StreamGateway | None = None
        self._published_seqs: dict[int, int] = {}
        self._epochs: dict[int, str] = {}
        """The identity of each log, as of what was said last."""
        self._active_orgs: set[int] = set()
        self._names: dict[int, NameResolver] = {}
        self._nudged: set[int] = set()
        self._new_orgs: set[int] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._listening: asyncio.Task[None] | None = None
        self._incidents = IncidentLog()

    async def open(self, endpoint: str, secret_key: bytes) -> StreamGateway:
        """Binds the stream, with the clients and generations as they were left."""
        gateway = StreamGateway(secret_key, self._start_organization)
        heads = await self._database.read_snapshot(read_heads)
        self._published_seqs = {head.org_id: head.seq for head in heads}
        self._epochs = {head.org_id: head.epoch for head in heads}
        generations = {head.org_id: head.generation for head in heads}
        gateway.replace_listeners(
            await self._database.read_snapshot(stream_clients.list_all_listeners), generations
        )
        gateway.open(endpoint)
        self._gateway = gateway
        self._tasks = [
            asyncio.create_task(self._repeat_forever(self._publish_nudged), name="tail"),
            asyncio.create_task(self._repeat_forever(self._poll_log_heads), name="look"),
            asyncio.create_task(self._repeat_forever(self._send_heartbeats), name="heartbeat"),
        ]
        channel = self._database.commit_channel
        if channel is not None:
            self._listening = asyncio.create_task(self._hear_commits(channel), name="hints")
        return gateway

    async def close(self) -> None:
        """Says what is committed, then falls silent."""
        for task in filter(None, (*self._tasks, self._listening)):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        try:
            async with asyncio.timeout(_FINAL_PUBLISH_SECONDS):
                await self._publish_organizations(self._active_orgs)
        except (TimeoutError, Unavailable) as error:
            log.warning("last events not published", reason=str(error) or "no answer")
        finally:
            if self._gateway is not None:
                self._gateway.close()

    @property
    def is_running(self) -> bool:
        """Returns whether every task that publishes is alive."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    @property
    def gateway(self) -> StreamGateway:
        """The socket's gateway. Raises RuntimeError before `open`."""
        if self._gateway is None:
            raise RuntimeError("the stream is not open")
        return self._gateway

    def nudge(self, org_id: int) -> None:
        """Publishes soon what may have been committed for an organization."""
        if org_id in self._active_orgs:
            self._nudged.add(org_id)
            self._wake.set()

    def announce(self, org_id: int) -> None:
        """Publishes soon what was committed here for an organization, on every server."""
        self.nudge(org_id)
        if self._database.commit_channel is not None:
            self._database.commit_channel.announce_commit(org_id)

    def admit_listener(self, listener: Listener, opening: StreamOpening) -> int:
        """Admits a client that knows the log so far; returns its generation of the stream.

        Where the opening's generation is older than the present one, the client was admitted to the
        newer one already, or its session has ended since.
        """
        org_id = listener.org_id
        if opening.generation > self.gateway.current_generation(org_id):
            self._move_stream(org_id, opening.generation, opening.listeners)
        elif opening.generation == self.gateway.current_generation(org_id):
            self.gateway.add_listener(listener)
        if org_id not in self._active_orgs:
            self._published_seqs[org_id], self._epochs[org_id] = opening.seq, opening.epoch
            self._active_orgs.add(org_id)
        self.nudge(org_id)
        return self.gateway.current_generation(org_id)

    def _start_organization(self, org_id: int) -> None:
        """Starts to publish for a first listener; a heartbeat shows it what it missed."""
        self._active_orgs.add(org_id)
        self._published_seqs.setdefault(org_id, 0)
        self._epochs.setdefault(org_id, "")
        self._new_orgs.add(org_id)
        self._wake.set()

    async def _repeat_forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception as error:  # noqa: BLE001 - whatever it was, the stream goes on
                # The database may be away for a while: it is reported where it is asked.
                if not isinstance(error, Unavailable):
                    self._incidents.report_failure("publisher failed", type(error), exc_info=error)
                await asyncio.sleep(POLL_SECONDS)

    async def _hear_commits(self, channel: CommitChannel) -> None:
        """Publishes soon what other servers have committed."""
        await channel.listen(self.nudge, self._hear_signal)
        log.info(
            "events of other servers are polled",
            reason="a pooler cannot LISTEN",
            seconds=POLL_SECONDS,
        )

    async def _publish_nudged(self) -> None:
        """Publishes for the organizations that were nudged, and sends new listeners a heartbeat."""
        await self._wake.wait()
        self._wake.clear()
        nudged, self._nudged = self._nudged, set()
        new_orgs, self._new_orgs = self._new_orgs, set()
        await self._publish_organizations(nudged)
        for org_id in new_orgs:
            self._send_signal(org_id, topics.HEARTBEAT)

    async def _poll_log_heads(self) -> None:
        """Nudges where another process has written, or has ended a session."""
        await asyncio.sleep(POLL_SECONDS)
        for head in await self._database.read_snapshot(read_heads):
            org_id = head.org_id
            moved = head.generation > self.gateway.current_generation(org_id)
            if org_id not in self._active_orgs:
                # The first subscriber gets what comes from then on, not all since the start.
                self._published_seqs[org_id], self._epochs[org_id] = head.seq, head.epoch
            elif head.epoch != self._epochs[org_id]:
                self._switch_log(head)
            if moved:
                await self._publish_batch(org_id)
            elif head.seq > self._published_seqs[org_id]:
                self.nudge(org_id)

    def _switch_log(self, head: LogHead) -> None:
        """Continues with another log (a restored one), and sends its epoch to clients at once."""
        self._published_seqs[head.org_id], self._epochs[head.org_id] = head.seq, head.epoch
        self._names.pop(head.org_id, None)
        self._send_signal(head.org_id, topics.HEARTBEAT)

    async def _publish_organizations(self, org_ids: set[int]) -> None:
        for org_id in org_ids & self._active_orgs:
            while await self._publish_batch(org_id):
                pass

    async def _publish_batch(self, org_id: int) -> bool:
        """Publishes a batch; answers whether there may be more."""
        published_seq, names = (
            self._published_seqs[org_id],
            self._names.setdefault(org_id, NameResolver(org_id)),
        )
        unpublished = await self._database.read_one_or_few(
            lambda reading: _load_unpublished(
                reading, org_id, published_seq, names, self.gateway.current_generation(org_id)
            ),
        )
        if unpublished.epoch != self._epochs[org_id]:
            return False  # the next look finds the whole log to be another one
        for envelope in unpublished.envelopes:
            topic = topics.build_event_topic(
                org_id, self.gateway.current_generation(org_id), envelope.type
            )
            self._send_message(topic, _encode(envelope))
            self._published_seqs[org_id] = envelope.seq
        for user_id in unpublished.notified_user_ids:
            self._send_user_signal(org_id, user_id)
        if unpublished.generation > self.gateway.current_generation(org_id):
            self._move_stream(org_id, unpublished.generation, unpublished.listeners)
        return len(unpublished.envelopes) == _BATCH_SIZE

    def _move_stream(self, org_id: int, generation: int, listeners: list[Listener]) -> None:
        """Says where the stream goes on, then goes on where the revoked are not admitted."""
        if org_id in self._active_orgs:
            self._send_signal(org_id, topics.STREAM_MOVED)
        self.gateway.start_generation(org_id, generation, listeners)

    async def _send_heartbeats(self) -> None:
        # A copy: sending may let somebody in, whose organization is then published too.
        for org_id in tuple(self._active_orgs):
            self._send_signal(org_id, topics.HEARTBEAT)
        await asyncio.sleep(HEARTBEAT_INTERVAL_SECONDS)

    def publish_signal(self, signal: LiveSignal) -> None:
        """Sends a signal at once to the clients of this server and of all others."""
        self._send_live_signal(signal)
        if self._database.commit_channel is not None:
            self._database.commit_channel.announce_signal(encode_live_signal(signal))

    def _hear_signal(self, text: str) -> None:
        signal = decode_live_signal(text)
        if signal is not None:
            self._send_live_signal(signal)

    def _send_live_signal(self, signal: LiveSignal) -> None:
        org_id = signal.org_id
        if org_id not in self._active_orgs:
            return
        generation = self.gateway.current_generation(org_id)
        topic = (
            topics.build_user_topic(org_id, generation, signal.user_id)
            if signal.user_id
            else topics.build_event_topic(org_id, generation, signal.type)
        )
        message = Signal(
            org_id,
            self._published_seqs[org_id],
            signal.type,
            self._clock(),
            self._epochs[org_id],
            signal.watch,
            signal.draft,
        )
        self._send_message(topic, _encode(message))

    def _send_signal(self, org_id: int, type_: str) -> None:
        topic = topics.build_event_topic(
            org_id, self.gateway.current_generation(org_id), topics.HEARTBEAT
        )
        self._send_message(topic, self._encode_signal(org_id, type_))

    def _send_user_signal(self, org_id: int, user_id: int) -> None:
        topic = topics.build_user_topic(org_id, self.gateway.current_generation(org_id), user_id)
        self._send_message(topic, self._encode_signal(org_id, topics.NOTIFICATION_CREATED))

    def _encode_signal(self, org_id: int, type_: str) -> bytes:
        seq, epoch = self._published_seqs[org_id], self._epochs[org_id]
        return _encode(Signal(org_id, seq, type_, self._clock(), epoch))

    def _send_message(self, topic: str, payload: bytes) -> None:
        self.gateway.send(topic, payload)
        # Sending may swallow the wake-up for a subscription that came meanwhile.
        self.gateway.read_subscriptions()


def _load_unpublished(
    reading: ReadTransaction, org_id: int, published_seq: int, names: NameResolver, generation: int
) -> _Unpublished:
    rows, ((now, epochs),), in_person, to_supervisors = reading.fetch_combined(
        _UNPUBLISHED_STATEMENTS, org_id=org_id, after=published_seq, limit=_BATCH_SIZE
    )
    epoch = decode_epochs(epochs).current
    envelopes = [
        views.render_envelope(reading, event_log.entry_from_row(row), names, epoch) for row in rows
    ]
    listeners = stream_clients.list_listeners(reading, org_id) if now != generation else []
    notified_ids = [row[0] for row in in_person]
    if to_supervisors:
        notified_ids += _supervisors_to_notify(reading, org_id, {row[0] for row in to_supervisors})
    # Once for each: it is a hint to look, and not a notice.
    return _Unpublished(envelopes, list(dict.fromkeys(notified_ids)), now, epoch, listeners)


def _supervisors_to_notify(
    reading: ReadTransaction, org_id: int, actors: set[int | None]
) -> list[int]:
    """Returns the supervisors, but none for actions that were all their own."""
    agents = recipients.list_agent_addressees(reading, org_id, with_wishes=False)
    return [it.id for it in agents if it.role in SUPERVISORS and actors != {it.id}]
