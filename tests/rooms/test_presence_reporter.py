"""Idling is counted by a clock that nobody sets, neither here nor at the server."""

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest

from common.accounts import SetPresence
from common.people import Presence
from tui import clock
from tui.model.presence_state import PresenceState
from tui.network.client import Client
from tui.network.presence_reporter import PresenceReporter
from tui.server_clock import ServerClock

HOUR = 3600.0


class FakeClient:
    """Takes reports of a presence; while `answers` is clear, each waits for its answer."""

    def __init__(self) -> None:
        self.reported: asyncio.Queue[Presence] = asyncio.Queue()
        self.answers = asyncio.Event()
        self.answers.set()
        self.last_taken: Presence | None = None

    async def call(self, _endpoint: object, *, body: SetPresence) -> None:
        self.reported.put_nowait(body.state)
        await self.answers.wait()
        self.last_taken = body.state


class Agent:
    """An agent at a workstation, whose steady clock stands until a test moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds, self.server, self.said = 1000.0, ServerClock(), list[str]()
        monkeypatch.setattr(clock, "read_steady_clock", lambda: self.seconds)
        clock.follow_server(self.server)
        self.hear(0)
        self.client = FakeClient()
        presence = PresenceState(Presence.OFFLINE, clock.read_elapsed_time(), timedelta(minutes=30))
        self.reporter = PresenceReporter(cast(Client, self.client), presence, self.said.append)

    def hear(self, ahead: float) -> None:
        """A heartbeat of a server whose clock is so many seconds ahead of what it was."""
        self.server.add_heartbeat(1_700_000_000 + self.seconds + ahead, self.seconds)

    async def state(self) -> Presence:
        """Returns what the server is told next."""
        self.reporter.renew_now()
        return await self.client.reported.get()


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Any:
    yield Agent(monkeypatch)
    clock.follow_server(None)


async def test_a_server_whose_clock_is_set_forward_sends_nobody_away(agent: Agent) -> None:
    running = asyncio.create_task(agent.reporter.run())
    assert await agent.state() is Presence.AVAILABLE
    agent.hear(3 * HOUR)
    assert await agent.state() is Presence.AVAILABLE
    agent.seconds += HOUR
    assert await agent.state() is Presence.AWAY
    assert len(agent.said) == 1
    running.cancel()


async def test_a_renewal_under_way_does_not_undo_what_the_agent_chooses(agent: Agent) -> None:
    running = asyncio.create_task(agent.reporter.run())
    assert await agent.state() is Presence.AVAILABLE
    agent.client.answers.clear()
    assert await agent.state() is Presence.AVAILABLE
    choosing = asyncio.create_task(agent.reporter.choose_presence(Presence.BUSY))
    await asyncio.sleep(0)
    assert agent.client.reported.empty()  # the choice waits for the renewal's answer
    agent.reporter.handle_server_state(Presence.AWAY)  # said before the choice
    agent.client.answers.set()
    await choosing
    assert agent.client.last_taken is Presence.BUSY
    running.cancel()
