"""Servers on one PostgreSQL tell each other for whom they have committed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import psycopg
import pytest
import zmq

from common.watching import WatchView
from common.wire import PersonRef
from server.clock import utc_now
from server.events import publisher
from server.events.live_signals import LiveSignal
from server.events.publisher import Publisher
from server.storage.connect import open_database
from server.storage.engine import commit_channel
from server.storage.engine.commit_channel import CHANNEL, SIGNAL_CHANNEL, CommitChannel
from server.storage.engine.database import Database
from server.storage.engine.postgres_connector import PostgresSettings
from tests.support.postgres import Cluster, name_of
from tests.support.waiting import PATIENCE

ORG_IDS = [4821, 4822]


class Ear:
    """The organizations that were heard."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[int] = asyncio.Queue()
        self.signals: asyncio.Queue[str] = asyncio.Queue()

    async def next_of(self, count: int) -> list[int]:
        async with asyncio.timeout(PATIENCE):
            return [await self.heard.get() for _ in range(count)]


@contextmanager
def opened(url: str, pooler: str = "auto") -> Iterator[Database]:
    database = open_database(url, PostgresSettings(pooler=pooler))
    try:
        yield database
    finally:
        database.close()


def channel_of(database: Database) -> CommitChannel:
    assert database.commit_channel is not None
    return database.commit_channel


@asynccontextmanager
async def listening(channel: CommitChannel) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(channel.listen(ear.heard.put_nowait, ear.signals.put_nowait))
    try:
        yield ear
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def become_listening(channel: CommitChannel) -> None:
    async with asyncio.timeout(PATIENCE):
        await channel.is_listening.wait()


async def test_a_server_hears_the_commits_of_others_and_not_its_own(postgres: Cluster) -> None:
    url = postgres.migrated()
    with opened(url) as one, opened(url) as other:
        async with listening(channel_of(one)) as ours, listening(channel_of(other)) as theirs:
            await become_listening(channel_of(one))
            await become_listening(channel_of(other))
            for org_id in [*ORG_IDS, *ORG_IDS]:
                channel_of(one).announce_commit(org_id)
            assert await theirs.next_of(2) == ORG_IDS  # said at once, and so said once
            channel_of(other).announce_commit(7)
            assert await ours.next_of(1) == [7]
            await channel_of(one).close()


async def test_a_server_that_is_alone_sends_nothing_until_another_listens(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_channel, "_ALONE_SECONDS", 0)
    url = postgres.migrated()
    with opened(url) as one, opened(url) as other:
        async with (
            await psycopg.AsyncConnection.connect(url, autocommit=True) as witness,
            listening(channel_of(one)),
        ):
            await witness.execute(f"LISTEN {CHANNEL}; LISTEN {SIGNAL_CHANNEL}")
            await become_listening(channel_of(one))
            channel_of(one).announce_commit(4821)
            channel_of(one).announce_signal("nobody hears this")
            await channel_of(one).close()
            async with listening(channel_of(other)) as theirs:
                await become_listening(channel_of(other))
                channel_of(one).announce_commit(4822)
                assert await theirs.next_of(1) == [4822]
                hint = await anext(witness.notifies(timeout=PATIENCE))
                assert hint.payload.split()[1:] == ["4822"]


async def test_who_is_alone_does_not_look_again_at_every_commit() -> None:
    told = list[str]()

    async def send_to_nobody(_: str, payload: str, __: int) -> bool:
        told.append(payload)
        return False

    async def connect() -> None:
        return None

    channel = CommitChannel(connect, send_to_nobody)
    for org_id in ORG_IDS:
        channel.announce_commit(org_id)
        await channel.close()
    assert [it.split()[1:] for it in told] == [["4821"]]


@pytest.mark.parametrize("hidden", ["by its role", "by a setting"])
async def test_hints_go_to_a_server_whose_statements_are_hidden(
    postgres: Cluster, hidden: str
) -> None:
    url = postgres.migrated()
    if hidden == "by a setting":
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name_of(url)} SET track_activities = off")
    ours = postgres.limited(url, 4) if hidden == "by its role" else url
    with opened(ours) as one, opened(url) as other:
        async with listening(channel_of(other)) as theirs:
            await become_listening(channel_of(other))
            channel_of(one).announce_commit(4821)
            assert await theirs.next_of(1) == [4821]


