"""Tabs, filter, search, help, pages, sizes: getting around in the workstation."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.desk import PASSWORD
from tests.support.seat import Seat
from tui.messages.results import MacrosLoaded
from tui.screens.help_screen import HelpScreen
from tui.shell.app import Deskwire

Sit = Callable[..., Any]


async def test_tabs_are_turned_by_number_and_by_bracket(desk: Any, sit: Sit) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("[3 Open 1]", "VPN drops")
        await seat.press("1")
        await seat.sees("[1 Mine 0]", "You have no open tickets.")
        await seat.press("right_square_bracket")
        await seat.sees("[2 Unassigned 1]", "VPN drops")
        await seat.press("left_square_bracket", "left_square_bracket")
        await seat.sees("[5 All 1]", "VPN drops")


async def test_a_filter_narrows_while_one_types_and_enter_lands_on_the_first_match(
    desk: Any, sit: Sit
) -> None:
    await desk.file("Printer on fire", priority="urgent")
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops", "Printer on fire")
        await seat.press("slash")
        await seat.write("vpn")
        await seat.sees("1 of 2")
        await seat.sees_no("Printer on fire")
        await seat.press("enter", "c")
        await seat.sees("VPN drops is yours", "/vpn 1 of 2")
        await seat.press("escape")
        await seat.sees("Printer on fire", "2 tickets")


async def test_esc_ends_a_filter_and_leaves_the_cursor_on_the_ticket_that_was_found(
    desk: Any, sit: Sit
) -> None:
    await desk.file("Printer on fire", priority="urgent")
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops", "Printer on fire")
        await seat.press("slash")
        await seat.write("vpn")
        await seat.press("enter")
        await seat.sees("/vpn 1 of 2")
        await seat.press("escape")
        await seat.sees("Printer on fire", "2 tickets")
        assert "VPN drops" in seat.line("▸")


async def test_a_question_mark_searches_what_was_written_on_the_server(desk: Any, sit: Sit) -> None:
    number = await desk.file("Hello", description="The zeppelin has landed.")
    await desk.file("Another")
    async with sit(desk) as seat:
        await seat.sees("Another")
        await seat.press("slash")
        await seat.write("?zeppelin")
        await seat.press("enter")
        await seat.sees("1 found for “zeppelin”", f"#{number}")
        await seat.sees_no("Another")
        await seat.press("q")
        await seat.sees("Another")


async def test_a_search_shows_when_tickets_are_due_and_closed_ones_only_when_asked(
    desk: Any, sit: Sit
) -> None:
    shut = await desk.file("Old zeppelin")
    await desk.call("bo", "PATCH", f"/tickets/{shut}", {"status": "closed", "reason": "spam"})
    number = await desk.file("New zeppelin", priority="urgent")
    async with sit(desk) as seat:
        await seat.sees("New zeppelin")
        await seat.press("slash")
        await seat.write("?zeppelin")
        await seat.press("enter")
        await seat.sees("1 found for “zeppelin” among unresolved", f"#{number}", "DUE")
        await seat.until(lambda: re.search(r"29:\d\d", seat.line("New zeppelin")), "its clock")
        assert "Old zeppelin" not in seat.text
        await seat.press("S")
        await seat.sees("This list has its own order: newest first.")
        await seat.press("slash")
        await seat.write("?zeppelin st:closed")
        await seat.press("enter")
        await seat.sees("1 found for “zeppelin” among closed", "Old zeppelin")
        await seat.press("slash")
        await seat.write("?")
        await seat.sees("enter searches descriptions and messages, too")
        await seat.write("zeppelin p:low st:all")
        await seat.press("enter")
        await seat.sees("0 found for “zeppelin” among priority:low")
        await seat.press("slash")
        await seat.write("?st:closed p:>=normal")
        await seat.press("enter")
        await seat.sees("1 found among closed priority:normal,high,urgent", "Old zeppelin")
        await seat.press("slash")
        await seat.write("?")
        await seat.press("enter")
        await seat.sees("at character 2: Type what to search for")
        await seat.press("escape")
        await seat.press("slash")
        await seat.write("?balloon")
        await seat.press("enter")
        await seat.sees("No unresolved ticket matches. ?words st:all searches all.")
        await seat.press("q", "5")
        await seat.sees("[5 All 2]")
        await seat.press("slash")
        await seat.write("?zeppelin")
        await seat.press("enter")
        await seat.sees("2 found for “zeppelin” ·", "Old zeppelin", "New zeppelin")


async def test_the_preview_is_moved_by_keys_and_found_so_again(desk: Any, sit: Sit) -> None:
    await desk.file("A rather long subject of a ticket")
    async with sit(desk, size=(120, 30)) as seat:
        await seat.sees("A rather long subject of a ticket", "It does not work.")
        before = seat.app.queue.preview.size.width
        await seat.press("plus")
        await seat.until(lambda: seat.app.queue.preview.size.width > before, "a larger one")
        await seat.press("P", "P")
        await seat.sees("Preview: below the list.")
        await seat.until(lambda: seat.app.queue.preview.size.width == 120, "it below")
        await seat.sees("It does not work.")
    async with sit(desk, size=(120, 30)) as seat:
        await seat.sees("It does not work.")
        assert seat.app.queue.preview.size.width == 120
        await seat.press("P")
        await seat.sees("Preview: hidden.")
        await seat.sees_no("It does not work.")
        await seat.press("underscore")
        await seat.sees("The preview is hidden. Press P to show it.")
        await seat.press("P")
        await seat.sees("Preview: where there is room.", "It does not work.")
        assert seat.app.queue.preview.size.width == before


async def test_the_last_page_of_a_long_queue_comes_by_itself(
    desk: Any, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.network.page_loader._PAGE", 10)
    monkeypatch.setattr("tui.widgets.cursor_list._NEAR_END", 5)
    for place in range(45):
        number = await desk.file(f"Story {place}.")
        await desk.call("bo", "PATCH", f"/tickets/{number}", {"status": "resolved"})
    async with sit(desk) as seat:
        await seat.press("4")
        await seat.sees("[4 Resolved 45]", "Story 44.", "of 45")
        await seat.press("G")
        await seat.sees("45 tickets", "Story 0.")
        assert "Story 0." in seat.line("▸")


async def test_older_messages_come_as_one_scrolls_up(desk: Any, sit: Sit) -> None:
    number = await desk.file("A long story")
    for place in range(60):
        await desk.say("bo", number, f"chapter {place}.")
    async with sit(desk) as seat:
        await seat.sees("A long story")
        await seat.press("enter")
        await seat.sees("chapter 59.")
        assert len(seat.app.context.store.messages[number]) == 50
        await seat.press("g")
        await seat.sees("It does not work.", "chapter 0.")


async def test_help_shows_every_key_and_can_be_searched(desk: Any, sit: Sit) -> None:
    async with sit(desk) as seat:
        await seat.press("question_mark")
        await seat.sees("On the selected ticket", "write a public reply")
        await seat.press("slash")
        await seat.write("full-text")
        await seat.sees_no("write a public reply")
        await seat.press("escape", "q")
        await seat.sees("[3 Open 0]")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_it_works_at_every_size(desk: Any, sit: Sit, size: tuple[int, int]) -> None:
    await desk.file("VPN drops", description="Every ten minutes.")
    async with sit(desk, size=size) as seat:
        await seat.sees("VPN drops", "open", "? help", "LIVE")
        assert all(len(line) <= size[0] for line in seat.lines)
        if size[0] >= 100:
            await seat.sees("Every ten minutes.")
        await seat.press("r")
        await seat.sees("PUBLIC", "send", "LIVE")


async def test_a_terminal_too_small_asks_to_be_enlarged(desk: Any, sit: Sit) -> None:
    await desk.file("VPN drops")
    await desk.file("Printer on fire")
    async with sit(desk) as seat:
        await seat.sees("Printer on fire")
        await seat.pilot.resize_terminal(50, 12)
        await seat.sees("Please enlarge the terminal to at least 60 x 16.")
        assert "LIVE" not in seat.text
        await seat.pilot.resize_terminal(80, 24)
        await seat.sees("LIVE")
        await seat.press("j")
        await seat.until(lambda: "Printer on fire" in seat.line("▸"), "the next row")


async def test_signing_in_by_hand_says_what_is_wrong(desk: Any) -> None:
    app = Deskwire({"server": desk.http, "org": str(desk.org.id), "email": "ana@example.test"})
    async with app.run_test(size=(80, 24)) as pilot:
        seat = Seat(app, pilot)
        address = app.sign_in.query_one("#sign-in-server", Input)
        address.value = desk.http.removeprefix("http://")
        await _type(pilot, "wrong horse")
        await seat.until(lambda: "begins with http://" in app.sign_in.message)
        await pilot.press("f1")
        await seat.until(lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("q")
        await seat.until(lambda: app.screen is app.sign_in)
        address.value = desk.http
        await _type(pilot, "wrong horse")
        await seat.until(lambda: "is wrong" in app.sign_in.message)
        await _type(pilot, PASSWORD)
        await seat.until(lambda: app.screen is app.queue)


async def test_an_answer_that_comes_when_the_program_ends_ends_it_no_other_way(desk: Any) -> None:
    app = Deskwire({"server": desk.http, "org": str(desk.org.id), "email": "ana@example.test"})
    async with app.run_test(size=(80, 24)):
        stack = list(app._screen_stack)
        app._screen_stack.clear()
        await app._route_message(MacrosLoaded([]))
        app._screen_stack.extend(stack)


async def test_an_ended_session_leads_back_to_signing_in(desk: Any, sit: Sit) -> None:
    await desk.file("VPN drops")
    (ana,) = (await desk.call("admin", "GET", "/users?q=Ana"))["items"]
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("p")
        await seat.sees("Priority of")
        await desk.call("admin", "PATCH", f"/users/{ana['id']}", {"password": PASSWORD})
        app = seat.app
        await seat.until(lambda: app.screen is app.sign_in, "the sign-in")
        assert "Your session has ended" in app.sign_in.message
        await _type(seat.pilot, PASSWORD)
        await seat.until(lambda: app.screen is app.queue, "the queue")
        await seat.sees("LIVE", "VPN drops")


async def _type(pilot: Pilot[None], password: str) -> None:
    await pilot.pause()
    await pilot.press(*("space" if letter == " " else letter for letter in password), "enter")
