"""Lists: every filter and order, against a plain reading of the same tickets in Python."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.desk import Org, Tenants
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

Ticket = dict[str, Any]
Keep = Callable[[Ticket], bool]
RANKS = {"low": 0, "normal": 1, "high": 2, "urgent": 3}
CATEGORIES = ["general", "billing", "bugs"]
TAGS = ["red", "Red", "with space", "a,b"]


async def many(org: Org, count: int) -> tuple[list[Caller], list[Caller]]:
    """Tickets of every state, priority, category, tag and assignee; customers and agents."""
    chance = random.Random(count)  # noqa: S311 - the same tickets every time
    slugs = [{"slug": slug, "name": slug} for slug in CATEGORIES]
    (await org.admin.patch("", {"categories": slugs})).expect(200)
    customers = [await org.customer() for _ in range(3)]
    agents = [await org.agent() for _ in range(2)]
    for n in range(count):
        customer, agent = chance.choice(customers), chance.choice(agents)
        fields = {"priority": chance.choice(list(RANKS)), "category": chance.choice(CATEGORIES)}
        number = (await customer.file(f"Ticket {n}", **fields))["number"]
        if n % 3 == 0:
            await agent.edit(number, tags=chance.sample(TAGS, 2))
        if n % 4 == 1:
            await agent.claim(number)
        if n % 5 == 2:
            await agent.edit(number, status="resolved")
        if n % 10 == 2:
            await agent.edit(number, status="closed")
    return customers, agents


def order(sort: str) -> Callable[[Ticket], Any]:
    """The key of a sort; `-` is left to the caller, ties go by number the same way."""
    column = sort.lstrip("-")
    if column == "priority":
        return lambda it: (RANKS[it["priority"]], it["number"])
    if column == "sla_due":
        return lambda it: (due(it), it["number"])
    return lambda it: (it[column], it["number"])


def in_order(tickets: list[Ticket], sort: str) -> list[Ticket]:
    """A ticket without a due instant comes last, in both directions."""
    reverse = sort.startswith("-")
    ordered = sorted(tickets, key=order(sort), reverse=reverse)
    if sort.endswith("sla_due"):
        ordered.sort(key=lambda it: not due(it))
    return ordered


def due(ticket: Ticket) -> str:
    """The earliest instant at which a promise that runs breaks."""
    dues = [at for name, at in ticket["sla"].items() if name.endswith("_due") and at]
    return min(dues, default="")


SORTS = [
    sign + column
    for sign in ("", "-")
    for column in ("created_at", "updated_at", "last_seq", "priority", "sla_due")
]


async def test_every_filter_and_order_agrees_with_a_plain_reading(org: Org) -> None:
    customers, agents = await many(org, 40)
    me, customer = agents[0], customers[0]
    everything = await me.everything("/tickets", limit=1000)
    assert [it["number"] for it in everything] == list(range(40, 0, -1))
    middle, late = everything[20]["created_at"], everything[5]["updated_at"]
    seen = everything[5]["last_seq"]
    assignee: Callable[[Ticket], int | None] = lambda it: (it["assignee"] or {}).get("id")  # noqa: E731
    filters: list[tuple[list[tuple[str, Any]], Keep]] = [
        ([], lambda _: True),
        ([("status", "open")], lambda it: it["status"] == "open"),
        ([("status", "open"), ("status", "closed")], lambda it: it["status"] in {"open", "closed"}),
        (
            [("priority", "urgent"), ("priority", "low")],
            lambda it: it["priority"] in {"urgent", "low"},
        ),
        ([("category", "bugs")], lambda it: it["category"] == "bugs"),
        ([("category", "bugs"), ("category", "none")], lambda it: it["category"] == "bugs"),
        ([("assignee", "me")], lambda it: assignee(it) == me.id),
        ([("assignee", "none")], lambda it: assignee(it) is None),
        ([("assignee", "none"), ("assignee", "me")], lambda it: assignee(it) in {None, me.id}),
        ([("assignee", agents[1].id)], lambda it: assignee(it) == agents[1].id),
        ([("assignee", 999_999_999_999)], lambda _: False),
        ([("customer", customer.id)], lambda it: it["customer"]["id"] == customer.id),
        ([("tag", "red")], lambda it: "red" in it["tags"]),
        ([("tag", "a,b"), ("tag", "Red")], lambda it: {"a,b", "Red"} & set(it["tags"]) != set()),
        ([("created_after", middle)], lambda it: it["created_at"] > middle),
        ([("created_before", middle)], lambda it: it["created_at"] < middle),
        ([("updated_after", late)], lambda it: it["updated_at"] > late),
        ([("last_seq_after", seen)], lambda it: it["last_seq"] > seen),
        (
            [("status", "open"), ("priority", "high"), ("category", "billing"), ("tag", "red")],
            lambda it: (
                (it["status"], it["priority"], it["category"]) == ("open", "high", "billing")
                and "red" in it["tags"]
            ),
        ),
    ]
    for (params, keep), sort in itertools.product(filters, SORTS):
        expected = in_order([it for it in everything if keep(it)], sort)
        query = [*params, ("sort", sort)]
        found = (await me.ask("GET", "/tickets", params=[*query, ("limit", 1000)])).expect(200)
        assert found["items"] == expected, f"{query}"
        assert found["next_cursor"] is None
        paged: list[Ticket] = []
        cursor: list[tuple[str, Any]] = []
        while True:
            asked = [*query, ("limit", 7), *cursor]
            page = (await me.ask("GET", "/tickets", params=asked)).expect(200)
            paged += page["items"]
            if page["next_cursor"] is None:
                break
            assert len(page["items"]) == 7
            cursor = [("cursor", page["next_cursor"])]
        assert paged == expected, f"{query} page by page"


async def test_a_customer_sees_its_own_tickets_without_internal_fields(org: Org) -> None:
    customers, agents = await many(org, 12)
    everything = await agents[0].everything("/tickets")
    for customer in customers:
        own = await customer.everything("/tickets", limit=5)
        mine = [it for it in everything if it["customer"]["id"] == customer.id]
        hidden = {"tags", "routing", "sla", "external_id"}
        own_state = {"version", "last_seq", "updated_at"}
        assert all(not hidden & it.keys() for it in own)
        seen = [{k: v for k, v in it.items() if k not in own_state} for it in own]
        assert seen == [{k: v for k, v in it.items() if k not in hidden | own_state} for it in mine]
        for ticket in mine:
            shown = await customer.ticket(ticket["number"])
            assert not hidden & set(shown)
            assert shown["description"] == "Please help."
        for params in ({"assignee": "me"}, {"tag": "red"}, {"status": "closed"}):
            found = (await customer.get("/tickets", **params)).expect(200)["items"]
            assert {it["customer"]["id"] for it in found} <= {customer.id}


async def test_counts_of_the_queues_agree_with_the_list(org: Org) -> None:
    _, agents = await many(org, 25)
    tickets = await agents[0].everything("/tickets")
    counts = (await agents[0].get("/queues")).expect(200)
    for status in ("open", "in_progress", "resolved", "closed"):
        assert counts[status] == sum(it["status"] == status for it in tickets), status
    live = [it for it in tickets if it["status"] in {"open", "in_progress"}]
    assert counts["unassigned"] == sum(it["assignee"] is None for it in live)
    assert counts["mine"] == sum((it["assignee"] or {}).get("id") == agents[0].id for it in live)
    assert counts["seq"] == (await agents[0].get("/events")).expect(200)["seq"]


async def test_messages_are_listed_oldest_first_or_newest_first(org: Org) -> None:
    customer, agent = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    for n in range(7):
        await (customer if n % 2 else agent).write(number, f"{n}")
        await agent.write(number, f"note {n}", kind="note")
    path = f"/tickets/{number}/messages"
    whole = await agent.everything(path, limit=3)
    assert [it["seq"] for it in whole] == sorted(it["seq"] for it in whole)
    assert await agent.everything(path, sort="-seq", limit=4) == whole[::-1]
    replies = [it for it in whole if it["kind"] == "reply"]
    assert await customer.everything(path, limit=2) == replies
    assert await customer.everything(path, sort="-seq", limit=2) == replies[::-1]
    assert {it["id"] == it["seq"] for it in whole} == {True}


@on_sqlite
async def test_people_and_keys_are_paged_and_filtered(org: Org) -> None:
    for name in ("Ana", "ANABEL", "50%", "under_score", "back\\slash"):
        await org.agent(name)
    keys = [(await org.key()).id for _ in range(5)]
    people = await org.admin.everything("/users", limit=2)
    assert [it["id"] for it in people] == sorted(it["id"] for it in people)
    assert len(people) == 6
    for q, names in {
        "ana": ["Ana", "ANABEL"],
        "%": ["50%"],
        "_": ["under_score"],
        "\\": ["back\\slash"],
        "@": [it["name"] for it in people],
        "nobody": [],
    }.items():
        assert [it["name"] for it in await org.admin.everything("/users", q=q)] == names, q
    listed = await org.admin.everything("/api-keys", limit=2)
    assert [it["id"] for it in listed] == keys
    assert all("key" not in it for it in listed)


@on_sqlite
async def test_limits_are_larger_for_agents(org: Org) -> None:
    customer, agent, key = await org.customer(), await org.agent(), await org.key()
    for caller, most in ((customer, 100), (key, 100), (agent, 1000)):
        (await caller.get("/tickets", limit=most)).expect(200)
        refused = (await caller.get("/tickets", limit=most + 1)).expect(422, "validation")
        assert refused["errors"][0]["parameter"] == "limit"
        (await caller.get("/tickets", limit=0)).expect(422, "validation")
    assert len((await agent.get("/tickets")).expect(200)["items"]) == 0
    (await key.get("/events", limit=1000)).expect(200)
    (await key.get("/events", limit=1001)).expect(422, "validation")


BAD_CURSORS = [
    "x",
    "!",
    "e30",
    "W10",
    "\u00e9",
    "a" * 600,
    "WyItY3JlYXRlZF9hdCIsMV0",
    "bnVsbA",
]


@pytest.mark.parametrize("path", ["/tickets", "/users", "/api-keys", "/tickets/1/messages"])
@on_sqlite
async def test_a_cursor_that_is_none_of_ours_is_refused(org: Org, path: str) -> None:
    await (await org.customer()).file()
    for cursor in BAD_CURSORS:
        refused = (await org.admin.get(path, cursor=cursor)).expect(422, "validation")
        assert refused["errors"][0]["parameter"] == "cursor"


@on_sqlite
async def test_a_cursor_of_another_order_is_refused(org: Org) -> None:
    customer = await org.customer()
    for _ in range(3):
        await customer.file()
    cursor = (await customer.get("/tickets", limit=1)).expect(200)["next_cursor"]
    (await customer.get("/tickets", limit=1, cursor=cursor)).expect(200)
    for params in ({"sort": "created_at"}, {"sort": "-priority"}):
        refused = await customer.get("/tickets", cursor=cursor, **params)
        assert refused.expect(422, "validation")["errors"][0]["parameter"] == "cursor"
    (await org.admin.get("/users", cursor=cursor)).expect(422, "validation")


async def test_a_list_is_true_at_the_seq_it_names(tenants: Tenants) -> None:
    org = await tenants.found()
    customer = await org.customer()
    for _ in range(3):
        ticket = await customer.file()
        page = (await customer.get("/tickets")).expect(200)
        assert page["seq"] == ticket["last_seq"] == page["items"][0]["last_seq"]


@on_sqlite
async def test_no_ticket_is_a_keys_own_though_a_person_has_its_number(org: Org) -> None:
    key, number = await org.key(), (await org.admin.file(customer_email="c@example.test"))["number"]
    (await org.admin.post(f"/tickets/{number}/claim")).expect(200)
    assert key.id == org.admin.id
    assert (await key.get("/tickets", assignee="me")).expect(200)["items"] == []
    assert len((await org.admin.get("/tickets", assignee="me")).expect(200)["items"]) == 1


async def test_a_list_that_was_read_shows_what_changed_since_and_each_what_they_may_see(
    org: Org,
) -> None:
    """A row that was rendered before is remembered: not for others, and not with former names."""
    customer, agent = await org.customer("Old"), await org.agent("Older")
    first, other = [(await customer.file(subject))["number"] for subject in ("One", "Two")]
    await agent.claim(first)

    async def read(caller: Caller) -> dict[int, Ticket]:
        return {it["number"]: it for it in await caller.everything("/tickets")}

    before, public = await read(agent), await read(customer)
    assert before[first]["assignee"]["name"] == "Older"
    assert "tags" in before[other]
    assert "tags" not in public[other]
    await org.admin.patch(f"/users/{agent.id}", {"name": "Newer"})
    await org.admin.patch(f"/users/{customer.id}", {"name": "New"})
    await agent.edit(other, subject="Three")
    for caller, told in ((agent, before), (customer, public)):
        now = await read(caller)
        assert now[first]["assignee"]["name"] == "Newer"
        assert {it["customer"]["name"] for it in now.values()} == {"New"}
        assert now[other]["subject"] == "Three"
        assert now[other].keys() == told[other].keys()
