"""Fields by key: snoozing, tags, whom a ticket waits for; following, and other tickets."""

from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]


async def test_a_ticket_is_snoozed_by_a_typed_time_and_woken(desk: Any, sit: Sit) -> None:
    await desk.call("admin", "PATCH", "", {"timezone": "Asia/Kolkata"})
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("d")
        await seat.sees(f"Snooze #{number} until", "tomorrow 9", "3d")
        await seat.write("soon")
        await seat.sees("Type a time such as")
        await seat.press("enter")
        await seat.sees("That is no time to wake it at.")
        await seat.press("d")
        await seat.sees("tomorrow 9")
        await seat.write("tomorrow 9")
        await seat.sees(", 09:00")
        await seat.press("enter")
        await seat.sees("sleeps")
        until = (await desk.ticket(number))["snoozed_until"]
        assert until.endswith("T03:30:00Z")  # nine o'clock where the desk is
        await seat.press("d")
        await seat.sees("▸ wake it now")
        await seat.press("enter")
        await seat.sees("is awake")
    assert (await desk.ticket(number))["snoozed_until"] is None


async def test_tags_are_completed_added_and_taken_off(desk: Any, sit: Sit) -> None:
    other = await desk.file("Another")
    await desk.call("admin", "PATCH", f"/tickets/{other}", {"tags": ["outage", "vip"]})
    number = await desk.file("Cannot log in", priority="urgent")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in", "Another")
        await seat.press("t")
        await seat.sees(f"Tag of #{number}", "outage", "vip")
        await seat.write("otg")
        await seat.sees_no("vip")
        await seat.press("enter")
        await seat.sees("gets the tag outage")
        await seat.press("t")
        await seat.sees("takes it off")
        await seat.write("printer")
        await seat.sees("a new tag")
        await seat.press("enter")
        await seat.sees("gets the tag printer")
        assert (await desk.ticket(number))["tags"] == ["outage", "printer"]
        await seat.press("t")
        await seat.write("outage")
        await seat.press("enter")
        await seat.sees("loses the tag outage")
    assert (await desk.ticket(number))["tags"] == ["printer"]


async def test_a_ticket_waits_for_others_and_is_followed(desk: Any, sit: Sit) -> None:
    number = await desk.file("Cannot log in")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("W")
        await seat.sees(f"#{number} waits for", "the third party")
        await seat.write("third")
        await seat.press("enter")
        await seat.sees("waits for the third party")
        assert (await desk.ticket(number))["waiting_on"] == "third_party"
        await seat.press("i")
        await seat.sees(f"You follow #{number}: i ends that")
        followers = await desk.call("ana", "GET", f"/tickets/{number}/followers")
        assert [it["name"] for it in followers["items"]] == ["Ana Sousa"]
        await seat.press("i")
        await seat.sees(f"You do not follow #{number} any more")


async def test_the_other_tickets_of_a_customer_are_opened(desk: Any, sit: Sit) -> None:
    await desk.file("Alone", customer_email="solo@example.com", priority="urgent")
    old = await desk.file("The first one")
    await desk.call("admin", "PATCH", f"/tickets/{old}", {"status": "resolved"})
    await desk.file("The second one")
    async with sit(desk) as seat:
        await seat.sees("Alone", "The second one")
        await seat.press("o")
        await seat.sees("solo has no other tickets.")
        await seat.press("j", "o")
        await seat.sees("Other tickets of dora", "The first one", "resolved")
        await seat.press("enter")
        await seat.sees("It does not work.", f"#{old}")


async def test_marked_tickets_get_a_tag_together(desk: Any, sit: Sit) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(2)]
    async with sit(desk) as seat:
        await seat.sees("Broken 0", "Broken 1")
        await seat.press("V", "t")
        await seat.sees("Tag of 2 tickets")
        await seat.write("outage")
        await seat.press("enter")
        await seat.sees("Add the tag outage: 2 tickets?")
        await seat.press("y")
        await seat.sees("2 tickets get the tag outage")
    assert [(await desk.ticket(it))["tags"] for it in numbers] == [["outage"]] * 2


async def test_a_link_of_the_conversation_is_copied(desk: Any, sit: Sit) -> None:
    number = await desk.file(
        "Cannot log in", priority="urgent", description="See https://shop.example/old."
    )
    await desk.say("bo", number, "Try (https://shop.example/new), please.")
    await desk.file("Nothing here", customer_email="solo@example.com")
    async with sit(desk) as seat:
        await seat.sees("Cannot log in")
        await seat.press("g", "enter")
        await seat.sees("Try (https")
        await seat.press("L")
        await seat.sees(f"Link of #{number}", "copy", "https://shop.example/new")
        await seat.write("copy old")
        await seat.press("enter")
        await seat.sees_no("Link of")
        await seat.sees(": https://shop.example/old")
