"""A desk that loses, moves and dies as a test tells it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import zmq
import zmq.asyncio
from aiohttp import web

from common.envelope import Envelope, EventPage, Signal
from common.organization import Organization
from common.people import Presence, Role
from common.tickets.ticket import Status
from common.wire import (
    ActorRef,
    MeView,
    Page,
    Queues,
    StreamTicket,
    TicketView,
    UserView,
)
from tests.support.feed_client import FeedClient
from tests.support.tickets import view
from tui.network.client import Client

ORG = 4821
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANA = UserView(id=102, name="Ana", role=Role.AGENT, skills=(), presence=Presence.AVAILABLE)
ME = MeView(
    org_id=ORG, id=102, email="ana@example.org", name="Ana", role=Role.AGENT, skills=(),
    capacity=10, presence=Presence.AVAILABLE, active=True,
)  # fmt: skip


def ticket(number: int, seq: int, status: Status = Status.OPEN) -> TicketView:
    return view(number, status=status, last_seq=seq)


class FakeDesk:
    """A desk in a few lines: a log, and a stream that does what a test tells it."""

    def __init__(self) -> None:
        self.log: list[Envelope] = []
        self.tickets: dict[int, TicketView] = {}
        self.generation, self.page_size, self.heartbeat_seconds = 1, 1000, 8
        self.is_signed_in = True
        self.epoch, self.refuses_beyond = "first", False
        self.asked: list[str] = []
        self.gives_pages = asyncio.Event()
        self.gives_pages.set()
        self.failing_pages = 0
        self.port = self.stream_port = 0
        self.public, self.secret = zmq.curve_keypair()

    async def start(self) -> None:
        self.context = zmq.asyncio.Context()
        self.socket = self.context.socket(zmq.PUB)
        self.socket.linger = 0
        self.socket.curve_server, self.socket.curve_secretkey = True, self.secret
        self.socket.bind(f"tcp://127.0.0.1:{self.stream_port or '*'}")
        endpoint = bytes(self.socket.get(zmq.LAST_ENDPOINT))
        self.stream_port = int(endpoint.rpartition(b":")[2])
        app = web.Application()
        app.router.add_route("*", "/v1/orgs/4821{rest:.*}", self.answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self.runner.addresses[0][1]
        self.beats = asyncio.create_task(self.beat())

    def connect(self) -> Client:
        return Client(f"http://127.0.0.1:{self.port}", ORG, "token")

    async def stop(self) -> None:
        self.beats.cancel()
        self.context.destroy(linger=0)
        await self.runner.cleanup()

    async def beat(self) -> None:
        while True:
            await self.send(Signal(ORG, self.seq, "heartbeat", NOW, self.epoch), "heartbeat")
            await asyncio.sleep(0.1)  # the interval of heartbeats

    @property
    def seq(self) -> int:
        return len(self.log)

    async def send(self, message: Any, kind: str = "ticket", payload: bytes | None = None) -> None:
        topic = f"{ORG}/{self.generation}/{kind}".encode()
        await self.socket.send_multipart([topic, payload or msgspec.json.encode(message)])

    def record(self, number: int, status: Status = Status.OPEN) -> Envelope:
        seq = self.seq + 1
        old = self.tickets.get(number)
        self.tickets[number] = ticket(number, seq, status)
        envelope = Envelope(
            org=ORG, epoch=self.epoch, seq=seq, at=NOW, actor=ActorRef(102, Role.AGENT, "Ana"),
            type="ticket.updated" if old else "ticket.created", ticket=self.tickets[number],
            changes={"status": (old.status, status)} if old else {},
        )  # fmt: skip
        self.log.append(envelope)
        return envelope

    async def happen(self, number: int, status: Status = Status.OPEN) -> None:
        await self.send(self.record(number, status))

    async def answer(self, request: web.Request) -> web.Response:
        rest = request.match_info["rest"]
        self.asked.append(rest)
        if not self.is_signed_in:
            return web.json_response({"type": "/problems/unauthenticated"}, status=401)
        if self.refuses_beyond and int(request.query.get("after", 0)) > self.seq:
            return web.json_response({"type": "/problems/log-changed"}, status=410)
        if "cursor" in request.query:
            await self.gives_pages.wait()
            if self.failing_pages:
                self.failing_pages -= 1
                return web.json_response({"type": "/problems/overloaded"}, status=503)
        body = msgspec.json.encode(self.read(rest, request))
        return web.Response(body=body, content_type="application/json")

    def read(self, rest: str, request: web.Request) -> Any:
        if rest == "/stream":
            endpoint = f"tcp://127.0.0.1:{self.stream_port}"
            topic = f"{ORG}/{self.generation}/"
            return StreamTicket(
                endpoint, self.public.decode(), topic, self.seq, self.heartbeat_seconds, self.epoch
            )
        if rest == "/tickets":
            start = int(request.query.get("cursor", 0))
            found = [t for t in self.tickets.values() if t.status in request.query.getall("status")]
            end = start + self.page_size
            return Page(found[start:end], str(end) if found[end:] else None, self.seq)
        if rest == "/events":
            after, limit = int(request.query["after"]), int(request.query["limit"])
            return EventPage(self.log[after : after + limit], self.seq, self.epoch)
        answers = {
            "/me": ME,
            "": Organization(org_id=ORG, name="Test"),
            "/users": Page([ANA], None, self.seq),
            "/queues": self.queues(),
        }
        return answers[rest]

    def restore(self, numbers: int) -> None:
        """An older backup, after which as many other tickets have been filed."""
        self.epoch = "after the restore"
        self.log.clear()
        self.tickets.clear()
        for number in range(101, 101 + numbers):
            self.record(number)

    def queues(self) -> Queues:
        standing = [ticket.status for ticket in self.tickets.values()]
        counts = {str(status): standing.count(status) for status in Status}
        return msgspec.convert(counts | {"mine": 0, "unassigned": 0, "seq": self.seq}, Queues)


async def agree(follower: FeedClient, desk: FakeDesk) -> None:
    """Waits until the client's store believes what the desk knows."""
    await follower.until(lambda: follower.store.seq == desk.seq)
    assert follower.store.tickets == desk.tickets
    assert follower.store.queue_counts.open == desk.queues().open
