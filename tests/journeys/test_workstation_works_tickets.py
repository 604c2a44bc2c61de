"""An agent's day at the workstation, against a real server."""

from collections.abc import Callable
from typing import Any

from common.people import Role

Sit = Callable[..., Any]


async def test_the_first_screen_lists_what_is_unresolved_as_it_was_written(
    desk: Any, sit: Sit
) -> None:
    await desk.file("[urgent] printer [/foo] on fire")
    done = await desk.file("An old story")
    await desk.call("bo", "PATCH", f"/tickets/{done}", {"status": "resolved"})
    async with sit(desk) as seat:
        await seat.sees("[urgent] printer [/foo] on fire", "[3 Open 1]", "4 Resolved 1")
        assert "An old story" not in seat.text
        assert "Acme · Ana Sousa (agent)" in seat.lines[-1]


async def test_claiming_and_giving_back_is_one_key(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("c")
        await seat.sees(f"#{number} VPN drops is yours", "1 Mine 1", "in progress Ana Sousa")
        assert "c release" in seat.text
        await seat.press("c")
        await seat.sees("is back in the queue", "1 Mine 0")
    assert (await desk.ticket(number))["assignee"] is None


async def test_who_comes_second_is_told_who_has_it(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await desk.call("bo", "POST", f"/tickets/{number}/claim", {})
        await seat.sees("Bo Lindqvist")
        await seat.press("c")
        await seat.sees(f"Bo Lindqvist has #{number}.")
        assert "c claim" not in seat.text


async def test_a_ticket_opens_with_its_description_and_its_messages(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in", description="The token is\n\tinvalid.")
    await desk.say("bo", number, "Which browser?")
    await desk.say("bo", number, "Clock skew again", kind="note")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("enter")
        await seat.sees("The token is", "invalid.", "Which browser?", "Clock skew again")
        assert "NOTE, colleagues only" in seat.text
        await seat.press("q")
        await seat.sees("[3 Open 1]")


async def test_a_reply_is_written_and_sent(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("r")
        await seat.sees("REPLY · PUBLIC · to dora")
        await seat.write("Hello Dora,\nqcxR?")
        await seat.press("ctrl+s")
        await seat.sees(f"The reply to #{number} is sent", "┃ Hello Dora,", "┃ qcxR?")
        await seat.sees("with this reply Ana Sousa took it")
        await seat.sees_no("PUBLIC")
    (message,) = await desk.messages(number)
    assert (message["kind"], message["body"]) == ("reply", "Hello Dora,\nqcxR?")


async def test_a_note_looks_different_and_stays_among_colleagues(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("R")
        await seat.sees("NOTE · colleagues only")
        assert "PUBLIC" not in seat.text
        await seat.write("token clock")
        await seat.press("f9")
        await seat.sees(f"The note to #{number} is sent", "┆ token clock")
    assert [message["kind"] for message in await desk.messages(number)] == ["note"]


async def test_only_y_resolves(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("x")
        await seat.sees(f"Resolve #{number} VPN drops?")
        await seat.press("enter", "n")
        await seat.sees_no("Resolve #")
        assert (await desk.ticket(number))["status"] == "open"
        await seat.press("x", "y")
        await seat.sees("is resolved", "[3 Open 0]", "4 Resolved 1", "Nothing is open")
    ticket = await desk.ticket(number)
    assert (ticket["status"], ticket["assignee"]["name"]) == ("resolved", "Ana Sousa")


async def test_what_is_resolved_can_be_taken_up_again(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    await desk.call("bo", "PATCH", f"/tickets/{number}", {"status": "resolved"})
    async with sit(desk) as seat:
        await seat.press("4")
        await seat.sees("[4 Resolved 1]", "VPN drops")
        await seat.press("X")
        await seat.sees("is open again", "[4 Resolved 0]")
    assert (await desk.ticket(number))["status"] == "in_progress"


async def test_an_owner_hands_the_ticket_to_a_colleague(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("a")
        await seat.sees("Only the assignee or a supervisor may do this.")
        await seat.press("down")  # who types on after a refused verb presses no verbs
        await seat.press("c")
        await seat.sees("is yours")
        await seat.press("a")
        await seat.sees(f"Give #{number} to", "Ana Sousa (you)")
        await seat.write("lind")
        await seat.sees_no("Ana Sousa (you)")
        await seat.press("enter")
        await seat.sees("goes to Bo Lindqvist")
    assert (await desk.ticket(number))["assignee"]["name"] == "Bo Lindqvist"


async def test_priority_category_and_status_are_chosen_from_lists(desk: Any, sit: Sit) -> None:
    slugs = [{"slug": "general", "name": "General"}, {"slug": "money", "name": "Money & tax"}]
    await desk.call("admin", "PATCH", "/", {"categories": slugs})
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("p")
        await seat.sees("Priority of", "N normal")
        await seat.press("up", "enter")
        await seat.sees("has priority high", "H VPN drops")
        await seat.press("C")
        await seat.write("tax")
        await seat.press("enter")
        await seat.sees("is about money")
        await seat.press("s")
        await seat.sees("closed as spam")
        assert "▸ open" in seat.line("(now)")
        await seat.press("enter")
        await seat.sees(f"#{number} stays as it is.")
        await seat.press("s")
        await seat.sees("closed as spam")
        await seat.write("spam")
        await seat.press("enter")
        await seat.sees("is closed")
    ticket = await desk.ticket(number)
    said = (ticket["priority"], ticket["category"], ticket["status"], ticket["close_reason"])
    assert said == ("high", "money", "closed", "spam")


async def test_a_supervisor_takes_up_a_closed_ticket_and_says_why(desk: Any, sit: Sit) -> None:
    await desk.hire("Mia Chen", Role.SUPERVISOR)
    number = await desk.file("VPN drops")
    closing = {"status": "closed", "reason": "spam"}
    await desk.call("bo", "PATCH", f"/tickets/{number}", closing)
    async with sit(desk) as seat:
        await seat.press("5")
        await seat.sees("VPN drops")
        await seat.press("X")
        await seat.sees(f"#{number} is closed: it cannot become in progress.")
    async with sit(desk, "mia") as seat:
        await seat.press("5")
        await seat.sees("VPN drops")
        await seat.press("X")
        await seat.sees("Why reopen")
        await seat.press("enter")
        await seat.sees_no("Why reopen")
        await seat.press("X")
        await seat.write("no spam")
        await seat.press("enter")
        await seat.sees("is open again")
    assert (await desk.ticket(number))["status"] == "in_progress"


async def test_any_key_but_y_ends_the_question_and_a_second_x_asks_no_second_time(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        for key in ("j", "enter", "space", "a", "n"):
            await seat.press("x")
            await seat.sees("Resolve #")
            await seat.press(key)
            await seat.sees_no("Resolve #", "Give #")
            await seat.press("y")
        assert (await desk.ticket(number))["status"] == "open"
        await seat.press("x", "x")
        await seat.sees("Resolve #")
        await seat.press("y")
        await seat.sees("is resolved")


async def test_what_happened_to_a_ticket_stands_between_its_messages(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops", priority="low")
    await desk.call("bo", "PATCH", f"/tickets/{number}", {"priority": "high"})
    await desk.say("bo", number, "Which VPN is it?")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("Bo Lindqvist: priority low → high", "Which VPN is it?")
        lines = seat.lines
        order = [lines.index(seat.line(part)) for part in ("It does not", "low → high", "Which")]
        assert order == sorted(order)
        await desk.call("bo", "PATCH", f"/tickets/{number}", {"status": "resolved"})
        await seat.sees("Bo Lindqvist resolved it")


async def test_routing_gives_the_agent_a_ticket_says_why_and_c_begins_it(
    desk: Any, sit: Sit
) -> None:
    await desk.call("admin", "PATCH", "", {"assignment": {"mode": "balanced"}})
    async with sit(desk) as seat:
        await seat.sees("you: available")
        await desk.file("VPN drops")
        await seat.sees("assigned to you", "[3 Open 1]")
        assert "Ana Sousa" in seat.line("▸")
        await seat.press("enter")
        await seat.sees("yours", "first response due in 7h59", "The agent came first with 1 of 10")
        await seat.press("c")
        await seat.sees("is yours", "in progress · N normal", "Ana Sousa began work on it")


async def test_the_list_is_ordered_by_what_breaks_next_until_the_agent_says_otherwise(
    desk: Any, sit: Sit
) -> None:
    await desk.file("Small thing", priority="low")
    await desk.file("VPN drops", priority="urgent")
    async with sit(desk) as seat:
        await seat.sees("next due first", "Small thing", "23h5")
        assert "VPN drops" in seat.line("▸")
        await seat.until(lambda: any(f"29:{second:02}" in seat.text for second in range(60)))
        await seat.press("S")
        await seat.sees("urgent first")
        await seat.press("S", "g")
        await seat.sees("oldest first")
        await seat.until(lambda: "Small thing" in seat.line("▸"), "the oldest at the top")
        await seat.press("4", "S")
        await seat.sees("The list is ordered: newest first.")
