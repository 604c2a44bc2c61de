"""Saved views as tabs: kept from a filter, shared or own, live, changed and deleted."""

from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]


async def file_some(desk: Any) -> None:
    await desk.file("Alpha needs paper", priority="low")
    await desk.file("Bravo has no light", priority="urgent")
    await desk.file("Charlie cannot log in", priority="high")


async def save_view(desk: Any, who: str, name: str, filter_: str, **fields: Any) -> int:
    body = {"name": name, "filter": filter_, "sort": "sla_due", **fields}
    made = await desk.call(who, "POST", "/views", body)
    return int(made["id"])


async def run_command(seat: Any, line: str) -> None:
    await seat.press("colon")
    await seat.sees("Command")
    await seat.write(line)
    await seat.press("enter")


async def test_a_filter_is_saved_as_a_view_and_its_tab_counts_live(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("slash")
        await seat.write("p:urgent,high")
        await seat.sees("2 of 3")
        await seat.press("ctrl+s")
        await seat.sees("Save as a view", "shows status:open")
        await seat.write("Hot")
        await seat.press("enter")
        await seat.sees("[6 Hot 2]", "The view “Hot” is saved", "Bravo", "Charlie")
        await seat.sees_no("Alpha")
        await seat.press("3")
        await desk.file("Delta burns", priority="urgent")
        await seat.sees("6 Hot 3", "[3 Open 4]")
        await seat.press("6")
        await seat.sees("[6 Hot 3]", "Delta")
        await seat.press("right_square_bracket")
        await seat.sees("[1 Mine 0]")
        await seat.press("left_square_bracket")
        await seat.sees("[6 Hot 3]")
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("6 Hot 3")


async def test_a_shared_view_is_at_every_workstation_at_once_and_only_supervisors_change_it(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, size=(110, 24)) as seat:
        await seat.sees("Alpha")
        view = await save_view(desk, "admin", "Urgent", "status:unresolved p:urgent", shared=True)
        await seat.sees("6 Urgent 1")
        await seat.press("6")
        await seat.sees("[6 Urgent 1]", "Bravo")
        await run_command(seat, "view-rename")
        await seat.sees("Supervisors change everybody's views")
        await desk.call("admin", "PATCH", f"/views/{view}", {"filter": "status:unresolved p:low"})
        await seat.sees("[6 Urgent 1]", "Alpha")
        await seat.sees_no("Bravo")
        await desk.call("admin", "DELETE", f"/views/{view}")
        await seat.sees("[3 Open 3]", "The view “Urgent” has been deleted.")
        await seat.sees_no("Urgent 1")


async def test_an_own_view_is_at_the_agents_other_terminal_at_once(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(110, 24)) as seat:
        await seat.sees("Alpha")
        view = await save_view(desk, "ana", "Urgent", "status:unresolved p:urgent")
        await seat.sees("6 Urgent 1")
        await desk.call("ana", "PATCH", f"/views/{view}", {"name": "Burning"})
        await seat.sees("6 Burning 1")
        await desk.call("ana", "DELETE", f"/views/{view}")
        await seat.sees_no("Burning")


async def test_a_filter_is_typed_on_while_its_view_is_deleted(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(110, 24)) as seat:
        view = await save_view(desk, "admin", "Urgent", "status:unresolved p:urgent", shared=True)
        await seat.sees("6 Urgent 1")
        await seat.press("6")
        await seat.sees("[6 Urgent 1]")
        await seat.press("slash")
        await seat.write("alph")
        await seat.sees("/ alph", "0 of 1")
        await desk.call("admin", "DELETE", f"/views/{view}")
        await seat.sees("[3 Open 3]", "The view “Urgent” has been deleted.", "/ alph", "1 of 3")
        await seat.write("a")
        await seat.press("enter")
        await seat.sees("/alpha 1 of 3", "Alpha")


async def test_columns_that_are_chosen_for_a_deleted_view_are_nobodys(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(110, 24)) as seat:
        view = await save_view(desk, "admin", "Urgent", "status:unresolved p:urgent", shared=True)
        await seat.sees("6 Urgent 1")
        await seat.press("6", "vertical_line")
        await seat.sees("Columns and order of “Urgent”", "OWNER")
        await seat.press("j", "j", "j", "j", "space")
        await seat.sees_no("OWNER")
        await desk.call("admin", "DELETE", f"/views/{view}")
        await seat.sees("[3 Open 3]", "The view “Urgent” has been deleted.", "OWNER")
        await seat.sees_no("Columns and order")


async def test_a_new_filter_that_is_typed_for_a_deleted_view_is_no_command(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, "admin", size=(110, 24)) as seat:
        view = await save_view(desk, "admin", "Urgent", "status:unresolved p:urgent", shared=True)
        await seat.sees("6 Urgent 1")
        await seat.press("6")
        await seat.sees("[6 Urgent 1]")
        await run_command(seat, "view-filter")
        await seat.write("c")
        await seat.sees("priority:urgentc")
        await desk.call("admin", "DELETE", f"/views/{view}")
        await seat.sees("[3 Open 3]", "The view “Urgent” has been deleted.")
        await seat.sees_no("priority:urgentc")


async def test_a_view_of_resolved_tickets_is_listed_and_counted_by_the_server(
    desk: Any, sit: Sit, monkeypatch: Any
) -> None:
    monkeypatch.setattr("tui.network.page_loader._PAGE", 5)
    monkeypatch.setattr("tui.widgets.cursor_list._NEAR_END", 2)
    monkeypatch.setattr("tui.screens.queue_screen.COUNT_SECONDS", 0.05)
    numbers = [await desk.file(f"Story {place:02}.") for place in range(22)]
    for number in numbers[:20]:
        await desk.call("bo", "PATCH", f"/tickets/{number}", {"status": "resolved"})
    await save_view(desk, "ana", "Stories", "Story", sort="-updated_at")
    async with sit(desk, size=(80, 16)) as seat:
        await seat.sees("6 Stories 22")
        await seat.press("6")
        await seat.sees("[6 Stories 22]", "Story 19.", "of 22", "▼WHEN")
        await seat.press("G")
        await seat.sees("22 tickets")
        await desk.file("Story of another kind")
        await seat.sees("[6 Stories 23]", "23 tickets")


async def test_a_view_is_renamed_moved_given_another_filter_and_deleted(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    await save_view(desk, "ana", "First", "status:unresolved p:low")
    await save_view(desk, "ana", "Second", "status:unresolved p:high")
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("6 First 1", "7 Second 1")
        await run_command(seat, "go second")
        await seat.sees("[7 Second 1]", "Charlie")
        await run_command(seat, "view-rename Other")
        await seat.sees("The view is called “Other”", "[7 Other 1]")
        await run_command(seat, "view-left")
        await seat.sees("[6 Other 1]", "7 First 1")
        await run_command(seat, "view-left")
        await seat.sees("It is the first one already.")
        await run_command(seat, "view-filter")
        await seat.sees("/ status:open,in_progress priority:high")
        await seat.press(*["backspace"] * 13)
        await seat.write("p:urgent")
        await seat.sees("Bravo")
        await seat.press("enter")
        await seat.sees("The view “Other” has the new filter", "[6 Other 1]", "Bravo")
        await run_command(seat, "view-filter p:low")
        await seat.sees("[6 Other 1]", "Alpha")
        await seat.sees_no("Bravo")
        await run_command(seat, "view-delete")
        await seat.sees("Delete “Other”, your own?")
        await seat.press("y")
        await seat.sees("The view “Other” is deleted", "[3 Open 3]", "6 First 1")


async def test_columns_and_order_are_kept_in_the_view(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    await save_view(desk, "ana", "Mine", "status:unresolved")
    await save_view(desk, "admin", "Theirs", "status:unresolved", shared=True)
    async with sit(desk, size=(110, 24)) as seat:
        await seat.sees("6 Theirs 3", "7 Mine 3")
        await seat.press("7")
        await seat.sees("[7 Mine 3]")
        await run_command(seat, "columns subject customer")
        await seat.sees("Kept in the view “Mine”", "CUSTOMER")
        await run_command(seat, "sort subject")
        await seat.sees("▲SUBJECT")
        await seat.press("6")
        await seat.sees("[6 Theirs 3]", "▲DUE")
        await run_command(seat, "columns subject tags")
        await seat.sees("TAGS")
    page = await desk.call("ana", "GET", "/views")
    kept = {one["name"]: (one["columns"], one["sort"]) for one in page["items"]}
    assert kept["Mine"] == (["number", "subject", "customer"], "subject")
    assert kept["Theirs"] == ([], "sla_due")
    async with sit(desk, size=(110, 24)) as seat:
        await seat.sees("7 Mine 3")
        await seat.press("7")
        await seat.sees("▲SUBJECT", "CUSTOMER")
        await seat.press("6")
        await seat.sees("TAGS")


async def test_a_click_shows_a_tab_and_zero_finds_one_by_typing(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    for place in range(8):
        await save_view(desk, "ana", f"View {place}", "status:unresolved p:low")
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("[3:Open 3]", "→")
        await seat.press("0")
        await seat.sees("Go to", "Unassigned")
        await seat.write("view 7")
        await seat.press("enter")
        await seat.sees("[View 7 1]", "←", "Alpha")
        await seat.sees_no("1:Mine")
        line = seat.lines[0]
        await seat.pilot.click("#tabs", offset=(line.index("View 6"), 0))
        await seat.sees("[View 6 1]")
