"""PostgreSQL: the writes and reads of a desk, against bare psycopg and against another checkout.

Where `DESKWIRE_BEFORE` names the root of another checkout, its server takes part in each round on
a database of its own, and the figures say how many times as much this one does.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from msgspec import Struct

from benchmarks import seeding
from benchmarks.bare_postgres import bare_postgres
from benchmarks.desk_process import Desk, desk
from benchmarks.load import Load
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import Side, rate, ratio, rush
from tests.support.postgres import Cluster, cluster

CALLERS, ROUNDS = 16, 3
TICKETS, MESSAGES = 4_000, 5
SHARE, TIMES, OF_SQLITE = 0.7, 5, 0.5
BEFORE: Final = os.environ.get("DESKWIRE_BEFORE")
_STATES: Final = (
    {"status": "resolved", "priority": "high"},
    {"status": "open", "priority": "normal"},
)
"""A change writes one of them to tickets that have the other."""


class Work(Struct, frozen=True):
    """Something that is asked again and again: its requests in each round."""

    what: str
    status: int
    make: Callable[[Rest, int], list[bytes]]


def _file(caller: Rest, _: int) -> list[bytes]:
    return [
        caller.request(
            "POST",
            "/tickets",
            {
                "subject": seeding.SUBJECT.format(index=index),
                "description": seeding.TEXT,
                "customer_email": f"customer-{index}@bench.example",
            },
        )
        for index in range(256)
    ]


def _reply(caller: Rest, _: int) -> list[bytes]:
    body = {"body": seeding.TEXT}
    return [caller.request("POST", f"/tickets/{n}/messages", body) for n in _numbers()]


def _change(caller: Rest, round_: int) -> list[bytes]:
    """Tickets of its own for each round, so that none has the state that is written."""
    some = TICKETS // (ROUNDS + 1)
    numbers = range(round_ * some + 1, (round_ + 1) * some + 1)
    return [caller.request("PATCH", f"/tickets/{n}", it) for it in _STATES for n in numbers]


def _read(caller: Rest, _: int) -> list[bytes]:
    return [caller.request("GET", f"/tickets/{n}?include=messages") for n in _numbers()]


def _queue(caller: Rest, _: int) -> list[bytes]:
    return [caller.request("GET", "/tickets?status=open")]


WORKS: Final = {
    "file": Work("file a ticket", 201, _file),
    "reply": Work("reply", 201, _reply),
    "change": Work("change a ticket", 200, _change),
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
        if BEFORE:
            before = _postgres_desk(folder, running)
            rivals["before"] = stack.enter_context(before.served(root=Path(BEFORE)))
        stack.enter_context(ours.served())
        if kind == "read":
            lines = seeding.open_tickets(TICKETS, MESSAGES)
            rivals["sqlite"] = stack.enter_context(desk(folder / "desk.db", lines))
        answer = _ask(ours.admin(), work)
        bare = stack.enter_context(bare_postgres(kind, answer, ours.url, folder))
        loads = _in_turn(work, bare, ours, rivals)
    yield from _compared(kind, loads)


def _postgres_desk(folder: Path, running: Cluster) -> Desk:
    new = Desk(folder / "postgres.db", running.fresh())
    new.found()
    lines = folder / "tickets.jsonl"
    lines.write_text("".join(seeding.open_tickets(TICKETS, MESSAGES)))
    new.take_in(lines)
    return new


def _ask(admin: Rest, work: Work) -> bytes:
    """The answer to the first request of the last round, which no other round sends."""
    head, _, body = work.make(admin, ROUNDS)[0].partition(b"\r\n\r\n")
    method, path, _ = head.split(b" ", 2)
    return admin.send(method.decode(), path.decode(), body)


def _in_turn(work: Work, bare: str, ours: Desk, rivals: dict[str, Desk]) -> dict[str, list[Load]]:
    desks = {"ours": ours, **rivals}
    callers = {name: it.admin() for name, it in desks.items()}
    loads: dict[str, list[Load]] = {name: [] for name in ("bare", *desks)}
    for round_ in range(ROUNDS):
        for name, played in loads.items():
            requests = work.make(callers.get(name, callers["ours"]), round_)
            http = desks[name].http if name in desks else bare
            played.append(rush(Side(http, requests, work.status), CALLERS))
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
        ours=rate(ours),
        peer=rate(theirs),
        value=ratio(ours, theirs),
        limit=limit,
        at_least=True,
        unit="x",
    )


def _numbers() -> list[int]:
    return list(range(1, TICKETS + 1))
