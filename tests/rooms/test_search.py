"""The ways in which a search goes find the same, in the list's order, page by page."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from common.people import Actor, Role
from common.queries import TicketQuery
from common.tickets.editing import EditTicket
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority
from common.wire import Page, TicketView
from server.desk.tickets import ticket_commands
from server.domain.text_match import Matcher
from server.domain.tokenizer import QueryGroup
from server.rest.tickets.list_requests import TicketListRequest
from server.storage.queries.search import prefix_words, search_index, ticket_search
from server.storage.queries.search.hit_window import WindowSize
from server.storage.queries.ticket import ticket_lists
from tests.support.local_desk import ADMIN, ORG, AdminDesk

CARLA = Actor(ORG, Role.CUSTOMER, 10_000, "Carla", "carla@example.test")
TICKETS = range(1, 31)
SMALL = {"_LEAST_READ": 2, "_FIRST_READ": 3, "_READ_AT_ONCE": 4, "_PLACES_AT_ONCE": 5}
NONE = dict.fromkeys(("sqlite", "postgresql"), 3)
WAYS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "the texts are read": SMALL
    | {"SAMPLE_SIZE": 3, "MAX_READ_PER_HIT": 10_000, "PROMISING_MATCHES": 1},
    "the texts are left for the index": SMALL
    | {"SAMPLE_SIZE": 3, "MAX_READ_PER_HIT": 1, "PROMISING_MATCHES": 1},
    "the index names all": {"SAMPLE_SIZE": 0},
    "the list is walked among many hits": SMALL
    | {"SAMPLE_SIZE": 0, "FEW_NUMBERS": 0, "READABLE_TICKETS": 0},
    "there are too many hits to name": SMALL | {"SAMPLE_SIZE": 0, "MAX_HITS": NONE},
    "too many hits, and far apart": SMALL
    | {"SAMPLE_SIZE": 0, "MAX_HITS": NONE, "MAX_READ_PER_HIT_AT_LAST": 1, "FEW_NUMBERS": 0},
    "the newest hits have the page": SMALL
    | {"SAMPLE_SIZE": 0, "NEWEST": WindowSize(8, 20), "FEW_NUMBERS": 0},
    "the newest hits are too few": SMALL
    | {"SAMPLE_SIZE": 0, "NEWEST": WindowSize(8, 20), "READABLE_TICKETS": 1},
    "the newest hits, and texts of common words": SMALL
    | {"SAMPLE_SIZE": 4, "MAX_READ_PER_HIT": 0, "COMMON_IN_SAMPLE": 2, "NEWEST": WindowSize(7, 17)},
    "common words are read for, and then asked for": SMALL
    | {
        "SAMPLE_SIZE": 4,
        "MAX_READ_PER_HIT": 0,
        "COMMON_IN_SAMPLE": 1,
        "READABLE_TICKETS": 0,
        "HITS_PER_TEXT": 10_000,
    },
    "common words are read for": SMALL
    | {"SAMPLE_SIZE": 4, "MAX_READ_PER_HIT": 0, "COMMON_IN_SAMPLE": 1},
}


def every(number: int) -> set[int]:
    return {it for it in TICKETS if it % number == 0}


FOUND = {
    "broke": every(1),
    "bro": every(1),
    "third": every(3),
    "third fifth": every(15),
    "broke fifth": every(5),
    "2.7.3": every(10),
    "#7": {7},
    "7 broke": {7, 10, 20, 30},
    "carla": every(1),
    "carla third #9": {9},
    "hidden": every(4),
    "nothing": set[int](),
}


@pytest.fixture
async def house(desk_url: str) -> AsyncIterator[AdminDesk]:
    async with AdminDesk.open(desk_url) as house:
        for number in TICKETS:
            house.now += timedelta(seconds=1)
            await house.file()
            for n, text in ((3, "the third one"), (5, "a fifth"), (10, "since v2.7.3 of it")):
                if number % n == 0:
                    await house.say(number, text)
            if number % 4 == 0:
                await house.say(number, "hidden", MessageKind.NOTE)
        for number in (3, 15, 22):
            await house.desk.write(ADMIN, raise_priority(number))
        yield house


def raise_priority(number: int) -> Callable[..., object]:
    return lambda work: ticket_commands.execute_command(
        work, number, EditTicket(priority=Priority.URGENT)
    )


def numbers_of(page: Page[Raw]) -> list[int]:
    return [msgspec.json.decode(item, type=TicketView).number for item in page.items]


async def pages(house: AdminDesk, actor: Actor, **fields: Any) -> list[int]:
    numbers: list[int] = []
    fields |= {"limit": 4}
    while True:
        wish = TicketListRequest(house.database.dialect, actor, TicketQuery(**fields), house.now)
        page = await house.database.read_snapshot(wish.read_page)
        numbers += numbers_of(page)
        if page.next_cursor is None:
            return numbers
        fields |= {"cursor": page.next_cursor}


async def test_every_way_finds_the_same(house: AdminDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    lists: list[dict[str, Any]] = [
        {"sort": "-created_at"},
        {"sort": "updated_at"},
        {"sort": "-sla_due"},
        {"sort": "-priority"},
        {"sort": "created_at", "priority": ["urgent"]},
        {"sort": "-last_seq", "assignee": ["none"], "customer": [10_000]},
    ]
    whole = [await pages(house, ADMIN, **fields) for fields in lists]
    own = await pages(house, CARLA, sort="-updated_at")
    for way, constants in WAYS.items():
        with monkeypatch.context() as patch:
            for name, value in constants.items():
                patch.setattr(ticket_search, name, value)
            for q, numbers in FOUND.items():
                for fields, order in zip(lists, whole, strict=True):
                    expected = [number for number in order if number in numbers]
                    assert await pages(house, ADMIN, q=q, **fields) == expected, (way, q, fields)
                expected = [it for it in own if it in numbers and q != "hidden"]
                assert await pages(house, CARLA, q=q, sort="-updated_at") == expected, (way, q)


@pytest.mark.parametrize("most", [0, 1, 32])
async def test_a_prefix_finds_the_same_by_its_words(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(prefix_words, "MAX_WORDS", most)
    monkeypatch.setattr(ticket_search, "SAMPLE_SIZE", 0)
    for q, numbers in FOUND.items():
        assert set(await pages(house, ADMIN, q=q)) == numbers, q
        beginning = q[:-1] if q[-1].isalpha() else q
        assert set(await pages(house, ADMIN, q=beginning)) >= numbers, beginning


async def test_a_common_word_has_few_tickets_read_and_no_hits_named(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many tickets there are: those of a page, and the ones that tell how common it is."""
    read = 0
    matched = Matcher.match_groups

    def count(self: Matcher, *args: Any) -> list[bool]:
        nonlocal read
        read += 1
        return matched(self, *args)

    monkeypatch.setattr(Matcher, "match_groups", count)
    monkeypatch.setattr(ticket_search, "SAMPLE_SIZE", 8)
    monkeypatch.setattr(ticket_search, "_LEAST_READ", 4)
    monkeypatch.setattr(search_index, "find_numbers", None)
    wish = TicketListRequest(
        house.database.dialect, ADMIN, TicketQuery(q="broke", limit=5), house.now
    )
    assert len((await house.database.read_snapshot(wish.read_page)).items) == 5
    assert read == 8


