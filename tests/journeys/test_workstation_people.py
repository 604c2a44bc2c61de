"""Shows who a ticket is about: merges, customers, addresses, participants, mail that stopped."""

from collections.abc import Callable
from typing import Any

import pytest

from common.people import Role

Sit = Callable[..., Any]


async def test_a_ticket_is_merged_followed_and_taken_out_again(desk: Any, sit: Sit) -> None:
    first, second = await desk.file("VPN drops"), await desk.file("VPN again")
    await desk.file("Another's", customer_email="eve@example.com")
    async with sit(desk) as seat:
        await seat.sees("VPN again")
        await seat.press("G", "enter")
        await seat.sees(f"#{first + 2} Another's")
        await seat.press("m")
        await seat.sees("eve has no other unresolved ticket to merge it into.")
        await seat.press("down", "K")
        await seat.sees(f"#{second} VPN again")
        await seat.press("m")
        await seat.sees(f"Merge #{second} into", f"▸ #{first} VPN drops")
        await seat.press("enter")
        await seat.sees(f"Merge #{second} into #{first} VPN drops?")
        await seat.press("y")
        await seat.sees(f"is merged into #{first}; M undoes it", "enter opens it")
        await seat.press("m")
        await seat.sees(f"#{second} is closed: it cannot be merged.")
        await seat.press("down", "enter")
        await seat.sees(f"#{first} VPN drops", f"with #{second}", f"to #{second}")
        await seat.press("enter")
        await seat.sees("is not merged and follows no other ticket.")
        await seat.press("M")
        await seat.sees(f"#{first} is not merged into another ticket.")
    async with sit(desk) as seat:
        await seat.press("5")
        await seat.sees("VPN again")
        await seat.press("/")
        await seat.write("again")
        await seat.press("enter", "M")
        await seat.sees(f"Take #{second} out of #{first}?")
        await seat.press("y")
        await seat.sees(f"#{second} is a ticket of its own again")
    assert "merged_into" not in await desk.ticket(second)


