"""The rows that a filter finds in the database are those that it matches."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import RequestRefused
from common.filters.filter_fields import FIELD_RULES, FieldKind, find_ticket_field
from common.filters.filter_format import format_filter
from common.filters.filter_matching import FilterContext, matches_filter
from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import TicketFilter
from common.people import Actor, Role, Scope
from common.queries import TicketQuery
from common.tickets.assigning import AssignTicket
from common.tickets.editing import EditTicket, TicketEdits
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import TicketView
from server.domain.time_zones import find_zone
from server.rest.tickets.filter_requests import find_own_id
from server.rest.tickets.list_requests import TicketListRequest
from tests.support.filtered_ticket import FOUND, NOT_FOUND
from tests.support.local_desk import ADMIN, ORG, AdminDesk
from tests.support.ticket_filters import NOW, SIGNS, ticket_filters

ZONE = "Europe/Rome"
OUTSIDER = Actor(ORG, Role.KEY, 1, "key", scopes=frozenset({Scope.TICKETS_READ_PUBLIC}))
SORTS = ("-created_at", "updated_at", "-sla_due", "sla_due", "-priority", "last_seq")
NAMES = [
    name
    for field, rule in FIELD_RULES.items()
    if rule.kind is FieldKind.NAME
    and (name := find_ticket_field(field)) in TicketEdits.__struct_fields__
    and name != "tags"
]
"""Fields with one text that people edit, and filter by."""
TAGS = ("vip", "vip2", "a b", "Ana", 'q"uote', "back\\slash", "[x]", "ß,İ", "\u212a")


@pytest.fixture
async def house(desk_url: str) -> AsyncIterator[AdminDesk]:
    """A desk with tickets of all kinds, changed over forty days; random, and always the same."""
    async with AdminDesk.open(desk_url, timezone=ZONE) as house:
        random = Random(11)  # noqa: S311 - nothing is secret
        house.now = NOW - timedelta(days=40)
        agents = [await house.join(name, Role.AGENT) for name in ("Ana Lima", "İda Σς", "Ben*")]
        for number in range(1, 41):
            house.now += timedelta(hours=random.randrange(24))
            await house.create(ADMIN, _random_ticket(random, number))
            for _ in range(random.randrange(4)):
                house.now += timedelta(minutes=random.randrange(300))
                await _change(house, random, random.randint(1, number), agents)
        house.now = NOW
        yield house


def _random_ticket(random: Random, number: int) -> FileTicket:
    subject = "".join(random.choices(SIGNS, k=random.randint(1, 12))) + random.choice(["", " VPN"])
    who = random.choice(["carla", "a.b", "kİ", "ana"]) if number > 1 else "carla"
    return FileTicket(
        f"{subject}.",
        "Please help",
        priority=random.choice(list(Priority)),
        customer_email=f"{who}@example.test",
    )


async def _change(house: AdminDesk, random: Random, number: int, agents: list[Actor]) -> None:
    until = house.now + timedelta(days=random.randint(1, 60))
    command = random.choice(
        [
            EditTicket(tags=tuple(random.sample(TAGS, k=random.randint(0, 3)))),
            EditTicket(status=random.choice([Status.RESOLVED, Status.IN_PROGRESS, Status.OPEN])),
            EditTicket(status=Status.CLOSED, reason="spam"),
            EditTicket(waiting_on=random.choice(list(WaitingOn))),
            EditTicket(snoozed_until=until),
            AddMessage("Said.", status=random.choice([Status.RESOLVED, Status.IN_PROGRESS])),
            AssignTicket(random.choice(agents).id),
            *(msgspec.convert({name: random.choice(TAGS)}, EditTicket) for name in NAMES),
        ]
    )
    with suppress(RequestRefused):  # what the ticket's status does not allow is left out
        await house.act(ADMIN, number, command)


async def read_tickets(house: AdminDesk, actor: Actor, **fields: Any) -> list[TicketView]:
    found: list[TicketView] = []
    fields |= {"limit": 7}
    while True:
        wish = TicketListRequest(house.database.dialect, actor, TicketQuery(**fields), house.now)
        read = (
            house.database.read_list if wish.is_single_statement else house.database.read_snapshot
        )
        page = await read(wish.read_page)
        found += [msgspec.json.decode(item, type=TicketView) for item in page.items]
        if page.next_cursor is None:
            return found
        fields |= {"cursor": page.next_cursor}


async def find_carla(house: AdminDesk) -> int:
    """Returns the id of the first ticket's customer."""
    return (await read_tickets(house, ADMIN, sort="created_at"))[0].customer.id


