"""Marked tickets: one key changes them all, and another takes that back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.paused_bulk import pause_bulk

Sit = Callable[..., Any]


async def test_marked_tickets_are_changed_by_one_key_and_undone_as_one(desk: Any, sit: Sit) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(3)]
    await desk.call("admin", "PATCH", f"/tickets/{numbers[1]}", {"priority": "low"})
    async with sit(desk) as seat:
        await seat.sees("Broken 0", "Broken 2")
        await seat.press("space")
        await seat.sees("✓ 1 marked", "c claim", "p prio")
        assert "r reply" not in seat.text
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
        assert not re.search(r"● +#", seat.text)
        await seat.press("Z")
        await seat.sees("3 tickets are as before")
        await seat.press("Z")
        await seat.sees("There is no bulk change that can be undone.")
    now = [(await desk.ticket(it))["priority"] for it in numbers]
    assert now == ["normal", "low", "normal"]


async def test_the_last_line_says_how_far_a_change_is_whatever_else_is_said(
    desk: Any, sit: Sit
) -> None:
    for n in range(3):
        await desk.file(f"Broken {n}")
    async with sit(desk) as seat:
        await seat.sees("Broken 0", "Broken 2")
        with pause_bulk(after=1) as going_on:
            await seat.press("V", "p")
            await seat.write("urgent")
            await seat.press("enter", "y")
            await seat.sees("Set priority urgent: 2 of 3 …", "2 of 3 changed")
            await seat.press("Z")
            await seat.sees("There is no bulk change that can be undone.", "2 of 3 changed")
            going_on.set()
            await seat.sees("3 tickets have priority urgent")
            await seat.sees_no("2 of 3 changed")


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


async def resolve_both(seat: Any) -> None:
    await seat.sees("Broken 0", "Broken 1")
    await seat.press("V")
    await seat.sees("✓ 2 marked")
    await seat.press("x")
    await seat.sees("Set to resolved: 2 tickets?")
    await seat.press("y")
    await seat.sees("Set to resolved: 2 tickets in 60 s · z undo", "s to undo(z)")


async def test_a_change_of_status_is_held_counted_down_and_taken_back_as_one(
    desk: Any, sit: Sit
) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(2)]

    def seconds(seat: Any) -> int:
        found = re.search(r"(\d+) s to undo", seat.text)
        return int(found[1]) if found else 99

    async with sit(desk, hold=timedelta(seconds=60)) as seat:
        await resolve_both(seat)
        first = seconds(seat)
        await seat.until(lambda: seconds(seat) < first, "another second")
        await seat.press("z")
        await seat.sees("Taken back: Set to resolved, 2 tickets.", "✓ 2 marked")
        await seat.sees_no("s to undo")
        assert [(await desk.ticket(it))["status"] for it in numbers] == ["open"] * 2
        await seat.press("z")
        await seat.sees("There is nothing to take back")


async def test_who_leaves_sends_a_change_of_status_that_is_held(desk: Any, sit: Sit) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(2)]
    async with sit(desk, hold=timedelta(seconds=60)) as seat:
        await resolve_both(seat)
        await seat.press("ctrl+q")
        await seat.until(lambda: not seat.app.is_running, "the end")
    assert [(await desk.ticket(it))["status"] for it in numbers] == ["resolved"] * 2


async def test_z_takes_back_what_was_done_last_of_one_ticket_or_of_many(
    desk: Any, sit: Sit
) -> None:
    numbers = [await desk.file(f"Broken {n}") for n in range(2)]
    async with sit(desk) as seat:
        await seat.sees("Broken 0", "Broken 1")
        await seat.press("V", "p")
        await seat.sees("Priority of 2 tickets")
        await seat.write("urgent")
        await seat.press("enter", "y")
        await seat.sees("2 tickets have priority urgent")
        await seat.until(lambda: seat.text.count(" ! Broken") == 2, "the new priorities")
        await seat.press("c")
        await seat.sees("Ana Sousa")
        await seat.press("z")
        await seat.sees("Taken back")
        await seat.press("z")
        await seat.sees("2 tickets are as before")
    assert [(await desk.ticket(it))["priority"] for it in numbers] == ["normal"] * 2