async def test_participants_are_listed_added_and_removed(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    await desk.file("Hers", customer_email="eve@example.com")
    async with sit(desk, size=(60, 16)) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("It does not work.")
        await seat.press("w")
        await seat.sees(f"Who #{number} is about", "let somebody take part")
        await seat.write("let")
        await seat.press("enter")
        await seat.sees("Find by name or address")
        await seat.write("nobody")
        await seat.press("enter")
        await seat.sees("No other customer is called “nobody”.")
        await seat.press("w")
        await seat.sees("let somebody take part")
        await seat.write("let")
        await seat.press("enter")
        await seat.write("eve")
        await seat.press("enter")
        await seat.sees("▸ eve")
        await seat.press("enter")
        await seat.sees("takes part")
        await seat.sees("CC eve <eve@example.com>")
        await seat.press("w")
        await seat.sees("end their part")
        await seat.write("end")
        await seat.press("enter")
        await seat.sees(f"eve takes no longer part in #{number}")
        await seat.sees_no("CC eve")


async def test_the_customer_is_corrected_and_gets_addresses(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("w")
        await seat.sees("give it to another customer")
        await seat.press("enter")
        await seat.sees("Address of #")
        await seat.write("fay@example.com")
        await seat.press("enter")
        await seat.sees(f"#{number} is fay@example.com's; dora sees it no longer")
        await seat.press("w")
        await seat.sees("now fay")
        await seat.write("add")
        await seat.press("enter")
        await seat.sees("Address of fay")
        await seat.write("fay@work.example")
        await seat.press("enter")
        await seat.sees("fay@work.example is an address of fay")
        await seat.press("w")
        await seat.sees("send their mail there", "take an address away")
        await seat.write("send")
        await seat.press("enter")
        await seat.sees("Mail to fay goes to fay@work.example")
    assert (await desk.ticket(number))["customer"]["email"] == "fay@work.example"


@pytest.mark.parametrize("size", [(60, 16), (120, 35)])
async def test_the_menu_is_left_as_it_is_by_escape(
    desk: Any, sit: Sit, size: tuple[int, int]
) -> None:
    await desk.file("VPN drops")
    async with sit(desk, size=size) as seat:
        await seat.sees("VPN drops")
        await seat.press("w")
        await seat.sees("give it to another customer")
        await seat.press("escape")
        await seat.sees_no("give it to another customer")


async def test_a_message_begins_a_ticket_of_its_own(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    await desk.say("bo", number, "And the invoice?")
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("And the invoice?")
        await seat.press("T")
        await seat.sees(f"Copy which messages of #{number}?", "▸ Bo Lindqvist")
        await seat.press("enter")
        await seat.sees("▸ copy 1 message", "✓ Bo Lindqvist")
        await seat.press("enter")
        await seat.sees("Subject of the new ticket")
        await seat.write("Invoice")
        await seat.press("enter")
        await seat.sees("“Invoice” is a ticket of its own", f"split into #{number + 1}")
    made = await desk.ticket(number + 1)
    assert (made["subject"], made["split_from"]) == ("Invoice", number)


async def test_several_messages_or_all_begin_one_ticket(desk: Any, sit: Sit) -> None:
    number = await desk.file("VPN drops")
    for words in ("First.", "Second.", "Third."):
        await desk.say("bo", number, words)
    async with sit(desk) as seat:
        await seat.sees("VPN drops")
        await seat.press("enter")
        await seat.sees("Third.")
        await seat.press("T")
        await seat.sees("all of them")
        await seat.press("enter")
        await seat.sees("▸ copy 1 message")
        await seat.press("down", "down", "enter")
        await seat.sees("▸ copy 2 messages")
        await seat.press("down", "enter")
        await seat.sees("▸ copy 1 message")
        await seat.press("enter")
        await seat.write("Second")
        await seat.press("enter")
        await seat.sees(f"split into #{number + 1}")
        await seat.press("T")
        await seat.write("all of")
        await seat.press("enter")
        await seat.sees("Subject of the new ticket")
        await seat.write("All")
        await seat.press("enter")
        await seat.sees(f"#{number + 2}")
    one, all_three = [
        [it["body"] for it in (await desk.call("ana", "GET", f"/tickets/{made}/messages"))["items"]]
        for made in (number + 1, number + 2)
    ]
    descriptions = [(await desk.ticket(number + step))["description"] for step in (1, 2)]
    assert [*descriptions[:1], *one] == ["Second."]
    assert sorted([descriptions[1], *all_three]) == ["First.", "Second.", "Third."]


async def test_a_supervisor_merges_two_customers_who_are_one(desk: Any, sit: Sit) -> None:
    await desk.hire("Mia Chen", Role.SUPERVISOR)
    number = await desk.file("VPN drops")
    await desk.file("Hers", customer_email="eve@example.com")
    async with sit(desk, "mia") as seat:
        await seat.sees("VPN drops")
        await seat.press("g", "w")
        await seat.sees("the same person as another")
        await seat.write("same")
        await seat.press("enter")
        await seat.sees("Find by name or address")
        await seat.write("eve")
        await seat.press("enter")
        await seat.sees("▸ eve")
        await seat.press("enter")
        await seat.sees("All of dora's goes to eve?")
        await seat.press("y")
        await seat.sees("dora is eve now")
        assert (await desk.ticket(number))["customer"]["name"] == "eve"
        await seat.press("w")
        await seat.sees("undo a merge of customers", "now eve")
        await seat.write("undo")
        await seat.press("enter")
        await seat.sees("Former name")
        await seat.write("zoe")
        await seat.press("enter")
        await seat.sees("Nobody called so was merged into eve.")
        await seat.press("w")
        await seat.sees("undo a merge of customers")
        await seat.write("undo")
        await seat.press("enter")
        await seat.sees("Former name")
        await seat.write("dora")
        await seat.press("enter")
        await seat.sees("Who is not eve?", "▸ dora")
        await seat.press("enter")
        await seat.sees("Give dora back all that was theirs?")
        await seat.press("y")
        await seat.sees("dora is a customer of their own again")
    assert (await desk.ticket(number))["customer"]["name"] == "dora"
