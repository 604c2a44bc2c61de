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


class Door:
    """Takes what a client would send of its agent's presence."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Presence] = asyncio.Queue()

    async def call(self, _endpoint: object, *, body: SetPresence) -> None:
        self.told.put_nowait(body.state)


class Agent:
    """An agent at a workstation, whose steady clock stands until a test moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds, self.server, self.said = 1000.0, ServerClock(), list[str]()
        monkeypatch.setattr(clock, "read_steady_clock", lambda: self.seconds)
        clock.follow_server(self.server)
        self.hear(0)
        self._door = Door()
        whereabouts = PresenceState(Presence.OFFLINE, clock.elapsed_time(), timedelta(minutes=30))
        self.attendance = PresenceReporter(cast(Client, self._door), whereabouts, self.said.append)

    def hear(self, ahead: float) -> None:
        """A heartbeat of a server whose clock is so many seconds ahead of what it was."""
        self.server.add_heartbeat(1_700_000_000 + self.seconds + ahead, self.seconds)

    async def state(self) -> Presence:
        """Returns what the server is told next."""
        self.attendance.renew_now()
        return await self._door.told.get()


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Any:
    yield Agent(monkeypatch)
    clock.follow_server(None)


async def test_a_server_whose_clock_is_set_forward_sends_nobody_away(agent: Agent) -> None:
    running = asyncio.create_task(agent.attendance.run())
    assert await agent.state() is Presence.AVAILABLE
    agent.hear(3 * HOUR)
    assert await agent.state() is Presence.AVAILABLE
    agent.seconds += HOUR
    assert await agent.state() is Presence.AWAY
    assert len(agent.said) == 1
    running.cancel()
