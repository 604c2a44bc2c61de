"""An agent acts: it is on the screen at once, is sent in order, and can be taken back."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.desk import founded
from tests.support.process import serving
from tests.support.sqlite_file import make_sqlite_url
from tests.support.support_team import SupportTeam

Sit = Callable[..., Any]
LONG = timedelta(minutes=5)
"""Held until it is taken back: no test waits for its end."""


async def test_z_takes_the_last_change_back_here_and_at_the_server(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("z")
        await seat.sees("There is nothing to take back from the last 10 s.")
        await seat.press("c")
        await seat.sees("is yours · z undo", "1 Mine 1")
        await seat.sees_no("↑")
        assert (await desk.ticket(number))["assignee"]["name"] == "Ana Sousa"
        await seat.press("z")
        await seat.sees("Taken back: #", "1 Mine 0")
        await seat.sees_no("↑")
    ticket = await desk.ticket(number)
    assert (ticket["status"], ticket["assignee"]) == ("open", None)


async def test_what_others_changed_since_is_not_taken_back(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("p", "up", "enter")
        await seat.sees("has priority high · z undo", "H VPN drops")
        await seat.sees_no("↑")
        await desk.call("bo", "PATCH", f"/tickets/{number}", {"priority": "urgent"})
        await seat.sees("! VPN drops")
        await seat.press("z")
        await seat.sees(f"It cannot be taken back. #{number}: others have changed it meanwhile.")
    assert (await desk.ticket(number))["priority"] == "urgent"


async def test_a_reply_is_held_and_comes_back_into_its_editor(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk, hold=LONG) as seat:
        await seat.sees("VPN drops")
        await seat.press("r")
        await seat.sees("PUBLIC", "It does not work.")
        await seat.write("Hello Dora")
        await seat.press("ctrl+s")
        await seat.sees("in 300 s · z undo", "┃ Hello Dora", "↑ not sent yet", "↑1 to send(O)")
        await seat.sees_no("PUBLIC")
        await seat.press("z")
        await seat.sees("Taken back", "PUBLIC", "Hello Dora", "earlier draft")
        await seat.sees_no("↑")
        assert await desk.messages(number) == []
        await seat.write("!")
        await seat.press("ctrl+s")
        await seat.sees("↑ not sent yet")
    # Who leaves sends what is held.
    assert [it["body"] for it in await desk.messages(number)] == ["Hello Dora!"]


async def test_the_outbox_lists_what_waits_and_takes_it_back(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk, hold=LONG) as seat:
        await seat.sees("VPN drops")
        await seat.press("O")
        await seat.sees("Nothing waits: the server has confirmed all you did.")
        await seat.press("x", "y")
        await seat.sees("is resolved · z undo", "↑1 to send(O)", "[3 Open 0]")
        await seat.press("O")
        await seat.sees("Outbox: 1 to send, 0 not done", f"↑ #{number} status resolved")
        await seat.press("enter")
        await seat.sees("Taken back", "[3 Open 1]")
        assert (await desk.ticket(number))["status"] == "open"


async def test_what_others_did_first_is_said_and_listed(
    tmp_path: Path, sit: Sit, web: aiohttp.ClientSession
) -> None:
    url = make_sqlite_url(tmp_path, "own.db")
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            desk = SupportTeam(org)
            await desk.hire("Ana Sousa")
            await desk.hire("Bo Lindqvist")
        first, second = await desk.file("VPN drops"), await desk.file("Printer on fire")
        async with sit(desk) as seat:
            await seat.sees("VPN drops", "Printer on fire")
            await asyncio.to_thread(server.terminate)
            await seat.sees("OFFLINE")
            await seat.press("c", "j", "c")
            await seat.sees("1 Mine 2", "↑2 to send(O)")
        # The program has ended; what was done waits on the disk.
        await asyncio.to_thread(server.restart)
        await desk.call("bo", "POST", f"/tickets/{first}/claim", {})
        async with sit(desk) as seat:
            await seat.sees("● LIVE", "1 not done(O)", "1 Mine 1")
            await seat.press("O")
            await seat.sees(f"✗ #{first} claim", f"NOT DONE: Bo Lindqvist has #{first}.")
            await seat.press("enter")
            await seat.sees(f"#{first} VPN drops", "Bo Lindqvist has it")
            await seat.sees_no("not done")
        assert (await desk.ticket(second))["assignee"]["name"] == "Ana Sousa"
        assert (await desk.ticket(first))["assignee"]["name"] == "Bo Lindqvist"


async def test_a_reply_in_a_conversation_that_was_never_read_does_not_cross(
    tmp_path: Path, sit: Sit, web: aiohttp.ClientSession
) -> None:
    url = make_sqlite_url(tmp_path, "own.db")
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            desk = SupportTeam(org)
            await desk.hire("Ana Sousa")
            await desk.hire("Bo Lindqvist")
        number = await desk.file("VPN drops")
        async with sit(desk) as seat:
            await seat.sees("VPN drops")
            await asyncio.to_thread(server.terminate)
            await seat.sees("OFFLINE")
            await seat.press("r")
            await seat.sees("PUBLIC", "The conversation is read as soon as the server answers.")
            await seat.write("Hello Dora")
            await seat.press("ctrl+s")
            await seat.sees("↑1 to send(O)")
        await asyncio.to_thread(server.restart)
        await desk.call("bo", "POST", f"/tickets/{number}/messages", {"body": "Solved."})
        async with sit(desk) as seat:
            await seat.sees("● LIVE", "1 not sent(O)")
            await seat.press("O")
            await seat.sees(f"✗ #{number} reply", "Somebody wrote after what you have read.")
        said = await desk.call("bo", "GET", f"/tickets/{number}/messages")
        assert [it["body"] for it in said["items"]] == ["Solved."]
