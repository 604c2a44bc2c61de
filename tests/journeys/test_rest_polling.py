"""Pollers: who asks from time to time for what has changed misses nothing, whoever changed it."""

from datetime import datetime
from typing import Any

import pytest

from tests.support.desk import Org
from tests.support.rest import Caller
from tests.support.timed_desk import TimedDesk

Json = dict[str, Any]
WAYS = ["last_seq", "updated_at"]


class Poller:
    """Asks for what came after the last ticket that it has, a few at a time."""

    def __init__(self, caller: Caller, field: str) -> None:
        self.caller = caller
        self.field = field
        self.held: dict[int, Json] = {}
        self.asked = {"sort": field, "limit": 3}

    async def poll(self) -> None:
        """Takes pages until one is empty."""
        name = {"last_seq": "last_seq_after", "updated_at": "updated_after"}[self.field]
        while True:
            page = (await self.caller.get("/tickets", **self.asked)).expect(200)
            for ticket in page["items"]:
                self.held[ticket["number"]] = ticket
            if not page["items"]:
                return
            self.asked[name] = page["items"][-1][self.field]


@pytest.mark.parametrize("field", WAYS)
async def test_a_poller_misses_nothing_that_the_clock_does_late(
    timed: TimedDesk, timed_org: Org, field: str
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    poller = Poller(agent, field)
    numbers = [(await customer.file(priority="urgent"))["number"] for _ in range(4)]
    timed.later(hours=1)  # the promises to answer broke half an hour ago; nobody has noticed
    fifth = (await customer.file())["number"]
    await agent.edit(numbers[1], tags=["seen"])
    await poller.poll()
    await timed.look(hours=1)
    await poller.poll()
    await agent.edit(fifth, snoozed_until="2026-06-01T12:00:00Z")
    await poller.poll()
    await timed.look(hours=120)
    await poller.poll()

    present = {it["number"]: it for it in await agent.everything("/tickets")}
    assert poller.held == present
    assert {present[number]["sla"]["state"] for number in numbers} == {"breached"}
    assert present[fifth]["snoozed_until"] is None


async def test_a_change_by_the_clock_is_written_when_it_is_found_and_tells_when_it_was_due(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    number = (await customer.file(priority="urgent"))["number"]
    await timed.look(hours=1)
    log = (await agent.get(f"/tickets/{number}/events")).expect(200)["items"]
    (breach,) = [it for it in log if it["type"] == "sla.breached"]

    assert breach["at"] == "2026-06-01T09:30:00Z"
    assert breach["ticket"]["updated_at"] >= "2026-06-01T10:00:00Z"
    assert (await agent.ticket(number))["updated_at"] == log[-1]["ticket"]["updated_at"]


async def test_along_the_log_no_change_is_written_before_the_one_before_it(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    for n in range(6):
        number = (await customer.file(priority="urgent"))["number"]
        await timed.look(minutes=25)
        if n % 2:
            await agent.write(number, "Here we are.")
        if n == 3:
            timed.later(hours=-4)  # the machine's clock is put right
    log = [it["ticket"] for it in await agent.events() if "ticket" in it]

    times = [datetime.fromisoformat(it["updated_at"]) for it in log]
    assert times == sorted(times)
    rows = await agent.everything("/tickets", sort="updated_at")
    assert rows == sorted(rows, key=lambda it: int(it["last_seq"]))


async def test_pages_by_last_seq_lose_no_ticket_that_changes_between_them(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    for _ in range(7):
        await customer.file()
    first = (await agent.get("/tickets", sort="last_seq", limit=3)).expect(200)
    await agent.edit(first["items"][0]["number"], priority="high")
    await agent.edit(6, priority="high")
    rest = await agent.everything("/tickets", sort="last_seq", limit=3, cursor=first["next_cursor"])

    assert [it["number"] for it in rest] == [4, 5, 7, 1, 6]


async def test_a_seq_that_is_none_is_refused(org: Org) -> None:
    for wrong in ("-1", "x", "9007199254740993"):
        reply = await org.admin.get("/tickets", last_seq_after=wrong)
        (error,) = reply.expect(422, "validation")["errors"]
        assert error["parameter"] == "last_seq_after"
