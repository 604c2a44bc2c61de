"""The feed against a desk that loses, lies, moves, freezes and dies: it heals by itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from common.envelope import Signal
from common.tickets.ticket import Status
from tests.support.feed_desk import NOW, ORG, Desk, Station, ticket
from tests.support.waiting import eventually
from tui import clock
from tui.network import feed as feed_module
from tui.network.feed import ConnectionPhase


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


async def test_heartbeats_tell_the_desks_clock(station: Station) -> None:
    await station.live()

    async def is_heard() -> bool:
        return station.client.server_clock.has_heartbeats

    await eventually(is_heard)
    offset = station.client.server_clock.offset
    assert offset is not None
    assert abs(clock.read_steady_clock() + offset - NOW.timestamp()) < 60


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
    [("heartbeat", "presence"), ("notification.created", "user/102"), ("new", "user/102")],
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
    # What comes over the stream shows that the subscription is there: a signal is said once.
    await desk.happen(3)
    await station.true()
    moved, before = Signal(ORG, desk.seq, "stream.moved", NOW, desk.epoch), len(station.states)
    await desk.say(moved, "heartbeat")
    desk.generation = 2
    desk.record(4)
    # It was live all the time: what tells is that it has caught up on the new stream.
    await station.until(lambda: len(station.states) >= before + 2)
    await station.live()
    await desk.happen(5)
    await station.true()
    assert [s for s in station.states if s.connection is ConnectionPhase.OFFLINE] == []


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
    await desk.say(Signal(ORG, desk.seq, "stream.moved", NOW, desk.epoch), "heartbeat")
    await station.until(lambda: station.feed.state.connection is ConnectionPhase.SIGNED_OUT)


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


@pytest.mark.parametrize("numbers", [1, 3, 40])
async def test_a_restored_desk_is_believed_however_far_its_new_history_has_grown(
    desk: Desk, station: Station, numbers: int
) -> None:
    await station.live()
    await desk.stop()
    await station.offline()
    desk.restore(numbers)
    await desk.start()
    await station.until(lambda: 101 in station.store.tickets)
    await station.true()
    assert station.store.epoch == desk.epoch


async def test_another_log_is_noticed_at_a_heartbeat(desk: Desk, station: Station) -> None:
    await station.live()
    desk.restore(3)
    await station.until(lambda: 101 in station.store.tickets)
    await station.true()


async def test_another_log_is_noticed_at_an_event(desk: Desk, station: Station) -> None:
    desk.beats.cancel()
    await station.live()
    desk.restore(3)
    await desk.happen(104)
    await station.until(lambda: 104 in station.store.tickets)
    await station.true()


async def test_a_log_that_does_not_reach_that_far_is_read_anew(
    desk: Desk, station: Station
) -> None:
    await station.live()
    await desk.stop()
    await station.offline()
    desk.refuses_beyond = True
    del desk.log[1:], desk.tickets[2], desk.tickets[3]
    await desk.start()
    await station.until(lambda: station.store.seq == 1)
    await station.true()


async def test_a_resync_begins_anew(desk: Desk, station: Station) -> None:
    await station.live()
    desk.asked.clear()
    station.feed.resync()
    await station.until(lambda: "/tickets" in desk.asked)
    await station.until(lambda: station.states[-1].connection is ConnectionPhase.LIVE)
    assert [s for s in station.states if s.connection is ConnectionPhase.OFFLINE] == []
    await station.true()
