"""`make profile WORK=reply`: the processor time of one kind of write, part by part.

`WORK` is file, reply, change, mail or bulk; `ON=postgresql` takes that database instead of SQLite.

Two servers take the same requests by 16 callers. The first is as it is, and says what a request
costs; the second is timed, and says what its parts are. Timing costs something by itself, so the
sum of the parts is more than the cost. A bulk request is one by one caller, and its costs are those
of a ticket.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from benchmarks import seeding
from benchmarks.desk_process import Desk
from benchmarks.figures import mail_in
from benchmarks.part_timer import PartTime
from benchmarks.process_time import read_process_seconds
from benchmarks.rounds import Side, pass_once
from benchmarks.timed_server import JOURNEYS
from benchmarks.write_requests import make_changes, make_filings, make_replies
from tests.support.postgres import cluster

CALLERS, WARM, MEASURED = 16, 1_000, 3_000
TIMED: Final = "benchmarks.timed_server"
MAIL: Final = ("--mail-listen=lmtp://127.0.0.1:0",)
SQL: Final = "SQL: "
REST: Final = "the event loop and all other"
LEAST_MICROSECONDS: Final = 0.5
"""Parts below it are left out."""
WORKS: Final = ("file", "reply", "change", "mail", "bulk")
DATABASES: Final = ("sqlite", "postgresql")
BULK_EDIT: Final = {"priority": "high", "add_tags": ["outage"]}
Play = Callable[[int, int], int]
"""Sends so many requests, from one on; returns how many there were."""


class Cost(msgspec.Struct, frozen=True):
    """The processor time of the server for each request, in microseconds, and its parts."""

    requests: int
    microseconds: float
    parts: dict[str, PartTime]


def main() -> None:
    work, database, *_ = [*sys.argv[1:], "", ""]
    if work not in WORKS or database not in {"", *DATABASES}:
        sys.exit(f"name the work to profile ({', '.join(WORKS)}), and {' or '.join(DATABASES)}")
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="deskwire-profile-")))
        fresh = None
        if database == "postgresql":
            fresh = running.enter_context(cluster()).fresh
        costs = [
            _measure(work, Desk(folder / f"{module}.db", fresh() if fresh else ""), module)
            for module in ("server", TIMED)
        ]
    print("\n".join(_render(work, *costs)))


def _measure(work: str, desk: Desk, module: str) -> Cost:
    desk.found()
    if work in {"reply", "change", "bulk"}:
        lines = desk.path.with_suffix(".jsonl")
        lines.write_text("".join(seeding.open_tickets(WARM + MEASURED)))
        desk.take_in(lines)
    if work == "mail":
        desk.add_inbox(mail_in.INBOX)
    with desk.served(*MAIL, module=module):
        play = _prepare(work, desk)
        play(0, WARM)
        if module == TIMED:
            desk.ask_parts()
        before = read_process_seconds(desk.pid)
        done = play(WARM, MEASURED)
        spent = read_process_seconds(desk.pid) - before
        parts = desk.ask_parts() if module == TIMED else {}
    return Cost(done, spent / done * 1e6, msgspec.convert(parts, dict[str, PartTime]))


def _prepare(work: str, desk: Desk) -> Play:
    if work == "mail":
        return lambda first, count: mail_in.deliver(desk.mail, first, count).taken
    if work == "bulk":
        return partial(_run_bulk, desk)
    if work == "file":
        requests = list(islice(cycle(make_filings(desk)), WARM + MEASURED))
    else:
        (agent,) = desk.people("agent", 1)
        numbers = range(1, WARM + MEASURED + 1)
        requests = (
            make_replies(agent, numbers)
            if work == "reply"
            else make_changes(agent, numbers, {"status": "resolved"})
        )
    status = 200 if work == "change" else 201

    def play(first: int, count: int) -> int:
        side = Side(desk.http, requests[first : first + count], status)
        return pass_once(side, CALLERS).answered

    return play


def _run_bulk(desk: Desk, first: int, count: int) -> int:
    """Changes two fields of each ticket with one request."""
    numbers = range(first + 1, first + count + 1)
    answer = desk.admin().post("/bulk", {"numbers": list(numbers), "edit": BULK_EDIT})
    changed: int = answer["changed"]
    return changed


def _render(work: str, plain: Cost, timed: Cost) -> Iterator[str]:
    """Yields a line for each part, dearest first, and one for what no part has."""
    spent = {name: part.nanoseconds / 1000 / timed.requests for name, part in timed.parts.items()}
    calls = {name: part.calls / timed.requests for name, part in timed.parts.items()}
    spent[REST] = timed.microseconds - sum(spent.values())
    statements = sum(often for name, often in calls.items() if name.startswith(SQL))
    title = f"{work}, a ticket" if work == "bulk" else f"{work}, {CALLERS} callers, a request"
    yield f"{title}: {plain.microseconds:,.0f} µs of processor time"
    yield f"timed, which costs something itself: {timed.microseconds:,.0f} µs, of which"
    yield f"{'part':<48} {'calls':>7} {'µs':>7} {'share':>6}"
    for name in sorted(spent, key=spent.__getitem__, reverse=True):
        if spent[name] >= LEAST_MICROSECONDS:
            share = spent[name] / timed.microseconds
            yield f"{name:<48} {calls.get(name, 1):>7.2f} {spent[name]:>7.1f} {share:>6.1%}"
    yield f"statements a request: {statements:.2f}"
    if JOURNEYS in calls:
        yield f"journeys to PostgreSQL a request: {calls[JOURNEYS]:.2f}"


if __name__ == "__main__":
    main()
