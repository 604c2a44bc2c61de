"""The feed against a desk that loses, lies, moves, freezes and dies: it heals by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import zmq
import zmq.asyncio
from aiohttp import web
from msgspec import UNSET
from msgspec.structs import replace

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
from tests.support.tickets import view
from tui import feed as feed_module
from tui.client import Client
from tui.feed import Connection, ConnectionState, Feed
from tui.store import Store

ORG = 4821
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANA = UserView(id=102, name="Ana", role=Role.AGENT, skills=(), presence=Presence.AVAILABLE)
ME = MeView(
    org_id=ORG, id=102, email="ana@example.org", name="Ana", role=Role.AGENT, skills=(),
    capacity=10, presence=Presence.AVAILABLE, active=True,
)  # fmt: skip


def ticket(number: int, seq: int, status: Status = Status.OPEN) -> TicketView:
    return view(number, status=status, last_seq=seq)


class Desk:
    """A desk in a few lines: a log, and a stream that does what a test tells it."""

    def __init__(self) -> None:
        self.log: list[Envelope] = []
        self.tickets: dict[int, TicketView] = {}
        self.generation, self.page_size, self.heartbeat_seconds = 1, 1000, 8
        self.is_signed_in = True
        self.asked: list[str] = []
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

    async def stop(self) -> None:
        self.beats.cancel()
        self.context.destroy(linger=0)
        await self.runner.cleanup()

    async def beat(self) -> None:
        while True:
            await self.say(Signal(ORG, self.seq, "heartbeat", NOW), "heartbeat")
            await asyncio.sleep(0.1)

    @property
    def seq(self) -> int:
        return len(self.log)

    async def say(self, told: Any, kind: str = "ticket", payload: bytes | None = None) -> None:
        topic = f"{ORG}/{self.generation}/{kind}".encode()
        await self.socket.send_multipart([topic, payload or msgspec.json.encode(told)])

    def record(self, number: int, status: Status = Status.OPEN) -> Envelope:
        seq = self.seq + 1
        old = self.tickets.get(number)
        self.tickets[number] = ticket(number, seq, status)
        envelope = Envelope(
            org=ORG, seq=seq, at=NOW, actor=ActorRef(102, Role.AGENT, "Ana"),
            type="ticket.updated" if old else "ticket.created", ticket=self.tickets[number],
            changes={"status": (old.status, status)} if old else {},
        )  # fmt: skip
        self.log.append(envelope)
        return envelope

    async def happen(self, number: int, status: Status = Status.OPEN) -> None:
        await self.say(self.record(number, status))

    async def answer(self, request: web.Request) -> web.Response:
        rest = request.match_info["rest"]
        self.asked.append(rest)
        if not self.is_signed_in:
            return web.json_response({"type": "/problems/unauthenticated"}, status=401)
        body = msgspec.json.encode(self.read(rest, request))
        return web.Response(body=body, content_type="application/json")

    def read(self, rest: str, request: web.Request) -> Any:
        if rest == "/stream":
            endpoint = f"tcp://127.0.0.1:{self.stream_port}"
            topic = f"{ORG}/{self.generation}/"
            return StreamTicket(
                endpoint, self.public.decode(), topic, self.seq, self.heartbeat_seconds
            )
        if rest == "/tickets":
            start = int(request.query.get("cursor", 0))
            found = [t for t in self.tickets.values() if t.status in request.query.getall("status")]
            end = start + self.page_size
            return Page(found[start:end], str(end) if found[end:] else None, self.seq)
        if rest == "/events":
            after, limit = int(request.query["after"]), int(request.query["limit"])
            return EventPage(self.log[after : after + limit], self.seq)
        answers = {
            "/me": ME,
            "": Organization(org_id=ORG, name="Test"),
            "/users": Page([ANA], None, self.seq),
            "/queues": self.queues(),
        }
        return answers[rest]

    def queues(self) -> Queues:
        standing = [ticket.status for ticket in self.tickets.values()]
        counts = {str(status): standing.count(status) for status in Status}
        return msgspec.convert(counts | {"mine": 0, "unassigned": 0, "seq": self.seq}, Queues)


class Station:
    """A client's feed and store, and everything that they told."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.store = desk, Store()
        self.states: list[ConnectionState] = []
        self.told = asyncio.Event()
        self.client = Client(f"http://127.0.0.1:{desk.port}", ORG, "token")
        self.feed = Feed(self.client, self.store, self.hear)
        self.store.subscribe(lambda _: self.told.set())

    def hear(self, state: ConnectionState) -> None:
        self.states.append(state)
        self.told.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                self.told.clear()
                await self.told.wait()

    async def live(self) -> None:
        await self.until(lambda: self.feed.state.connection is Connection.LIVE)

    async def offline(self) -> None:
        await self.until(lambda: self.feed.state.connection is Connection.OFFLINE)

    async def true(self) -> None:
        """Wait until the store believes what the desk knows."""
        await self.until(lambda: self.store.seq == self.desk.seq)
        assert self.store.tickets == self.desk.tickets
        assert self.store.counts.open == self.desk.queues().open


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    for number in range(1, 4):
        desk.record(number)
    await desk.start()
    yield desk
    await desk.stop()


