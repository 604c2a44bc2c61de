"""The feed against a desk that loses, lies, moves, freezes and dies: it heals by itself."""

from collections.abc import AsyncIterator

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from common.envelope import Signal
from common.tickets.ticket import Status
from tests.support.feed_client import FeedClient, following
from tests.support.feed_desk import NOW, ORG, FakeDesk, agree, ticket
from tests.support.waiting import eventually
from tui import clock
from tui.network import feed as feed_module
from tui.network.feed import ConnectionPhase


@pytest.fixture
async def desk() -> AsyncIterator[FakeDesk]:
    desk = FakeDesk()
    for number in range(1, 4):
        desk.record(number)
    await desk.start()
    yield desk
    await desk.stop()


@pytest.fixture
async def follower(desk: FakeDesk) -> AsyncIterator[FeedClient]:
    async with following(desk.connect()) as follower:
        yield follower


async def hear(follower: FeedClient) -> None:
    """Waits until the subscription is there: what a desk says once, before it, is lost."""
    await follower.live()

    async def is_heard() -> bool:
        return follower.client.server_clock.has_heartbeats

    await eventually(is_heard)


async def test_what_happens_arrives(desk: FakeDesk, follower: FeedClient) -> None:
    await follower.live()
    await desk.happen(4)
    await agree(follower, desk)
    assert [state.connection for state in follower.states] == ["connecting", "catching_up", "live"]


async def test_heartbeats_tell_the_desks_clock(follower: FeedClient) -> None:
    await hear(follower)
    offset = follower.client.server_clock.offset
    assert offset is not None
    assert abs(clock.read_steady_clock() + offset - NOW.timestamp()) < 60


async def test_a_first_page_is_live_before_the_others_come(
    desk: FakeDesk, follower: FeedClient
) -> None:
    desk.page_size = 2
    desk.gives_pages.clear()
    await follower.reach(ConnectionPhase.LIVE)
    await desk.happen(4)
    await desk.happen(2)
    await follower.until(lambda: follower.store.seq == desk.seq)
    assert not follower.store.is_whole
    assert sorted(follower.store.tickets) == [1, 2, 4]
    desk.gives_pages.set()
    await follower.live()
    await agree(follower, desk)
    assert follower.store.queue_counts.unassigned == 4


async def test_a_later_page_that_fails_is_read_again_with_all_others(
    desk: FakeDesk, follower: FeedClient
) -> None:
    desk.page_size, desk.failing_pages = 1, 2
    await follower.live()
    await agree(follower, desk)
    assert ConnectionPhase.OFFLINE in [state.connection for state in follower.states]


