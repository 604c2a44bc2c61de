"""File a ticket, all of our work included, against one INSERT and one COMMIT."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.desk_process import desk
from benchmarks.load import Load
from benchmarks.peer_process import peer_with_pid
from benchmarks.result import Result
from benchmarks.rounds import ROUNDS, SECONDS, Side, in_turn, rate_and_cost, ratio
from benchmarks.write_requests import make_filings, ticket

LIMITS = {16: 1.0, 64: 1.6}


def measure(folder: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> Iterator[Result]:
    with desk(folder / "desk.db") as ours:
        requests = make_filings(ours)
        answer = ours.person("customer-0@bench.example").raw("POST", "/tickets", ticket(0))
        with peer_with_pid("insert", answer, folder / "peer.db") as theirs:
            for callers in LIMITS:
                sides = [Side(it.http, requests, 201, it.pid) for it in (theirs, ours)]
                bare, mine = in_turn(*sides, callers=callers, rounds=rounds, seconds=seconds)
                yield _compare(bare, mine, callers)


def _compare(bare: list[Load], mine: list[Load], callers: int) -> Result:
    return Result(
        figure=f"file a ticket, {callers} callers",
        ours=rate_and_cost(mine),
        peer=rate_and_cost(bare),
        value=ratio(mine, bare),
        limit=LIMITS[callers],
        at_least=True,
        unit="x",
    )