@pytest.fixture
async def station(desk: Desk) -> AsyncIterator[Station]:
    station = Station(desk)
    running = asyncio.create_task(station.feed.run())
    yield station
    running.cancel()
    await asyncio.wait({running})
    await station.client.close()
    assert running.cancelled() or running.exception() is None


async def test_what_happens_arrives(desk: Desk, station: Station) -> None:
    await station.live()
    await desk.happen(4)
    await station.true()
    assert [state.connection for state in station.states] == ["connecting", "catching_up", "live"]


async def test_a_first_page_is_shown_before_the_others_come(desk: Desk, station: Station) -> None:
    desk.page_size = 2
    shown: list[int] = []
    station.store.subscribe(lambda _: shown.append(len(station.store.tickets)))
    await station.live()
    assert shown == [2, 3]


async def test_a_lost_event_is_noticed_at_the_next_one(desk: Desk, station: Station) -> None:
    await station.live()
    desk.record(4)
    desk.record(1, Status.RESOLVED)
    await desk.happen(5)
    await station.true()


async def test_a_lost_last_event_is_noticed_at_a_heartbeat(desk: Desk, station: Station) -> None:
    await station.live()
    desk.record(4)
    await station.true()


async def test_a_huge_gap_is_healed_by_a_snapshot(
    desk: Desk, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "_HUGE", 10)
    desk.page_size = 4
    await station.live()
    for number in range(4, 24):
        desk.record(number)
    desk.asked.clear()
    await station.true()
    assert desk.asked.count("/tickets") == 6


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"org": 4821, "seq": "x"}', b"null"],
)
async def test_a_message_that_cannot_be_read_stops_nothing(
    desk: Desk, station: Station, payload: bytes
) -> None:
    await station.live()
    await desk.say(None, payload=payload)
    await desk.happen(4)
    await station.true()


async def test_an_event_of_a_newer_server_is_passed_over(desk: Desk, station: Station) -> None:
    await station.live()
    odd = replace(desk.record(4), changes={"status": ({"x": 1}, ["y"])})
    desk.log[-1] = odd
    await desk.say(odd)
    desk.log.append(replace(odd, seq=desk.seq + 1, type="ticket.sung", user=UNSET))
    await desk.say(desk.log[-1])
    await desk.happen(5)
    await station.until(lambda: station.store.seq == desk.seq)
    assert 5 in station.store.tickets


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("ticket.watched", "presence"), ("notification.created", "user/102"), ("new", "user/102")],
)
async def test_what_is_no_part_of_the_log_is_not_taken_for_the_event_of_its_number(
    desk: Desk, station: Station, type_: str, kind: str
) -> None:
    await station.live()
    envelope = replace(desk.record(4), type=type_, ticket=UNSET)
    await desk.say(envelope, kind)
    await station.true()


async def test_another_organizations_event_is_not_taken(desk: Desk, station: Station) -> None:
    await station.live()
    foreign = replace(desk.record(4), org=9999, ticket=ticket(666, 1))
    await desk.say(foreign)
    await station.true()


async def test_a_moved_stream_is_followed(desk: Desk, station: Station) -> None:
    await station.live()
    moved, before = Signal(ORG, desk.seq, "stream.moved", NOW), len(station.states)
    await desk.say(moved, "heartbeat")
    desk.generation = 2
    desk.record(4)
    # It was live all the time: what tells is that it has caught up on the new stream.
    await station.until(lambda: len(station.states) >= before + 2)
    await station.live()
    await desk.happen(5)
    await station.true()
    assert [s for s in station.states if s.connection is Connection.OFFLINE] == []


async def test_while_the_desk_is_away_the_list_stays_and_then_catches_up(
    desk: Desk, station: Station
) -> None:
    await station.live()
    await desk.stop()
    await station.offline()
    assert station.feed.state.retry_in is not None
    assert len(station.store.tickets) == 3
    desk.record(4)
    await desk.start()
    await station.live()
    await station.true()
    await desk.happen(5)
    await station.true()


async def test_a_desk_that_falls_silent_counts_as_away(desk: Desk, station: Station) -> None:
    await station.live()
    desk.heartbeat_seconds = 1
    station.feed.resync()
    await station.until(lambda: desk.asked.count("/stream") > 1)
    await station.live()
    desk.beats.cancel()
    await station.offline()
    assert station.feed.state.reason == "The stream is silent."


async def test_an_ended_session_ends_the_feed(desk: Desk, station: Station) -> None:
    await station.live()
    desk.is_signed_in = False
    await desk.say(Signal(ORG, desk.seq, "stream.moved", NOW), "heartbeat")
    await station.until(lambda: station.feed.state.connection is Connection.SIGNED_OUT)


async def test_a_desk_restored_from_an_older_backup_is_believed(
    desk: Desk, station: Station
) -> None:
    await station.live()
    await desk.stop()
    await station.offline()
    del desk.log[1:], desk.tickets[2], desk.tickets[3]
    await desk.start()
    await station.until(lambda: station.store.seq == 1)
    await station.true()


async def test_a_resync_begins_anew(desk: Desk, station: Station) -> None:
    await station.live()
    desk.asked.clear()
    station.feed.resync()
    await station.until(lambda: "/tickets" in desk.asked)
    await station.until(lambda: station.states[-1].connection is Connection.LIVE)
    assert [s for s in station.states if s.connection is Connection.OFFLINE] == []
    await station.true()
