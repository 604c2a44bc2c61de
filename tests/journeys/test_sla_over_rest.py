"""Promises over REST: what is due, what breaks, and what is counted while nobody looks."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from tests.support.desk import Org, Tenants
from tests.support.rest import Caller
from tests.support.timed_desk import MONDAY, TimedDesk

Json = dict[str, Any]
SPANS = [["09:00", "12:00"], ["13:00", "17:00"]]
OFFICE = {"mon": SPANS, "tue": SPANS, "wed": SPANS, "thu": SPANS, "fri": SPANS}


def at(instant: datetime) -> str:
    """As it stands on the wire."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S") + (
        f".{instant.microsecond:06d}Z" if instant.microsecond else "Z"
    )


async def settle(org: Org, **fields: Any) -> None:
    (await org.admin.patch("/", fields)).expect(200)


async def events(caller: Caller, number: int) -> list[Json]:
    page = (await caller.get(f"/tickets/{number}/events", limit=1000)).expect(200)
    items: list[Json] = page["items"]
    return items


@pytest.mark.parametrize(
    ("zone", "friday", "monday"),
    [
        ("UTC", "2026-04-03", "2026-04-06"),
        ("Europe/Rome", "2026-03-27", "2026-03-30"),
        ("Europe/Rome", "2026-10-23", "2026-10-26"),
        ("Australia/Sydney", "2026-10-02", "2026-10-05"),
    ],
)
async def test_scenario_15_due_on_tuesday_at_0920_also_across_a_change_of_the_clocks(
    timed: TimedDesk, web: aiohttp.ClientSession, zone: str, friday: str, monday: str
) -> None:
    there = ZoneInfo(zone)
    timed.now = datetime.fromisoformat(f"{friday}T16:50").replace(tzinfo=there)
    timed.now = timed.now.astimezone(ZoneInfo("UTC"))
    org = await Tenants(timed, web).found()
    await settle(org, timezone=zone, business_hours=OFFICE, holidays=[monday])
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file(priority="urgent"))["number"]
    sla = (await agent.ticket(number))["sla"]
    tuesday = datetime.fromisoformat(f"{monday}T09:20").replace(tzinfo=there) + timedelta(days=1)
    assert sla["first_response_due"] == at(tuesday.astimezone(ZoneInfo("UTC")))
    assert sla["state"] == "ok"


