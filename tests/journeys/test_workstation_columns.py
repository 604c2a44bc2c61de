"""Columns and order of the queue: chosen by keys, shown at once, found again at the next start."""

from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]


async def file_some(desk: Any) -> None:
    await desk.file("Alpha needs paper", priority="low")
    await desk.file("Bravo has no light", priority="urgent")
    await desk.file("Charlie cannot log in", priority="normal")


def order_of(seat: Any) -> list[str]:
    words = ("Alpha", "Bravo", "Charlie")
    return [word for line in seat.lines for word in words if word in line]


async def test_columns_and_order_are_chosen_by_keys_and_are_there_again(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("▲DUE", "Alpha")
        assert "CUSTOMER" not in seat.text
        await seat.press("vertical_line", *"jjjjjj", "space")
        await seat.sees("Columns and order of Open", "✓   customer", "CUSTOMER")
        await seat.press("s")
        await seat.sees("▲CUSTOMER", "customer A to Z")
        await seat.press("k", "k", "k", "k", "s", "s")
        await seat.sees("▼SUBJECT", "subject Z to A")
        await seat.press("enter")
        await seat.sees("3 tickets · subject Z to A")
        assert order_of(seat) == ["Charlie", "Bravo", "Alpha"]
        await seat.press("2")
        await seat.sees("next due first")
        assert "CUSTOMER" not in seat.text
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("▼SUBJECT", "CUSTOMER", "3 tickets · subject Z to A")


async def test_esc_leaves_the_list_as_it_was_and_d_takes_the_programs_choice(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("▲DUE", "Alpha")
        await seat.press("vertical_line", "j", "space")
        await seat.sees("    priority", "# SUBJECT")
        await seat.press("escape")
        await seat.sees("# P SUBJECT")
        await seat.press("vertical_line", "j", "space", "s", "enter")
        await seat.sees("# SUBJECT", "urgent first")
        await seat.press("vertical_line", "d")
        await seat.sees("# P SUBJECT")
        await seat.press("enter")
        await seat.sees("▲DUE", "next due first")


async def test_a_column_without_room_is_refused_and_hidden_ones_are_counted(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("vertical_line", "space")
        await seat.sees("! Every list shows the number.")
        await seat.press(*"jjjjjj", "space", "j", "space", "j", "space")
        await seat.sees("! No room for tags: the list is 79 wide.", "CATEGORY")
        await seat.press("enter")
        await seat.pilot.resize_terminal(60, 24)
        await seat.sees("next due first · 2 columns hidden")
        await seat.pilot.resize_terminal(80, 24)
        await seat.sees("CATEGORY")
        await seat.sees_no("hidden")


async def test_columns_and_order_are_named_behind_the_command(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("colon")
        await seat.write("columns subject, cust tags")
        await seat.press("enter")
        await seat.sees("# SUBJECT", "CUSTOMER", "TAGS")
        await seat.press("colon")
        await seat.write("sort subject")
        await seat.press("enter")
        await seat.sees("The list is ordered: subject A to Z.")
        assert order_of(seat) == ["Alpha", "Bravo", "Charlie"]
        await seat.press("colon")
        await seat.write("sort mood")
        await seat.press("enter")
        await seat.sees("Sort by one of these: number, priority")
        await seat.press("colon")
        await seat.write("columns mood")
        await seat.press("enter")
        await seat.sees("No column is called mood")


async def test_a_list_that_comes_by_page_is_sorted_by_the_server(
    desk: Any, sit: Sit, monkeypatch: Any
) -> None:
    monkeypatch.setattr("tui.network.page_loader._PAGE", 5)
    monkeypatch.setattr("tui.widgets.cursor_list._NEAR_END", 2)
    for place in range(30):
        number = await desk.file(f"Story {place:02}.")
        await desk.call("bo", "PATCH", f"/tickets/{number}", {"status": "resolved"})
    async with sit(desk, size=(80, 16)) as seat:
        await seat.press("4")
        await seat.sees("[4 Resolved 30]", "Story 29.")
        await seat.press("vertical_line", "j", "j", "s")
        await seat.sees("! It comes by page: sort it by last change, age, priority or due.")
        await seat.press("escape", "S")
        await seat.sees("newest first", "Story 29.")
        await seat.press("colon")
        await seat.write("sort age")
        await seat.press("enter")
        await seat.sees("oldest first", "Story 00.", "Story 01.", "of 30")
        await seat.press("G")
        await seat.sees("30 tickets", "Story 29.")
        numbers = seat.app.queue.table.rows.tickets.numbers
        assert numbers == sorted(numbers)
