"""Keys that come in one breath: each reaches the window that the key before it opened."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from textual import events

from tui.app import Deskwire

Sit = Callable[..., Any]

NAMED = {" ": "space", "/": "slash", "\n": "enter"}


def breathless(seat: Any, keys: str) -> None:
    """What a slow line delivers at once, or a hand that knows its way."""
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


async def test_enter_pressed_twice_signs_in_once(server: str, desk: Any) -> None:
    app = Deskwire({"server": server, "org": str(desk.org), "email": "ana@example.test"})
    async with app.run_test(size=(80, 24)) as pilot:
        seat = SimpleNamespace(app=app)
        breathless(seat, "correct horse\n\n\n")
        for _ in range(500):
            await pilot.pause(0.02)
            if app.station.link.is_live:
                break
        assert app.station.link.is_live
        assert app.screen_stack.count(app.queue) == 1