async def test_scenario_16_breaches_carry_the_due_time_and_a_late_resolve_is_breached(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    first = (await customer.file(priority="urgent"))["number"]
    second = (await customer.file(priority="urgent"))["number"]
    timed.later(minutes=40)
    await agent.write(first)
    timed.later(hours=3)  # nobody looks after the time meanwhile
    resolved = await agent.edit(first, status="resolved")
    assert resolved["sla"]["state"] == "breached"
    await timed.look()
    for number in (first, second):
        broken = [it for it in await events(agent, number) if it["type"] == "sla.breached"]
        assert [(it["target"], it["at"]) for it in broken] == [
            ("first_response", at(MONDAY + timedelta(minutes=30))),
            ("resolution", at(MONDAY + timedelta(hours=2))),
        ]
        assert {it["actor"]["role"] for it in broken} == {"system"}
        assert broken[0]["changes"]["sla"][1]["state"] == "breached"
    log = await agent.events()
    updated = [it["ticket"]["updated_at"] for it in log if it.get("ticket", {}).get("number") == 1]
    assert updated == sorted(updated), "a ticket's last change never goes back"


async def test_scenario_14_after_96_hours_it_closes_and_a_reply_starts_a_follow_up(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    for _ in range(2):
        number = (await customer.file())["number"]
        await agent.edit(number, status="resolved")
    await timed.look(hours=96, seconds=-1)
    assert (await agent.ticket(1))["status"] == "resolved"
    await timed.look(seconds=1)
    closed = await agent.ticket(1)
    assert (closed["status"], closed["closed_at"]) == ("closed", at(MONDAY + timedelta(hours=96)))
    last = (await events(agent, 1))[-1]
    assert (last["type"], last["actor"]["id"]) == ("ticket.closed", None)
    reply = await customer.post("/tickets/1/messages", {"body": "It is back"})
    reply.expect(201)
    followup = int(reply.headers["Location"].rpartition("/")[2])
    assert (await customer.ticket(followup))["followup_of"] == 1


async def test_a_reply_after_96_hours_is_a_follow_up_though_nobody_came_by_to_close(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    resolved = await agent.edit(1, status="resolved")
    timed.later(hours=97)
    headers = {"If_Match": f'"{resolved["version"]}"'}
    reply = await customer.post("/tickets/1/messages", {"body": "It is back"}, **headers)
    reply.expect(201)
    assert reply.headers["Location"].endswith("/tickets/2")
    assert (await agent.ticket(1))["closed_at"] == at(MONDAY + timedelta(hours=96))
    types = [it["type"] for it in await agent.events()]
    assert types.index("ticket.closed") < types.index(
        "ticket.created", types.index("ticket.closed")
    )


async def test_other_hours_until_closing_count_for_what_is_resolved_already(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    await agent.edit(1, status="resolved")
    await timed.look(hours=10)
    await settle(timed_org, auto_close_hours=20)
    await timed.look(hours=9)
    assert (await agent.ticket(1))["status"] == "resolved"
    await settle(timed_org, auto_close_hours=30)
    await timed.look(hours=2)
    assert (await agent.ticket(1))["status"] == "resolved"
    await timed.look(hours=9)
    assert (await agent.ticket(1))["closed_at"] == at(MONDAY + timedelta(hours=30))


async def test_resolution_pauses_while_the_customer_is_awaited_and_goes_on_when_reopened(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    timed.later(hours=1)
    await agent.write(1, waiting_on="customer")
    paused = (await agent.ticket(1))["sla"]
    assert paused == {
        "first_response_due": None,
        "next_response_due": None,
        "resolution_due": None,
        "state": "paused",
    }
    await timed.look(days=3)
    await customer.write(1, "Here it is")
    going = (await agent.ticket(1))["sla"]
    assert going["resolution_due"] == at(MONDAY + timedelta(days=3, hours=24))
    assert going["next_response_due"] == at(MONDAY + timedelta(days=3, hours=9))
    timed.later(hours=1)
    resolved = await agent.edit(1, status="resolved")
    assert resolved["sla"]["state"] == "met"
    timed.later(hours=10)
    await customer.write(1, "Not solved")
    reopened = (await agent.ticket(1))["sla"]
    assert reopened["resolution_due"] == at(MONDAY + timedelta(days=3, hours=34))


async def test_a_warning_comes_before_the_breach_and_the_list_has_the_next_due_first(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    for priority in ("low", "urgent", "normal", "high"):
        await customer.file(priority=priority)
    await timed.look(minutes=23)
    warnings = [it for it in await agent.events() if it["type"] == "sla.warning"]
    assert [(it["ticket"]["number"], it["target"]) for it in warnings] == [(2, "first_response")]
    assert warnings[0]["at"] == at(MONDAY + timedelta(minutes=22, seconds=30))
    assert warnings[0]["ticket"]["sla"]["state"] == "at_risk"
    await agent.edit(3, status="resolved")
    listed = await agent.everything("/tickets", sort="sla_due", limit=2)
    assert [it["number"] for it in listed] == [2, 4, 1, 3]
    listed = await agent.everything("/tickets", sort="-sla_due", limit=1)
    assert [it["number"] for it in listed] == [1, 4, 2, 3]


async def test_another_priority_counts_from_the_original_start(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    timed.later(minutes=45)
    edited = await agent.edit(1, priority="high")
    assert edited["sla"]["first_response_due"] == at(MONDAY + timedelta(hours=1))
    (event,) = (it for it in await events(agent, 1) if it["type"] == "ticket.updated")
    assert set(event["changes"]) == {"priority", "sla"}
    await agent.edit(1, priority="urgent")
    await timed.look()
    assert (await agent.ticket(1))["sla"]["state"] == "breached"


async def test_a_ticket_keeps_the_terms_that_its_targets_began_with(timed_org: Org) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    before = (await agent.ticket(1))["sla"]
    await settle(timed_org, business_hours=OFFICE, timezone="Europe/Rome")
    await settle(timed_org, sla_policies=[{"name": "All", "first_response_minutes": 5}])
    assert (await agent.ticket(1))["sla"] == before
    assert (await agent.edit(1, priority="high"))["sla"]["first_response_due"] == at(
        MONDAY + timedelta(hours=1)
    )
    await customer.file()
    sla = (await agent.ticket(2))["sla"]
    assert sla["first_response_due"] == at(MONDAY + timedelta(minutes=5))
    assert sla["resolution_due"] is None


async def test_a_snooze_ends_by_itself_and_tells_so(timed: TimedDesk, timed_org: Org) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    until = at(MONDAY + timedelta(hours=2))
    await agent.edit(1, snoozed_until=until)
    await timed.look(hours=1)
    assert (await agent.ticket(1))["snoozed_until"] == until
    await timed.look(hours=2)
    assert (await agent.ticket(1))["snoozed_until"] is None
    last = (await events(agent, 1))[-1]
    assert (last["type"], last["at"], last["actor"]["role"]) == ("ticket.updated", until, "system")
    assert last["changes"].pop("routing")[0]["reason"] == "snoozed"
    assert last["changes"] == {"snoozed_until": [until, None]}


async def test_what_was_done_first_makes_no_edit_stale(timed: TimedDesk, timed_org: Org) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    timed.later(hours=9)  # the first response is broken, and nobody has noticed
    edited = await agent.patch("/tickets/1", {"priority": "low"}, If_Match='"1"')
    assert edited.expect(200)["version"] == 3
    stale = await agent.patch("/tickets/1", {"priority": "high"}, If_Match='"2"')
    stale.expect(412, "stale-version")


async def test_two_timekeepers_do_nothing_twice(timed: TimedDesk, timed_org: Org) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    for _ in range(3):
        await customer.file(priority="urgent")
    timed.later(hours=5)
    for _ in range(3):
        await timed.look()
    broken = [it for it in await agent.events() if it["type"] == "sla.breached"]
    assert len(broken) == 6


async def test_spam_has_no_promises(timed: TimedDesk, timed_org: Org) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    await customer.file()
    await agent.edit(1, status="closed", reason="spam")
    await timed.look(days=9)
    assert (await agent.ticket(1))["sla"]["state"] == "met"
    assert not [it for it in await agent.events() if it["type"].startswith("sla.")]


async def test_customers_are_told_nothing_of_promises(timed: TimedDesk, timed_org: Org) -> None:
    customer = await timed_org.customer()
    await customer.file(priority="urgent")
    await timed.look(hours=3)
    assert "sla" not in await customer.ticket(1)


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"timezone": "Mars/Olympus"}, ["/timezone"]),
        ({"business_hours": {"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}}, ["mon/1"]),
        ({"business_hours": {"tue": [["12:00", "09:00"]]}}, ["tue/0"]),
        ({"holidays": ["2026-02-29", "2026-02-28"]}, ["/holidays/0"]),
        (
            {"sla_policies": [{"name": "x", "categories": ["none"]}]},
            ["/sla_policies/0/categories/0"],
        ),
    ],
)
async def test_impossible_settings_are_refused_with_a_pointer(
    timed_org: Org, fields: Json, pointers: list[str]
) -> None:
    reply = await timed_org.admin.patch("/", fields)
    found = [error["pointer"] for error in reply.expect(422, "validation")["errors"]]
    assert len(found) == len(pointers)
    for pointer, end in zip(found, pointers, strict=True):
        assert pointer.endswith(end)


async def test_an_admin_puts_the_present_terms_on_open_tickets(
    timed: TimedDesk, timed_org: Org
) -> None:
    customer, agent = await timed_org.customer(), await timed_org.agent()
    for _ in range(60):
        await customer.file()
    await agent.edit(2, status="resolved")
    timed.later(hours=1)
    await settle(timed_org, sla_policies=[{"name": "All", "first_response_minutes": 600}])
    before = (await agent.ticket(1))["sla"]
    applied = (await timed_org.admin.post("/sla/apply")).expect(200)
    assert applied == {"tickets": 59}
    assert (await agent.ticket(1))["sla"] == before | {
        "first_response_due": at(MONDAY + timedelta(hours=10)),
        "resolution_due": None,
    }
    last = (await events(agent, 60))[-1]
    assert (last["type"], last["actor"]["id"]) == ("ticket.updated", timed_org.admin.id)
    again = (await timed_org.admin.post("/sla/apply", {})).expect(200)
    assert again == {"tickets": 0}
    (await agent.post("/sla/apply")).expect(403, "forbidden")