async def test_a_lost_event_is_noticed_at_the_next_one(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await follower.live()
    desk.record(4)
    desk.record(1, Status.RESOLVED)
    await desk.happen(5)
    await agree(follower, desk)


async def test_a_lost_last_event_is_noticed_at_a_heartbeat(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await follower.live()
    desk.record(4)
    await agree(follower, desk)


async def test_a_huge_gap_is_healed_by_a_snapshot(
    desk: FakeDesk, follower: FeedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "_FEW_EVENTS", 10)
    desk.page_size = 4
    await follower.live()
    for number in range(4, 24):
        desk.record(number)
    desk.asked.clear()
    await agree(follower, desk)
    assert desk.asked.count("/tickets") == 6
    assert desk.asked[0] == "/tickets"  # no page of events first, which the snapshot replaces


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\xfe", b"[" * 100_000, b"{}", b'{"org": 4821, "seq": "x"}', b"null"],
)
async def test_a_message_that_cannot_be_read_stops_nothing(
    desk: FakeDesk, follower: FeedClient, payload: bytes
) -> None:
    await hear(follower)
    await desk.send(None, payload=payload)
    await desk.happen(4)
    await agree(follower, desk)


async def test_an_event_of_a_newer_server_is_passed_over(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await hear(follower)
    odd = replace(desk.record(4), changes={"status": ({"x": 1}, ["y"])})
    desk.log[-1] = odd
    await desk.send(odd)
    desk.log.append(replace(odd, seq=desk.seq + 1, type="ticket.sung", user=UNSET))
    await desk.send(desk.log[-1])
    await desk.happen(5)
    await follower.until(lambda: follower.store.seq == desk.seq)
    assert 5 in follower.store.tickets


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("heartbeat", "presence"), ("notification.created", "user/102"), ("new", "user/102")],
)
async def test_what_is_no_part_of_the_log_is_not_taken_for_the_event_of_its_number(
    desk: FakeDesk, follower: FeedClient, type_: str, kind: str
) -> None:
    await hear(follower)
    envelope = replace(desk.record(4), type=type_, ticket=UNSET)
    await desk.send(envelope, kind)
    await agree(follower, desk)


async def test_another_organizations_event_is_not_taken(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await hear(follower)
    foreign = replace(desk.record(4), org=9999, ticket=ticket(666, 1))
    await desk.send(foreign)
    await agree(follower, desk)


async def test_a_moved_stream_is_followed(desk: FakeDesk, follower: FeedClient) -> None:
    await hear(follower)
    moved, before = Signal(ORG, desk.seq, "stream.moved", NOW, desk.epoch), len(follower.states)
    await desk.send(moved, "heartbeat")
    desk.generation = 2
    desk.record(4)
    # It was live all the time: what tells is that it has caught up on the new stream.
    await follower.until(lambda: len(follower.states) >= before + 2)
    await follower.live()
    await desk.happen(5)
    await agree(follower, desk)
    assert [s for s in follower.states if s.connection is ConnectionPhase.OFFLINE] == []


async def test_while_the_desk_is_away_the_list_stays_and_then_catches_up(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await follower.live()
    await desk.stop()
    await follower.offline()
    assert follower.feed.state.retry_in is not None
    assert len(follower.store.tickets) == 3
    desk.record(4)
    await desk.start()
    await follower.live()
    await agree(follower, desk)
    await desk.happen(5)
    await agree(follower, desk)


async def test_a_desk_that_falls_silent_counts_as_away(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await follower.live()
    desk.heartbeat_seconds = 1
    follower.feed.resync()
    await follower.until(lambda: desk.asked.count("/stream") > 1)
    await follower.live()
    desk.beats.cancel()
    await follower.offline()
    assert follower.feed.state.reason == "The stream is silent."


async def test_an_ended_session_ends_the_feed(desk: FakeDesk, follower: FeedClient) -> None:
    await hear(follower)
    desk.is_signed_in = False
    await desk.send(Signal(ORG, desk.seq, "stream.moved", NOW, desk.epoch), "heartbeat")
    await follower.until(lambda: follower.feed.state.connection is ConnectionPhase.SIGNED_OUT)


async def test_a_desk_restored_from_an_older_backup_is_believed(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await follower.live()
    await desk.stop()
    await follower.offline()
    del desk.log[1:], desk.tickets[2], desk.tickets[3]
    await desk.start()
    await follower.until(lambda: follower.store.seq == 1)
    await agree(follower, desk)


@pytest.mark.parametrize("numbers", [1, 3, 40])
async def test_a_restored_desk_is_believed_however_far_its_new_history_has_grown(
    desk: FakeDesk, follower: FeedClient, numbers: int
) -> None:
    await follower.live()
    await desk.stop()
    await follower.offline()
    desk.restore(numbers)
    await desk.start()
    await follower.until(lambda: 101 in follower.store.tickets)
    await agree(follower, desk)
    assert follower.store.epoch == desk.epoch


async def test_another_log_is_noticed_at_a_heartbeat(desk: FakeDesk, follower: FeedClient) -> None:
    await follower.live()
    desk.restore(3)
    await follower.until(lambda: 101 in follower.store.tickets)
    await agree(follower, desk)


async def test_another_log_is_noticed_at_an_event(desk: FakeDesk, follower: FeedClient) -> None:
    await hear(follower)
    desk.beats.cancel()
    desk.restore(3)
    await desk.happen(104)
    await follower.until(lambda: 104 in follower.store.tickets)
    await agree(follower, desk)


async def test_a_log_that_does_not_reach_that_far_is_read_anew(
    desk: FakeDesk, follower: FeedClient
) -> None:
    await follower.live()
    await desk.stop()
    await follower.offline()
    desk.refuses_beyond = True
    del desk.log[1:], desk.tickets[2], desk.tickets[3]
    await desk.start()
    await follower.until(lambda: follower.store.seq == 1)
    await agree(follower, desk)


async def test_a_resync_begins_anew(desk: FakeDesk, follower: FeedClient) -> None:
    await follower.live()
    desk.asked.clear()
    follower.feed.resync()
    await follower.until(lambda: "/tickets" in desk.asked)
    await follower.until(lambda: follower.states[-1].connection is ConnectionPhase.LIVE)
    assert [s for s in follower.states if s.connection is ConnectionPhase.OFFLINE] == []
    await agree(follower, desk)
