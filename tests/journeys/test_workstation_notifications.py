"""The agent hears what concerns it: at once in a line, later in a list, and each thing once."""

from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]


async def test_a_ticket_given_to_the_agent_is_said_counted_and_listed(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("LIVE", "VPN drops")
        ana = seat.app.context.agent_id
        await desk.call("admin", "POST", f"/tickets/{number}/assign", {"user_id": ana})
        await seat.sees(f"#{number} assigned to you by", "for you(!)")
        assert "VPN drops" in seat.line("▸"), "the line is said where it covers no row"
        await seat.press("exclamation_mark")
        await seat.sees("Notifications", "unread", "assigned to you by", f"#{number} VPN drops")
        assert "●" in seat.line("assigned to you")
        await seat.press("enter")
        await seat.sees("It does not work.", "yours")
        await seat.press("exclamation_mark", "m")
        await seat.sees("all read")
        await seat.sees_no("●  ", "for you(!)")
        await seat.press("q")
        await seat.sees("[3 Open 1]")


async def test_a_mention_reaches_the_agent_wherever_it_is(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    await desk.file("Printer on fire")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("question_mark", "q", "f4", "f4")
        await desk.say("bo", number, "Can you look, @[Ana Sousa]? @ana", kind="note")
        await seat.press("exclamation_mark")
        await seat.sees(f"#{number} VPN drops", "Bo Lindqvist")
        await seat.press("M")
        await seat.sees("all read")


async def test_what_was_read_elsewhere_is_read_here_when_the_inbox_is_fetched_anew(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        ana = seat.app.context.agent_id
        await desk.call("admin", "POST", f"/tickets/{number}/assign", {"user_id": ana})
        await seat.sees("for you(!)")
        await desk.call("ana", "POST", "/notifications/read", {"up_to": 1000})
        await seat.press("ctrl+r")
        await seat.sees("LIVE", "VPN drops")
        await seat.sees_no("for you(!)")


async def test_a_resolved_ticket_is_opened_from_its_notice(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    ana = (await desk.call("ana", "GET", "/me"))["id"]
    await desk.call("admin", "POST", f"/tickets/{number}/assign", {"user_id": ana})
    await desk.call("admin", "PATCH", f"/tickets/{number}", {"status": "resolved"})
    async with sit(desk) as seat:
        await seat.sees("for you(!)", "Nothing is open")
        await seat.press("f4")
        await seat.sees("resolved by", f"#{number} VPN drops")
        await seat.press("enter")
        await seat.sees("It does not work.", "resolved · N normal")
        await seat.press("q")
        await seat.sees("Notifications")


async def test_an_at_completes_names_and_it_is_said_who_will_be_and_who_was_told(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("R")
        await seat.sees("NOTE", "It does not work.")
        await seat.write("@bo")
        await seat.sees("▸Bo Lindqvist", "tab takes it")
        await seat.press("tab")
        await seat.sees("@Bo Lindqvist", "notifies Bo Lindqvist")
        await seat.sees_no("takes it")
        await seat.write("and @")
        await seat.sees("▸admin", "1 of 2")
        await seat.press("down")
        await seat.sees("▸Bo Lindqvist", "2 of 2")
        await seat.press("up", "escape")
        await seat.sees_no("takes it")
        await seat.write("Joe?")
        await seat.sees("@Joe names nobody.", "notifies Bo Lindqvist", "NOTE")
        await seat.press("ctrl+s")
        await seat.sees("is sent · nobody was notified of @Joe · notified Bo Lindqvist")
    bodies = [message["body"] for message in await desk.messages(number)]
    assert bodies == ["@Bo Lindqvist and @Joe?"]
    inbox = await desk.call("bo", "GET", "/notifications?unread=true")
    assert "mention" in {notice["kind"] for notice in inbox["items"]}


async def test_enter_is_a_new_line_where_a_name_is_written_out(desk: Any, sit: Sit) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("R")
        await seat.sees("NOTE", "It does not work.")
        await seat.write("@Bo Lindqvist\nnext")
        assert seat.app.ticket.composer.text == "@Bo Lindqvist\nnext"
