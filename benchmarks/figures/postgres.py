"""PostgreSQL: the writes and reads of a desk, against bare psycopg and against another checkout.

Where `DESKWIRE_BEFORE` names the root of another checkout, its server takes part in each round on
a database of its own, and the figures say how many times as much this one does.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from msgspec import Struct

from benchmarks import child, seeding
from benchmarks.bare_postgres import bare_postgres
from benchmarks.desk_process import Desk, desk
from benchmarks.figures.agent_writes import RESOLVED
from benchmarks.load import Load
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import Side, pass_once, rate, rate_and_cost, ratio
from benchmarks.write_requests import make_changes, make_replies, slice_rounds, ticket
from tests.support.postgres import Cluster, cluster

CALLERS, ROUNDS, EACH = 16, 3, 1_200
TICKETS, MESSAGES = ROUNDS * EACH + 1, 5
SHARE, TIMES, OF_SQLITE = 0.7, 5, 0.5


class Work(Struct, frozen=True):
    """A kind of work: its requests for the tickets of a round, each of which is sent once."""

    what: str
    status: int
    make: Callable[[Rest, range], list[bytes]]


def _file(caller: Rest, numbers: range) -> list[bytes]:
    customers = ({"customer_email": f"customer-{n % 256}@bench.example"} for n in numbers)
    bodies = (ticket(n) | who for n, who in zip(numbers, customers, strict=True))
    return [caller.request("POST", "/tickets", body) for body in bodies]


def _read(caller: Rest, numbers: range) -> list[bytes]:
    return [caller.request("GET", f"/tickets/{n}?include=messages") for n in numbers]


def _queue(caller: Rest, numbers: range) -> list[bytes]:
    return [caller.request("GET", "/tickets?status=open") for _ in numbers]


WORKS: Final = {
    "file": Work("file a ticket", 201, _file),
    "reply": Work("first reply to an open ticket", 201, make_replies),
    "change": Work(
        "resolve and assign, one PATCH", 200, lambda who, it: make_changes(who, it, RESOLVED)
    ),
    "read": Work(f"read a ticket with {MESSAGES} messages", 200, _read),
    "queue": Work(f"first page of {TICKETS:,} open tickets", 200, _queue),
}


def file(folder: Path) -> Iterator[Result]:
    yield from _measured("file", folder)


def reply(folder: Path) -> Iterator[Result]:
    yield from _measured("reply", folder)


def change(folder: Path) -> Iterator[Result]:
    yield from _measured("change", folder)


def read(folder: Path) -> Iterator[Result]:
    yield from _measured("read", folder)


def queue(folder: Path) -> Iterator[Result]:
    yield from _measured("queue", folder)


def _measured(kind: str, folder: Path) -> Iterator[Result]:
    work = WORKS[kind]
    with ExitStack() as stack:
        running = stack.enter_context(cluster(durable=True))
        ours = _postgres_desk(folder, running)
        rivals = {}
        if child.BEFORE:
            before = _postgres_desk(folder, running, Path(child.BEFORE))
            rivals["before"] = stack.enter_context(before.served())
        stack.enter_context(ours.served())
        if kind == "read":
            lines = seeding.open_tickets(TICKETS, MESSAGES)
            rivals["sqlite"] = stack.enter_context(desk(folder / "desk.db", lines))
        answer = _ask(ours.admin(), work)
        bare = stack.enter_context(bare_postgres(kind, answer, ours.url, folder))
        loads = _in_turn(work, bare, ours, rivals)
    yield from _compared(kind, loads)


def _postgres_desk(folder: Path, running: Cluster, root: Path = child.ROOT) -> Desk:
    new = Desk(folder / "postgres.db", running.fresh(), root)
    new.found()
    lines = folder / "tickets.jsonl"
    lines.write_text("".join(seeding.open_tickets(TICKETS, MESSAGES)))
    new.take_in(lines)
    return new


def _ask(admin: Rest, work: Work) -> bytes:
    """The answer to the request for ticket 1, which is in no round."""
    head, _, body = work.make(admin, range(1, 2))[0].partition(b"\r\n\r\n")
    method, path, _ = head.split(b" ", 2)
    return admin.send(method.decode(), path.decode(), body)


def _in_turn(work: Work, bare: str, ours: Desk, rivals: dict[str, Desk]) -> dict[str, list[Load]]:
    """Plays the rounds of the bare handler, of ours and of the rivals, in turn."""
    desks = {"ours": ours, **rivals}
    people = {name: it.people("agent", 1)[0] for name, it in desks.items()}
    loads: dict[str, list[Load]] = {name: [] for name in ("bare", *desks)}
    for numbers in slice_rounds(EACH, ROUNDS):
        for name, played in loads.items():
            requests = work.make(people.get(name, people["ours"]), numbers)
            http, pid = (desks[name].http, desks[name].pid) if name in desks else (bare, 0)
            played.append(pass_once(Side(http, requests, work.status, pid), CALLERS))
    return loads


def _compared(kind: str, loads: dict[str, list[Load]]) -> Iterator[Result]:
    ours, what = loads["ours"], f"PostgreSQL: {WORKS[kind].what}, {CALLERS} callers"
    if kind == "read":
        yield _result(f"{what}, to SQLite", ours, loads["sqlite"], OF_SQLITE)
        yield _result("the same, to a bare psycopg handler", ours, loads["bare"], 0)
    else:
        yield _result(f"{what}, to a bare psycopg handler", ours, loads["bare"], SHARE)
    if "before" in loads:
        limit = TIMES if kind in {"file", "reply", "change"} else 0
        yield _result("the same, to the checkout before", ours, loads["before"], limit)


def _result(figure: str, ours: list[Load], theirs: list[Load], limit: float) -> Result:
    return Result(
        figure=figure,
        ours=rate_and_cost(ours),
        peer=rate(theirs),
        value=ratio(ours, theirs),
        limit=limit,
        at_least=True,
        unit="x",
    )
