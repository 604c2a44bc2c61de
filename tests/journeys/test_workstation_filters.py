"""The filter of the queue: the language of docs/filters.md, completed and explained while typed."""

from collections.abc import Callable
from typing import Any

Sit = Callable[..., Any]


async def file_some(desk: Any) -> None:
    number = await desk.file("Alpha needs paper", priority="low")
    await desk.call("bo", "PATCH", f"/tickets/{number}", {"add_tags": ["vip", "slow"]})
    await desk.file("Bravo has no light", priority="urgent")
    await desk.file("Charlie cannot log in", priority="high")


async def test_fields_and_values_are_completed_while_one_types(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha", "Bravo")
        await seat.press("slash")
        await seat.write("pr")
        await seat.sees("▸priority:", "tab completes")
        await seat.press("tab")
        await seat.sees("/ priority:", "▸low", "urgent")
        await seat.press("down", "down", "tab")
        await seat.sees("/ priority:high", "1 of 3", "Charlie")
        await seat.sees_no("Alpha")
        await seat.press("escape")
        await seat.sees("3 tickets", "Alpha")


async def test_a_text_that_is_no_filter_says_why_and_leaves_the_list(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("slash")
        await seat.write("alpha mood:bad x")
        await seat.sees("! at character 7: there is no field mood", "1 of 3", "Alpha")
        await seat.press("enter")
        await seat.sees("! at character 7: there is no field mood", "/ alpha mood:bad x")
        await seat.press(*["backspace"] * 10)
        await seat.sees_no("no field mood")
        await seat.press("enter")
        await seat.sees("/alpha 1 of 3")


async def test_a_mistyped_last_word_is_not_left_out_by_enter(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("slash")
        await seat.write("alpha p:urgnt")
        await seat.sees("/ alpha p:urgnt")
        await seat.press("enter")
        await seat.sees("! at character 9: no priority is called so", "/ alpha p:urgnt")
        await seat.press("ctrl+s")
        await seat.sees_no("Save as a view")
        await seat.press("backspace", "backspace", "backspace", "enter")
        await seat.sees("/alpha p:ur")


async def test_what_was_seen_while_typing_is_kept_by_enter_and_can_be_gone_on_with(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("slash")
        await seat.write("tag:vi")
        await seat.sees("1 of 3", "Alpha")
        await seat.press("enter")
        await seat.sees("/tag:vi* 1 of 3")
        await desk.file("Delta waits")
        await seat.sees("/tag:vi* 1 of 4")
        await seat.press("slash")
        await seat.write(",none")
        await seat.sees("/ tag:vi*,none", "4 of 4", "Delta")
        await seat.press("enter")
        await seat.press("escape")
        await seat.sees("4 tickets")


async def test_a_filter_may_stand_behind_the_name_of_its_command(desk: Any, sit: Sit) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha", "Bravo")
        await seat.press("colon")
        await seat.sees("Command")
        await seat.write("filter alpha")
        await seat.press("enter")
        await seat.sees("/alpha 1 of 3")
        await seat.press("colon")
        await seat.sees("Command")
        await seat.write("filter p:urgnt")
        await seat.press("enter")
        await seat.sees("! at character 3: no priority is called so", "/ p:urgnt")


async def test_a_list_of_unresolved_tickets_says_that_it_has_no_resolved_ones(
    desk: Any, sit: Sit
) -> None:
    await file_some(desk)
    async with sit(desk, size=(80, 24)) as seat:
        await seat.sees("Alpha")
        await seat.press("slash")
        await seat.write("status:resolved")
        await seat.sees("This list has unresolved tickets only. Filter among all tickets: 5.")
        await seat.press("ctrl+s")
        await seat.sees("No ticket is unresolved and resolved. Filter among all tickets: 5.")
        await seat.sees_no("Save as a view")
