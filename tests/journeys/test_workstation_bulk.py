"""Marked tickets: one key changes them all, and another takes that back."""

from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]


async def test_marked_tickets_are_changed_by_one_key_and_undone_as_one(desk: Any, sit: Sit) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(3)]
    await desk.call("admin", "PATCH", f"/tickets/{numbers[1]}", {"priority": "low"})
    async with sit(desk) as seat:
        await seat.sees("Broken 0", "Broken 2")
        await seat.press("space")
        await seat.sees("✓ 1 marked")
        await seat.press("G", "v")
        await seat.sees("✓ 3 marked")
        await seat.press("p")
        await seat.sees("Priority of 3 tickets")
        await seat.write("urgent")
        await seat.press("enter")
        await seat.sees("Set priority urgent: 3 tickets?")
        await seat.press("y")
        await seat.sees("3 tickets have priority urgent · Z undoes it")
        await seat.sees_no("marked")
        assert [(await desk.ticket(it))["priority"] for it in numbers] == ["urgent"] * 3
        await seat.until(lambda: seat.text.count(" ! Broken") == 3, "the new priorities")
        await seat.press("Z")
        await seat.sees("3 tickets are as before")
        await seat.press("Z")
        await seat.sees("There is no bulk change that can be undone.")
    now = [(await desk.ticket(it))["priority"] for it in numbers]
    assert now == ["normal", "low", "normal"]


async def test_what_is_refused_is_listed_and_stays_marked(desk: Any, sit: Sit) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(3)]
    async with sit(desk) as seat:
        await seat.sees("Broken 0", "Broken 2")
        await seat.press("V")
        await seat.sees("✓ 3 marked")
        await desk.call("bo", "POST", f"/tickets/{numbers[1]}/claim")
        await seat.press("c")
        await seat.sees("Claim: 3 tickets?")
        await seat.press("y")
        await seat.sees("1 of 3 tickets were refused", "Broken 1: Bo Lindqvist has this ticket.")
        await seat.press("q")
        await seat.sees("✓ 1 marked")
        await seat.press("m")
        await seat.sees("This is for one ticket: esc takes the marks off.")
        await seat.press("escape")
        await seat.sees_no("marked")
