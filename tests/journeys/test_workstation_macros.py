"""Macros at the workstation: written, chosen by typing, sent with their changes."""

from collections.abc import Callable
from typing import Any

from common.people import Role

Sit = Callable[..., Any]


async def create(desk: Any, who: str = "admin", **fields: Any) -> None:
    body = {"name": "Refund", "body": "Dear {{customer.first_name}}, it comes.", "shared": True}
    await desk.call(who, "POST", "/macros", body | fields)


async def test_a_macro_is_chosen_by_typing_and_sent_with_its_changes(desk: Any, sit: Sit) -> None:
    number = await desk.file("Where is my money?")
    await create(desk, verbs={"status": "resolved", "priority": "high", "add_tags": ["refund"]})
    await create(desk, name="Photo", body="A photo, please.")
    await create(desk, name="Workshop", body="For the workshop.", kind="note")
    async with sit(desk) as seat:
        await seat.sees("Where is my money?")
        await seat.press("r")
        await seat.sees("PUBLIC")
        await seat.write("Hello. ")
        await seat.press("ctrl+t")
        await seat.sees("Which macro", "Photo", "[resolved · priority high · +refund] Dear")
        assert "Workshop" not in seat.text
        await seat.write("rfn")
        await seat.sees_no("Photo")
        await seat.press("enter")
        await seat.sees(
            "Hello. Dear dora, it comes.", "and then: resolved · priority high · +refund"
        )
        await seat.press("ctrl+s")
        await seat.sees("is sent")
    ticket = await desk.ticket(number)
    assert (ticket["status"], ticket["priority"], ticket["tags"]) == (
        "resolved",
        "high",
        ["refund"],
    )


async def test_the_changes_of_a_macro_are_kept_with_the_draft_and_can_be_dropped(
    desk: Any, sit: Sit
) -> None:
    number = await desk.file("Where is my money?")
    await create(desk, verbs={"status": "resolved"})
    async with sit(desk) as seat:
        await seat.sees("Where is my money?")
        await seat.press("r", "ctrl+t")
        await seat.sees("Which macro")
        await seat.press("enter")
        await seat.sees("and then: resolved", "draft saved")
    async with sit(desk) as seat:
        await seat.sees("1 draft")
        await seat.press("r")
        await seat.sees("Dear dora", "and then: resolved")
        await seat.press("ctrl+t")
        await seat.sees("(no changes)")
        await seat.write("no ch")
        await seat.press("enter")
        await seat.sees_no("and then:")
        await seat.press("ctrl+s")
        await seat.sees("is sent")
    assert (await desk.ticket(number))["status"] == "in_progress"


async def test_a_new_macro_of_everybody_is_at_every_workstation_at_once(
    desk: Any, sit: Sit
) -> None:
    async with sit(desk, "bo") as seat:
        await seat.press("ctrl+t")
        await seat.sees("There are no macros yet: n writes one.")
        await create(desk)
        await seat.sees("Refund", "everybody, both", "Dear {{customer.first_name}}")
        await desk.call("admin", "PATCH", "/macros/1", {"name": "Money back"})
        await seat.sees("Money back")
        await seat.press("e")
        await seat.sees("Supervisors change everybody's macros")


async def test_macros_are_written_changed_and_deleted(desk: Any, sit: Sit) -> None:
    await desk.hire("Sue Park", Role.SUPERVISOR)
    async with sit(desk, "sue") as seat:
        await seat.press("ctrl+t", "n")
        await seat.sees("New macro", "use in: reply", "how you find it")
        await seat.write("Refund")
        await seat.press("down", "end", "backspace", "backspace")
        await seat.write("everybody")
        await seat.press(*["down"] * 9)
        await seat.write("Dear {{customer.nme}}")
        await seat.press("ctrl+s")
        await seat.sees("Line 11: The text has unknown variables {{customer.nme}}")
        await seat.press("end", *["backspace"] * 5)
        await seat.write("name}}")
        await seat.press("ctrl+s")
        await seat.sees("The macro “Refund” is saved", "everybody, reply", "Dear {{customer.name}}")
        await seat.press("e")
        await seat.sees("Macro “Refund”")
        await seat.write(" and more")
        await seat.press("escape")
        await seat.sees("Leave without saving what you wrote?")
        await seat.press("n")
        await seat.sees_no("Leave without")
        await seat.press("ctrl+s")
        await seat.sees("Macros · 1", "Dear {{customer.name}} and more")
        await seat.press("d")
        await seat.sees("Delete “Refund”, which everybody uses?")
        await seat.press("y")
        await seat.sees("There are no macros yet")
