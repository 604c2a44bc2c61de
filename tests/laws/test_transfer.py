"""Any history goes in as it was: its rows follow from its events, and it comes out the same."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, convert, inspect
from msgspec.structs import asdict

from common.organization import OrganizationSettings
from common.people import Actor, Role
from common.tickets.editing import TicketEdits
from common.tickets.ticket import Status, Ticket
from server.clock import utc_now
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log import event_log
from server.storage.queries.organization import organizations
from server.storage.queries.ticket import tickets, transfer_queries
from server.transfer.exporter import export_organization
from server.transfer.file_format import TransferEntry
from server.transfer.history_to_events import EntryReferences, derive_events
from server.transfer.importer import Importer
from server.transfer.named_events import NAMED_EVENTS
from tests.support.tickets import ticket as new_ticket

BEGIN = datetime(2010, 1, 13, 8, 40, 25, tzinfo=UTC)
AGENTS = ["ana@help.example", "bo@help.example"]
CUSTOMER, OTHER_CUSTOMER = "carl@shop.example", "dora@shop.example"
Line = dict[str, Any]
DRAWN_ANEW = {"org_id", "customer_id", "assignee_id", "resolver_id", "last_seq", "public_seq"}

words = st.sampled_from(["It broke.", "Again?", "Thank you", "a\tb\nc", "'; --", "🖨️ ü"])
PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "subject": words.map(lambda text: text.split("\n")[0].replace("\t", " ")),
    "category": st.sampled_from(["general", "billing", "refunds"]),
    "tags": st.lists(st.sampled_from(["vip", "fire", "vip"]), max_size=3),
}
"""Values of fields whose type allows more than an organization has."""


def values_of(type_: inspect.Type) -> st.SearchStrategy[Any]:
    """The values of an editable field, as they stand in a file."""
    match type_:
        case inspect.EnumType():
            return st.sampled_from([it.value for it in type_.cls])
        case inspect.UnionType():
            return st.one_of([values_of(it) for it in type_.types])
        case inspect.NoneType():
            return st.none()
        case inspect.DateTimeType():
            return st.sampled_from(["2999-01-01T00:00:00Z", "2010-02-01T00:00:00.5Z"])
        case inspect.Metadata(type=inspect.StrType()):
            return st.sampled_from(["A-17", "ü 2"])
        case _:
            raise TypeError(f"what does a history say of {type_}?")


editable = {
    field.name: PLAUSIBLE[field.name] if field.name in PLAUSIBLE else values_of(field.type)
    for field in cast("inspect.StructType", inspect.type_info(TicketEdits)).fields
}
edits = st.lists(st.sampled_from(sorted(editable)), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: editable[name] for name in names})
)
who = st.sampled_from([{"actor": email} for email in (*AGENTS, CUSTOMER)] + [{}, {"key": "Shop"}])
statuses = st.sampled_from([it.value for it in Status])
agents = st.sampled_from([*AGENTS, None])


def entry(kind: str, optional: dict[str, Any] | None = None, **fields: Any) -> Any:
    needed: dict[str, Any] = {"type": st.just(kind), **fields}
    told = st.fixed_dictionaries(needed, optional=optional or {})
    return st.tuples(who, told).map(lambda both: {**both[0], **both[1]})


reasons = st.sampled_from(["spam", "Why not"])
named = {"event": st.sampled_from(sorted(NAMED_EVENTS))}
states = st.one_of(
    entry("assign", named, to=agents),
    entry("unassign", {**named, "reason": reasons}),
    entry("edit", {**named, "reason": reasons}, changes=edits),
    entry(
        "status",
        status=statuses,
        optional={**named, "to": agents, "changes": edits, "reason": reasons},
    ),
)
entries = states | st.one_of(
    entry("reply", body=words, optional={"changes": edits}),
    entry("reply", body=words, channel=st.just("page")),
    entry("reply", body=words, channel=st.just("mail"), verified=st.booleans()),
    entry("note", body=words),
    entry(
        "customer",
        to=st.sampled_from([CUSTOMER, OTHER_CUSTOMER]),
        optional={"keeps_rating": st.booleans()},
    ),
    entry("rating", score=st.integers(1, 5), optional={"comment": words}),
)
histories = st.lists(entries, max_size=12)


def line(number: int, history: list[Line]) -> Line:
    times = (BEGIN + timedelta(seconds=n, microseconds=n) for n in itertools.count(1))
    return {
        "ticket": {
            "external_id": f"Case{number}",
            "subject": f"Case {number}",
            "description": "It broke.",
            "customer_email": CUSTOMER,
            "created_at": BEGIN.isoformat(),
        },
        "history": [
            {"at": at.isoformat(), **told} for at, told in zip(times, history, strict=False)
        ],
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('law') / Path('desk.db')}")
    yield opened
    opened.close()


org_ids = itertools.count(30_000)


async def imported(database: Database, lines: list[Line]) -> int:
    """An organization of nothing but these lines."""
    org_id = next(org_ids)

    def job(writing: WriteTransaction) -> None:
        organizations.add_organization(writing, org_id, OrganizationSettings(name="Law"), 0)

    await database.write(job)
    bad: list[str] = []
    taken = Importer(
        database, utc_now, org_id, lambda where, reason: bad.append(f"{where}: {reason}")
    )
    await taken.import_source(json.dumps(it).encode() for it in lines)
    assert bad == []
    return org_id


async def exported(database: Database, org_id: int) -> list[Line]:
    raws: list[bytes] = []
    await export_organization(database, org_id, lambda _: None, lambda raw, _: raws.append(raw))
    return [json.loads(raw) for raw in raws]


def last_told(
    reading: ReadTransaction, org_id: int
) -> list[tuple[Ticket | None, Ticket | None, int]]:
    """Each ticket's row, its last event's ticket, and how many events it has."""
    opened = transfer_queries.list_tickets_by_age(reading, org_id, 0, 100)
    told = [
        (it, event_log.list_ticket_events(reading, org_id, it.number, 0, 1000)) for it in opened
    ]
    return [
        (tickets.find_ticket(reading, org_id, it.number), events[-1].detail.ticket, len(events))
        for it, events in told
    ]


async def state_of(database: Database, org_id: int) -> list[Any]:
    return await database.read_snapshot(lambda reading: last_told(reading, org_id))


async def event_types(database: Database, org_id: int) -> list[list[str]]:
    """The types of each ticket's events."""
    return await database.read_snapshot(
        lambda reading: [
            [
                event.type
                for event in event_log.list_ticket_events(reading, org_id, it.number, 0, 1000)
            ]
            for it in transfer_queries.list_tickets_by_age(reading, org_id, 0, 100)
        ]
    )