async def test_signals_are_passed_on_to_other_servers_alone_in_their_order(
    postgres: Cluster,
) -> None:
    url, signals = postgres.migrated(), [f'{{"n":{n},"text":"{"ä" * 900}"}}' for n in range(20)]
    with opened(url) as one, opened(url) as other:
        async with listening(channel_of(one)) as ours, listening(channel_of(other)) as theirs:
            await become_listening(channel_of(one))
            await become_listening(channel_of(other))
            channel_of(one).announce_signal("x" * 8000)  # more than PostgreSQL takes
            for signal in signals:
                channel_of(one).announce_signal(signal)
            async with asyncio.timeout(PATIENCE):
                assert [await theirs.signals.get() for _ in signals] == signals
            channel_of(other).announce_signal("last")
            async with asyncio.timeout(PATIENCE):
                assert await ours.signals.get() == "last"
            await channel_of(one).close()


async def test_more_organizations_than_one_hint_holds_are_all_heard(postgres: Cluster) -> None:
    url, org_ids = postgres.migrated(), list(range(2**31, 2**31 + 1200))
    with opened(url) as one, opened(url) as other:
        async with listening(channel_of(other)) as theirs:
            await become_listening(channel_of(other))
            for org_id in org_ids:
                channel_of(one).announce_commit(org_id)
            assert await theirs.next_of(len(org_ids)) == org_ids


async def test_after_a_lost_connection_the_next_hints_are_heard(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_channel, "_RETRY_SECONDS", 0)
    url = postgres.migrated()
    with opened(url) as one, opened(url) as other:
        async with listening(channel_of(other)) as theirs:
            await become_listening(channel_of(other))
            channel_of(other).is_listening.clear()
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE query = 'LISTEN deskwire_commits'"
                )
            await become_listening(channel_of(other))  # with another connection
            channel_of(one).announce_commit(4821)
            assert await theirs.next_of(1) == [4821]


async def test_behind_a_pooler_nobody_listens_and_hints_are_still_sent(postgres: Cluster) -> None:
    url = postgres.migrated()
    with opened(url, pooler="yes") as one, opened(url) as other:
        async with listening(channel_of(other)) as theirs:
            await become_listening(channel_of(other))
            # Returns: it cannot be done.
            await channel_of(one).listen(lambda _: None, lambda _: None)
            channel_of(one).announce_commit(4821)
            assert await theirs.next_of(1) == [4821]


async def test_a_hint_that_the_database_does_not_take_is_dropped(
    postgres: Cluster,
) -> None:
    url = postgres.migrated()
    with opened(url) as one, opened(url) as other:
        with postgres.away(url):
            channel_of(one).announce_commit(4821)
            await channel_of(one).close()
        async with listening(channel_of(other)) as theirs:
            await become_listening(channel_of(other))
            channel_of(one).announce_commit(4822)
            assert await theirs.next_of(1) == [4822]


async def test_a_publisher_announces_and_hears_without_a_look(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is an hour away: only a hint can be in time."""
    monkeypatch.setattr(publisher, "POLL_SECONDS", 3600)
    url, ear = postgres.migrated(), Ear()
    with opened(url) as one, opened(url) as other:
        announcing, hearing = Publisher(one, utc_now), Publisher(other, utc_now)
        sent = asyncio.Queue[LiveSignal]()
        monkeypatch.setattr(hearing, "nudge", ear.heard.put_nowait)
        monkeypatch.setattr(hearing, "_send_live_signal", sent.put_nowait)
        await hearing.open("tcp://127.0.0.1:*", zmq.curve_keypair()[1])
        try:
            await become_listening(channel_of(other))
            announcing.announce(4821)
            assert await ear.next_of(1) == [4821]
            watch = WatchView(17, PersonRef(2, "Ann"), typing=True, left=False)
            signal = LiveSignal(4821, "ticket.watched", watch=watch)
            announcing.publish_signal(signal)
            async with asyncio.timeout(PATIENCE):
                assert await sent.get() == signal
            channel_of(one).announce_signal("of a newer version")
            announcing.announce(4822)
            assert await ear.next_of(1) == [4822]
            assert sent.empty()
        finally:
            await hearing.close()


def test_the_channel_has_the_name_that_is_listened_to() -> None:
    assert commit_channel.LISTEN.split() == ["LISTEN", CHANNEL]
    assert commit_channel._LISTEN_TO_SIGNALS.split() == ["LISTEN", SIGNAL_CHANNEL]
