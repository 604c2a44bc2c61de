"""Changes by others appear by themselves, and never move the ground under the agent's cursor."""

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


async def test_what_others_do_appears_by_itself(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await desk.file("Printer on fire", priority="urgent")
        await seat.sees("! Printer on fire", "[3 Open 2]")
        assert "VPN drops" in seat.line("▸")
        await desk.call("bo", "POST", f"/tickets/{number}/claim", {})
        await seat.sees("in progress Bo Lindqvist")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await desk.say("bo", number, "Looking into it")
        await seat.sees("Looking into it", "● new")


async def test_the_cursor_stays_on_its_ticket_when_others_come_above_it(
    desk: Any, sit: Sit
) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("▸")
        await desk.file("Printer on fire", priority="urgent")
        await seat.sees("Printer on fire")
        assert "VPN drops" in seat.line("▸")
        await seat.press("c")
        await seat.sees("VPN drops is yours")


async def test_a_ticket_that_others_resolve_under_the_cursor_lets_nothing_slide_in(
    desk: Any, sit: Sit
) -> None:
    first = await desk.file("VPN drops")
    await desk.file("Printer on fire")
    async with sit(desk) as seat:
        await seat.sees("VPN drops", "Printer on fire")
        await seat.press("k")
        await desk.call("bo", "PATCH", f"/tickets/{first}", {"status": "resolved"})
        await seat.sees("▸×", "[3 Open 1]")
        await seat.press("c")
        await seat.sees(f"#{first} is resolved: it cannot be claimed.")
        await seat.press("j")
        await seat.sees_no("VPN drops")
        assert "Printer on fire" in seat.line("▸")


async def test_a_ticket_that_one_resolves_oneself_leaves_the_cursor_to_its_neighbour(
    desk: Any, sit: Sit
) -> None:
    await desk.file("VPN drops")
    await desk.file("Printer on fire")
    async with sit(desk, hold=timedelta(minutes=5)) as seat:
        await seat.sees("VPN drops", "Printer on fire")
        await seat.press("k", "x")
        await seat.sees("Resolve #1")
        await seat.press("y")
        await seat.sees("is resolved", "[3 Open 1]")
        assert "×" not in seat.text
        assert "Printer on fire" in seat.line("▸")


async def test_news_is_marked_until_the_ticket_is_opened(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("c")
        await seat.sees("is yours")
        assert "●" not in seat.line("▸")
        await desk.say("bo", number, "I know this one")
        await seat.until(lambda: "●" in seat.line("▸"), "the mark")
        await seat.press("enter")
        await seat.sees("I know this one")
        await seat.press("q")
        await seat.until(lambda: "▸ " in seat.line("VPN drops"), "no mark")


async def test_while_the_server_is_away_the_list_stays_and_then_catches_up(
    tmp_path: Path, sit: Sit, web: aiohttp.ClientSession
) -> None:
    url = make_sqlite_url(tmp_path, "own.db")
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            desk = SupportTeam(org)
            await desk.hire("Ana Sousa")
        number = await desk.file("VPN drops")
        async with sit(desk) as seat:
            await seat.sees("VPN drops")
            await asyncio.to_thread(server.terminate)
            await seat.sees("OFFLINE", "VPN drops")
            await seat.press("c")
            await seat.sees(
                "is yours · waits for the server · z undo", f"#{number}↑", "↑1 to send(O)"
            )
            await seat.sees("1 Mine 1", "in progress Ana Sousa")
            await seat.press("m")
            await seat.sees("OFFLINE: merge has to wait for the server.")
            await seat.press("down", "r")
            await seat.sees("PUBLIC", "as soon as the server answers")
            await seat.write("Soon!")
            await seat.press("ctrl+s")
            await seat.sees("waits for the server", "↑2 to send")
            await seat.sees("as soon as the server answers", "┃ Soon!", "↑ not sent yet")
            await asyncio.to_thread(server.restart)
            await seat.sees("● LIVE", "It does not work.", "Soon!", "is sent")
            await seat.sees_no("to send", "not sent")
            await seat.press("q")
            await seat.sees_no("↑")
            ticket = await desk.ticket(number)
            assert ticket["assignee"]["name"] == "Ana Sousa"
            assert [it["body"] for it in await desk.messages(number)] == ["Soon!"]


async def test_ctrl_r_says_when_everything_is_fetched(desk: Any, sit: Sit) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("ctrl+r")
        await seat.sees("Everything is up to date.", "VPN drops", "LIVE")


async def test_a_redacted_text_leaves_the_screen_and_the_history_says_who_did_it(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("VPN drops")
    said = await desk.say("bo", number, "The card is 4111 1111 1111 1111")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("4111 1111 1111 1111", "It does not work.")
        body = {"reason": "Card number", "message_id": said["id"]}
        await desk.call("bo", "POST", f"/tickets/{number}/redact", body)
        await seat.sees("(redacted)", "removed a text: Card number", "It does not work.")
        assert "4111" not in seat.text
