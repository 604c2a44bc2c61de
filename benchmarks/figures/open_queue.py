"""The first page of the open queue: against the same query in a bare handler, and as it grows.

The queue of a million tickets has 100,000 open ones, that of few a thousandth of both.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import big_desk
from benchmarks.desk_process import ORG, Desk
from benchmarks.load import Load
from benchmarks.peer_process import Peer, peer_with_pid
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import ROUNDS, SECONDS, Side, in_turn, rate, rate_and_cost, ratio

CALLERS, SHARE, GROWTH = 16, 0.7, 1.25
MANY, FEW = big_desk.MILLION, 1_000
PATH = "/tickets?status=open"


def measure(
    folder: Path, many: int = MANY, rounds: int = ROUNDS, seconds: float = SECONDS
) -> Iterator[Result]:
    with ExitStack() as running:
        small, big = (
            running.enter_context(big_desk.copy_desk(folder / f"{count}.db", count).served())
            for count in (FEW, many)
        )
        copy = shutil.copyfile(big.path, folder / "copy.db")
        answer = big.admin().raw("GET", PATH)
        theirs = running.enter_context(peer_with_pid("queue", answer, copy))
        if json.loads(Rest(theirs.http, ORG).raw("GET", PATH)) != json.loads(answer):
            raise RuntimeError("the bare handler answers another page than we do")
        sides = [_side(theirs, big), _side(big, big), _side(small, small)]
        bare, large, few = in_turn(*sides, callers=CALLERS, rounds=rounds, seconds=seconds)
        yield from _results(bare, large, few, many)


def _side(server: Desk | Peer, whose: Desk) -> Side:
    return Side(server.http, [whose.admin().request("GET", PATH)], 200, server.pid)


def _results(
    theirs: list[Load], large: list[Load], small: list[Load], many: int
) -> Iterator[Result]:
    yield Result(
        figure=f"first page of the queue of {many:,} tickets, {CALLERS} callers",
        ours=rate_and_cost(large),
        peer=rate_and_cost(theirs),
        value=ratio(large, theirs),
        limit=SHARE,
        at_least=True,
        unit="x",
    )
    yield Result(
        figure=f"the same, time against {FEW:,} tickets",
        ours=rate(large),
        peer=rate(small),
        value=ratio(small, large),
        limit=GROWTH,
        unit="x",
    )