async def test_a_page_of_the_newest_has_no_older_hits_named(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_search, "SAMPLE_SIZE", 0)
    monkeypatch.setattr(ticket_search, "NEWEST", WindowSize(4, 12))
    monkeypatch.setattr(search_index, "find_numbers", None)
    query = TicketQuery(q="third", limit=2)
    wish = TicketListRequest(house.database.dialect, ADMIN, query, house.now)
    assert numbers_of(await house.database.read_snapshot(wish.read_page)) == [30, 27]


async def test_a_rare_word_has_the_look_and_no_list_read(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks up the few that the index names, by their numbers alone."""
    asked = []
    places = ticket_lists.list_positions

    def note(*args: Any) -> list[tuple[int, int]]:
        asked.append((args[1].among, args[2]["limit"]))
        return places(*args)

    monkeypatch.setattr(ticket_lists, "list_positions", note)
    monkeypatch.setattr(ticket_search, "SAMPLE_SIZE", 3)
    wish = TicketListRequest(house.database.dialect, ADMIN, TicketQuery(q="#7"), house.now)
    assert numbers_of(await house.database.read_snapshot(wish.read_page)) == [7]
    assert asked == [(False, 3), (True, 1)]


async def test_a_common_word_that_stands_beside_few_others_is_asked_for_after_some_texts(
    house: AdminDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the tickets with "fifth" only a few are read before the index says which have "third"."""
    constants = SMALL | {"COMMON_IN_SAMPLE": 6, "MAX_READ_PER_HIT": 0, "READABLE_TICKETS": 0}
    for name, value in constants.items():
        monkeypatch.setattr(ticket_search, name, value)
    asked: list[str] = []
    find = search_index.find_numbers

    def note(reading: Any, org_id: int, group: QueryGroup, *others: Any, **more: Any) -> Any:
        asked.append(group.alternatives[0][0].token)
        return find(reading, org_id, group, *others, **more)

    monkeypatch.setattr(search_index, "find_numbers", note)
    for per_text, expected in ((0, []), (10_000, ["third"])):
        monkeypatch.setattr(ticket_search, "HITS_PER_TEXT", per_text)
        asked.clear()
        found = await pages(house, ADMIN, q="third fifth", sort="-created_at")
        assert found == [30, 15]
        assert [token for token in asked if token != "fifth"] == expected
