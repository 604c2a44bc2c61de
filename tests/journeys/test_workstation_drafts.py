"""Nothing that an agent types is lost: drafts, and replies that others were faster than."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events

from common.tickets.replying import AddMessage, MessageKind

Sit = Callable[..., Any]


async def test_a_draft_outlives_the_program_and_leaving_asks_first(desk: Any, sit: Sit) -> None:
    await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("Dear Dora")
        await seat.press("escape")
        await seat.sees("The draft is kept.", "1 draft")
        await seat.press("q", "q")
        await seat.sees("1 draft is unsent (kept on disk). Leave?")
        await seat.press("n")
        await seat.sees_no("Leave?")
        assert seat.app.is_running
        await seat.press("q", "y")
        await seat.until(lambda: not seat.app.is_running, "the end")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in", "1 draft")
        await seat.press("r")
        await seat.sees("Dear Dora")
        await seat.press("ctrl+s")
        await seat.sees("is sent")
        await seat.sees_no("1 draft")


async def test_a_killed_program_has_saved_what_was_typed(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("R")
        await seat.sees("NOTE")
        await seat.write("half a")
        await seat.sees("draft saved")
    async with sit(desk) as seat:
        await seat.sees("1 draft", f"#{number}")
        assert "✎N Cannot log in" in seat.line(f"#{number}")


async def test_leaving_without_a_draft_asks_nothing(desk: Any, sit: Sit) -> None:
    await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("q", "q")
        await seat.until(lambda: not seat.app.is_running, "the end")


async def test_a_reply_that_crosses_anothers_is_sent_at_the_second_press(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("Try again")
        await desk.say("bo", number, "I have fixed it")
        await seat.press("ctrl+s")
        await seat.sees("Others wrote in the meantime", "I have fixed it", "Try again", "PUBLIC")
        await seat.press("ctrl+s")
        await seat.sees("is sent")
    assert [one["body"] for one in await desk.messages(number)] == ["I have fixed it", "Try again"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
async def test_what_came_since_the_draft_was_begun_is_marked_until_it_is_sent(
    desk: Any, sit: Sit, size: tuple[int, int]
) -> None:
    number = await desk.file("Cannot log in")
    rule, mark = "── new since you began to write ──", "◆ new"
    async with sit(desk, size=size) as seat:
        await seat.sees("Cannot log in")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("Try again")
        await seat.sees("draft saved")
        assert rule not in seat.text
        await seat.press("escape")
        await seat.sees("The draft is kept.")
        await desk.say("bo", number, "I have fixed it")
        await seat.sees("I have fixed it")
        assert rule not in seat.text
        # Opened later: what came in between is new to the text.
        await seat.press("r")
        await seat.sees("Try again", rule, mark, "I have fixed it")
        await desk.say("bo", number, "And tested")
        await seat.press("ctrl+s")
        await seat.sees("Others wrote in the meantime", "And tested", mark, "Try again")
        await seat.press("ctrl+s")
        await seat.sees("is sent")
        await seat.sees_no(rule, mark)
    bodies = [one["body"] for one in await desk.messages(number)]
    assert bodies == ["I have fixed it", "And tested", "Try again"]


async def test_pressing_twice_sends_once(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC", "It does not work.")
        await seat.write("once")
        await asyncio.gather(seat.press("ctrl+s"), seat.press("ctrl+s"))
        await seat.sees("is sent")
        await seat.press("c", "c", "c")
    assert [one["body"] for one in await desk.messages(number)] == ["once"]


async def test_an_empty_reply_is_not_sent(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.press("space", "ctrl+s")
        await seat.sees("There is nothing to send.")
    assert await desk.messages(number) == []


async def test_letters_are_text_while_one_writes(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("xycq?/")
        await seat.sees("xycq?/")
    assert (await desk.ticket(number))["status"] == "open"


async def test_who_types_without_a_pause_is_saved_all_the_same(
    desk: Any, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.draft_session._AUTOSAVE", 0.3)
    await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC")
        for _ in range(200):
            await seat.press("a")
            if "draft saved" in seat.text:
                return
    pytest.fail("Nothing was saved while the agent was typing.")


async def test_what_is_pasted_is_there_once_line_by_line_and_harmless(desk: Any, sit: Sit) -> None:
    await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC")
        seat.app.post_message(events.Paste("First, \x1b]0;stop\x07.\r\nThen start.\n"))
        await seat.sees("Then start.")
        assert seat.app.ticket.composer.text.replace("\r", "").count("First") == 1
        assert "\x1b" not in seat.app.ticket.composer.text


async def test_a_text_that_was_not_sent_says_so_after_a_restart_until_it_is_discarded(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("R")
        await seat.sees("NOTE", "It does not work.")
        await seat.write("half")
        await seat.press("escape")
        drafts, note = seat.app.context.drafts, AddMessage(body="half", kind=MessageKind.NOTE)
        drafts.give_back(number, note, reason="The ticket was merged.")
    async with sit(desk) as seat:
        await seat.sees("1 not sent", f"#{number}✗")
        await seat.press("enter")
        await seat.sees("The note is NOT SENT (R opens it): The ticket was merged.")
        await seat.press("R")
        await seat.sees("half", "NOT SENT · ctrl+s sends it")
        await seat.press("ctrl+l")
        await seat.sees("discarded · ctrl+z brings it back")
        await seat.sees_no("half", "NOT SENT", "1 not sent", "1 draft")
        await seat.press("ctrl+z")
        await seat.sees("half", "1 draft(O)")
        await seat.press("escape", "q", "O")
        await seat.sees("0 to send, 0 not done, 1 draft", "✎ #", "note: “half”", "Cannot log in")
        await seat.press("enter")
        await seat.sees("NOTE", "half")
        await seat.press("ctrl+l", "escape")
        await seat.sees_no("NOTE", "1 draft")
    assert await desk.messages(number) == []


async def test_a_ticket_closed_meanwhile_keeps_the_text_as_not_sent(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("PUBLIC", "It does not work.")
        await seat.write("Dear Dora")
        for status in ("resolved", "closed"):
            await desk.call("admin", "PATCH", f"/tickets/{number}", {"status": status})
        await seat.sees("closed · N")
        await seat.press("ctrl+s")
        await seat.sees("Dear Dora", "NOT SENT", "1 not sent(O)")
        # The list does not have the ticket any more: the outbox leads to the text.
        await seat.press("escape", "q")
        await seat.press("O")
        await seat.sees("Outbox: 0 to send, 0 not done, 1 draft", "✗ #", "reply: “Dear Dora”")
        await seat.press("enter")
        await seat.sees("PUBLIC", "Dear Dora", "NOT SENT")
        await seat.press("ctrl+l", "escape", "O")
        await seat.sees("Nothing waits")


async def test_where_the_disk_is_full_one_writes_on_is_warned_and_can_send(
    desk: Any, sit: Sit, tmp_path: Path
) -> None:
    number = await desk.file("Cannot log in")
    (tmp_path / "deskwire").touch()
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("R")
        await seat.sees("NOTE", "It does not work.")
        await seat.write("precious")
        await seat.sees("NOT SAVED on this machine: Not a directory", "precious")
        await seat.press("escape", "q")
        await seat.sees("[3 Open 1]")
        await seat.press("q")
        await seat.sees("1 draft is unsent (1 cannot be saved and will be LOST). Leave?")
        await seat.press("n", "R")
        await seat.sees("precious", "NOTE")
        await seat.press("ctrl+s")
        await seat.sees(f"The note to #{number} is sent")
    assert [message["body"] for message in await desk.messages(number)] == ["precious"]
