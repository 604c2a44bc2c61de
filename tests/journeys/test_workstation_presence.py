"""The workstation says that its agent is there, unless the agent chose otherwise."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.waiting import eventually
from tui import clock


async def presence(desk: Any, who: str) -> str:
    users = (await desk.call("admin", "GET", "/users?role=agent"))["items"]
    return next(str(user["presence"]) for user in users if user["name"].lower().startswith(who))


async def test_an_agent_at_the_workstation_is_available(desk: Any, sit: Any) -> None:
    async with sit(desk):

        async def is_there() -> bool:
            return await presence(desk, "ana") == "available"

        await eventually(is_there)


async def test_an_agent_who_chose_to_be_away_stays_away(desk: Any, sit: Any) -> None:
    await desk.call("ana", "PUT", "/me/presence", {"state": "away"})
    await desk.file("Something new")
    async with sit(desk) as seat:
        await seat.sees("Something new", "LIVE")
        assert await presence(desk, "ana") == "away"


async def test_the_agent_says_where_it_is_and_everybody_sees_it(desk: Any, sit: Any) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("you: available", "VPN drops")
        await seat.press("b")
        await seat.sees("Where you are", "▸ available", "(now)")
        await seat.write("bus")
        await seat.press("enter")
        await seat.sees("You are busy.", "you: busy")
        assert await presence(desk, "ana") == "busy"
        await seat.press("c")
        await seat.sees("is yours")
        await seat.press("a")
        await seat.sees("Ana Sousa (you)", "busy", "Bo Lindqvist", "offline")


async def test_what_the_agent_chose_outlasts_a_break_of_the_connection(desk: Any, sit: Any) -> None:
    async with sit(desk) as seat:
        await seat.press("b")
        await seat.write("away")
        await seat.press("enter")
        await seat.sees("you: away")
        # As it is when the presence could not be renewed in time.
        reporter = seat.app.services.session._presence_reporter
        long_ago = reporter._reported_at - timedelta(seconds=61)
        reporter._reported_at = reporter._confirmed_at = long_ago
        await desk.call("ana", "PUT", "/me/presence", {"state": "offline"})

        async def is_away_again() -> bool:
            return await presence(desk, "ana") == "away"

        await eventually(is_away_again)
        await seat.sees("you: away")


async def test_who_presses_no_key_is_away_and_a_key_brings_them_back(
    desk: Any, sit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, read = [timedelta(0)], clock.read_elapsed_time
    monkeypatch.setattr(clock, "read_elapsed_time", lambda: read() + passed[0])

    def pass_time(seat: Any) -> None:
        passed[0] += timedelta(hours=2)
        seat.app.services.session._presence_reporter.renew_now()

    async with sit(desk, idle_after=timedelta(hours=1)) as seat:
        await seat.sees("you: available")
        pass_time(seat)
        await seat.sees("you: away", "no key for a while")
        await seat.press("j")
        await seat.sees("you: available", "Welcome back")
        pass_time(seat)
        await seat.sees("you: away", "no key for a while")


async def test_what_another_terminal_says_holds_in_this_one(desk: Any, sit: Any) -> None:
    async with sit(desk) as seat:
        await seat.sees("you: available")
        reporter = seat.app.services.session._presence_reporter
        reporter._reported_at -= timedelta(seconds=9)
        await reporter._report_presence()
        await desk.call("ana", "PUT", "/me/presence", {"state": "busy"})
        await seat.sees("you: busy")
        reporter.renew_now()
        await desk.call("ana", "PUT", "/me/presence", {"state": "busy", "ttl_seconds": 60})
        assert await presence(desk, "ana") == "busy"


async def test_who_goes_offline_at_another_terminal_is_offline_in_this_one(
    desk: Any, sit: Any
) -> None:
    async with sit(desk) as seat:
        await seat.sees("you: available")
        reporter = seat.app.services.session._presence_reporter
        reporter._reported_at -= timedelta(seconds=9)
        await desk.call("ana", "PUT", "/me/presence", {"state": "offline"})
        await seat.sees("you: offline")
        await reporter._report_presence()  # as it does every twenty seconds
        assert await presence(desk, "ana") == "offline"
