"""Keys that come in one breath: each reaches the window that the key before it opened."""

from collections.abc import Callable
from typing import Any

from textual import events

from tests.support.desk import PASSWORD
from tests.support.seat import Seat
from tui.shell.app import Deskwire

Sit = Callable[..., Any]

NAMED = {" ": "space", "/": "slash", "\n": "enter"}


def breathless(seat: Any, keys: str) -> None:
    """Delivers keys at once, as a slow line does, or a hand that knows its way."""
    for letter in keys:
        seat.app.post_message(events.Key(NAMED.get(letter, letter), letter))


async def test_words_typed_right_after_r_are_words_and_no_verbs(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        breathless(seat, "rxylophone, yes q")
        await seat.sees("REPLY · PUBLIC", "xylophone, yes q")
    assert (await desk.ticket(number))["status"] == "open"


async def test_a_filter_its_enter_and_a_verb_may_come_at_once(desk: Any, sit: Sit) -> None:
    await desk.file("Printer on fire", priority="urgent")
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("Printer on fire")
        breathless(seat, "/vpn\nc")
        await seat.sees("/vpn 1 of 2", "VPN drops is yours")
    assert (await desk.ticket(number))["assignee"]["name"] == "Ana Sousa"


async def test_a_question_hears_the_answer_that_was_typed_with_it(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        breathless(seat, "\nxyq")
        await seat.sees("[3 Open 0]")
    assert (await desk.ticket(number))["status"] == "resolved"


async def test_enter_pressed_twice_signs_in_once(desk: Any) -> None:
    app = Deskwire({"server": desk.http, "org": str(desk.org.id), "email": "ana@example.test"})
    async with app.run_test(size=(80, 24)) as pilot:
        seat = Seat(app, pilot)
        breathless(seat, PASSWORD + "\n\n\n")
        await seat.until(lambda: app.context.link.is_live, "the connection")
        assert app.screen_stack.count(app.queue) == 1


async def test_what_is_typed_on_after_a_refused_field_is_no_verb(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    await desk.call("admin", "PATCH", f"/tickets/{number}", {"status": "resolved"})
    await desk.call("admin", "PATCH", f"/tickets/{number}", {"status": "closed"})
    async with sit(desk) as seat:
        await seat.press("r")  # nothing is open, so no ticket is selected
        await seat.sees("No ticket is selected.")
        await seat.press("down", "5")
        await seat.sees("VPN drops")
        for refused in "rRpC":
            breathless(seat, f"{refused}xylophone, yes q\n?5/")
            seat.app.post_message(events.Paste("and more"))
            await seat.sees("What you typed was not used. #", "[5 All 1]")
            await seat.press("down")
            await seat.press("f1")  # a key that nobody types acts at once
            await seat.sees("q back")  # the help
            await seat.press("escape")
            seat.app.show_toast("")
    assert (await desk.ticket(number))["status"] == "closed"
