"""Commands by name: the palette, the help that runs what it lists, other keys."""

from collections.abc import Callable
from typing import Any

from tui.configured_keys import build_keymap
from tui.screens.command_palette import CommandPalette
from tui.screens.help_screen import HelpScreen

Sit = Callable[..., Any]


async def test_a_verb_is_run_by_its_name(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("colon")
        await seat.until(lambda: isinstance(seat.app.screen, CommandPalette))
        await seat.write("cla")
        await seat.sees("claim", "c      claim")
        await seat.press("enter")
        await seat.sees("in prog")
    assert (await desk.ticket(number))["assignee"]["name"] == "Ana Sousa"


async def test_what_follows_a_name_answers_its_question(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("ctrl+p")
        await seat.write("priority urgent")
        await seat.press("enter")
        await seat.sees("!", "VPN drops")
        await seat.until(lambda: seat.app.context.store.tickets[number].priority == "urgent")
        await seat.press("colon")
        await seat.write("pri")
        await seat.press("tab")
        await seat.write("l")
        await seat.press("enter")
        await seat.sees("N normal", "L low")
        await seat.press("down", "enter")
        await seat.until(lambda: seat.app.context.store.tickets[number].priority == "low")


async def test_the_palette_begins_with_what_can_be_done_and_ends_with_what_cannot(
    desk: Any, sit: Sit
) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("colon")
        await seat.until(lambda: isinstance(seat.app.screen, CommandPalette))
        offered = [option.text for option in seat.app.screen.choices]
        assert offered[:3] == ["claim", "reply", "note"]
        assert offered.index("tags") < offered.index("filter") < offered.index("reopen")
        await seat.press("escape", "r")
        await seat.sees("PUBLIC", "It does not work.")
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.screen, CommandPalette))
        assert seat.app.screen.choices[0].text == "send"


async def test_a_command_that_is_not_available_says_why(desk: Any, sit: Sit) -> None:
    await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("colon")
        await seat.write("reopen")
        await seat.sees("reopen", "X      · ")
        await seat.press("enter")
        await seat.until(lambda: not isinstance(seat.app.screen, CommandPalette))
        await seat.sees("open")
        assert seat.app.queue.toast.text


async def test_what_is_typed_behind_reply_is_its_text(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("colon")
        await seat.write("reply Restart it.")
        await seat.press("enter")
        await seat.sees("PUBLIC", "Restart it.", "draft saved")
        await seat.press("escape", "colon")
        await seat.write("reply Twice.")
        await seat.press("enter")
        await seat.sees("Restart it.", "Twice.")
        await seat.press("ctrl+s")
        await seat.sees("is sent")
    assert [it["body"] for it in await desk.messages(number)] == ["Restart it.\nTwice."]


async def test_the_palette_sends_a_reply_and_a_colon_is_text(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("r")
        await seat.sees("REPLY")
        await seat.press("a", "colon", "b")
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.screen, CommandPalette))
        await seat.write("send")
        await seat.press("enter")
        await seat.until(lambda: not seat.app.ticket.composer.display, "sent")
    assert [message["body"] for message in await desk.messages(number)] == ["a:b"]


async def test_the_help_runs_what_it_lists(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("question_mark")
        await seat.until(lambda: isinstance(seat.app.screen, HelpScreen))
        await seat.press("slash")
        await seat.write("send; newer")
        await seat.press("enter", "enter")
        await seat.sees("Not here: writing.")
        await seat.press("slash")
        for _ in range(len("send; newer")):
            await seat.press("backspace")
        await seat.write("claim; on")
        await seat.press("enter", "enter")
        await seat.sees("in prog")
    assert (await desk.ticket(number))["assignee"]["name"] == "Ana Sousa"


async def test_other_keys_work_and_are_shown(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    keymap = build_keymap({"ticket.claim": "r", "ticket.reply": "c", "ticket.sell": "q"})
    async with sit(desk, keymap=keymap) as seat:
        await seat.sees("VPN drops", "1 entry of [keys] not used")
        await seat.sees("r claim", "c reply")
        await seat.press("r")
        await seat.sees("in prog")
        await seat.press("c")
        await seat.sees("REPLY")
    assert (await desk.ticket(number))["assignee"]["name"] == "Ana Sousa"
