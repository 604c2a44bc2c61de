"""The workstation says that its agent is there, unless the agent chose otherwise."""

from typing import Any

from tests.support.waiting import eventually


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