async def test_the_rows_found_are_those_that_match(house: AdminDesk) -> None:
    loop = asyncio.get_running_loop()
    carla = Actor(ORG, Role.CUSTOMER, await find_carla(house), "carla", "carla@example.test")
    lists = {
        (actor, sort): await read_tickets(house, actor, sort=sort)
        for actor in (ADMIN, carla, OUTSIDER)
        for sort in SORTS
    }
    assert len(lists[ADMIN, SORTS[0]]) > len(lists[carla, SORTS[0]]) > 0

    @settings(max_examples=100, deadline=None)
    @given(ticket_filters, st.sampled_from(list(lists)))
    def check(wanted: TicketFilter, case: tuple[Actor, str]) -> None:
        actor, sort = case
        here = FilterContext(find_own_id(actor), house.now, find_zone(ZONE))
        expected = [it.number for it in lists[case] if matches_filter(wanted, it, here)]
        reading = read_tickets(house, actor, sort=sort, filter=format_filter(wanted))
        found = asyncio.run_coroutine_threadsafe(reading, loop).result()
        assert [it.number for it in found] == expected

    await asyncio.to_thread(check)


async def test_the_examples_of_the_page_find_the_same_in_the_database(house: AdminDesk) -> None:
    everything = await read_tickets(house, ADMIN)
    here = FilterContext(ADMIN.id, house.now, find_zone(ZONE))
    for text in (*FOUND, *NOT_FOUND):
        wanted = parse_filter(text)
        expected = [it for it in everything if matches_filter(wanted, it, here)]
        assert await read_tickets(house, ADMIN, filter=text) == expected, text


async def test_a_filter_means_the_same_as_the_parameters(house: AdminDesk) -> None:
    carla = await find_carla(house)
    unresolved = [Status.OPEN, Status.IN_PROGRESS]
    cases: dict[str, dict[str, Any]] = {
        "status:unresolved @me,none": {"status": unresolved, "assignee": ["me", "none"]},
        "-status:closed,open": {"status": [Status.IN_PROGRESS, Status.RESOLVED]},
        "priority:>=high tag:vip": {
            "priority": [Priority.HIGH, Priority.URGENT],
            "tag": ["vip"],
        },
        f"customer:{carla} category:general": {"customer": [carla], "category": ["general"]},
    }
    for text, parameters in cases.items():
        found = await read_tickets(house, ADMIN, filter=text)
        assert found == await read_tickets(house, ADMIN, **parameters), text
        assert found, text


async def test_a_filter_narrows_the_other_parameters(house: AdminDesk) -> None:
    everything = await read_tickets(house, ADMIN)
    for text, fields in (
        ("status:open", {"status": [Status.OPEN, Status.CLOSED]}),
        ("tag:vip2", {"tag": ["vip"]}),
        ("p:high", {"priority": [Priority.HIGH, Priority.LOW], "q": "help"}),
        ("vpn", {"q": "help"}),
        ("status:open", {"status": [Status.CLOSED]}),
    ):
        by_parameters = await read_tickets(house, ADMIN, **fields)
        here = FilterContext(1, house.now, find_zone(ZONE))
        expected = [it for it in by_parameters if matches_filter(parse_filter(text), it, here)]
        assert await read_tickets(house, ADMIN, filter=text, **fields) == expected
        assert len(expected) < len(everything)