async def moved_fields(database: Database, org_id: int) -> list[Line]:
    """Each ticket's fields without ids and seqs, which an import draws anew."""
    rows = [asdict(row) for row, _, _ in await state_of(database, org_id) if row]
    return [{name: row[name] for name in row if name not in DRAWN_ANEW} for row in rows]


IN_PROGRESS_AND_NOBODYS: list[Line] = [
    {"actor": AGENTS[0], "type": "status", "status": "in_progress", "to": AGENTS[0]},
    {"actor": AGENTS[0], "type": "status", "status": "in_progress", "to": None},
]


@settings(deadline=None, max_examples=100)
@example(told=[IN_PROGRESS_AND_NOBODYS])
@given(told=st.lists(histories, min_size=1, max_size=3))
def test_any_history_comes_out_as_it_went_in(database: Database, told: list[list[Line]]) -> None:
    async def there_and_back() -> None:
        here = await imported(database, [line(n, it) for n, it in enumerate(told)])
        lines = await exported(database, here)
        there = await imported(database, lines)

        assert await exported(database, there) == lines
        assert await event_types(database, there) == await event_types(database, here)
        assert await moved_fields(database, there) == await moved_fields(database, here)
        for org_id in (here, there):
            for row, last, events in await state_of(database, org_id):
                assert row is not None
                assert row == last
                assert row.version == events

    asyncio.run(there_and_back())


ACTOR = Actor(4821, Role.AGENT, 1000, "Ana")


@given(told=histories, last=states)
def test_telling_the_present_state_again_adds_nothing(told: list[Line], last: Line) -> None:
    ticket = new_ticket(at=BEGIN)
    for n, it in enumerate([*told, last], 1):
        said, assignee_id = _typed(it, n)
        for event in derive_events(said, ticket, ACTOR, EntryReferences(assignee_id)):
            ticket = ticket.evolve(event.changes, said.at, n)
    again, assignee_id = _typed(last, len(told) + 2)

    assert derive_events(again, ticket, ACTOR, EntryReferences(assignee_id)) == []


def _typed(told: Line, n: int) -> tuple[TransferEntry, Any]:
    said = convert({"at": BEGIN + timedelta(minutes=n), **told}, TransferEntry)
    people = enumerate([*AGENTS, CUSTOMER, OTHER_CUSTOMER])
    ids = {email: 1000 + at for at, email in people} | {None: None}
    return said, ids[told["to"]] if "to" in told else UNSET
