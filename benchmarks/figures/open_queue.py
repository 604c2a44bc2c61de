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
from benchmarks.peer_process import peer
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import ROUNDS, Side, in_turn, rate, ratio

CALLERS, SHARE, GROWTH = 16, 0.7, 1.25
MANY, FEW = big_desk.MILLION, 1_000
PATH = "/tickets?status=open"


def measure(folder: Path, rounds: int = ROUNDS) -> Iterator[Result]:
    with ExitStack() as running:
        small, big = (
            running.enter_context(big_desk.copy_desk(folder / f"{count}.db", count).served())
            for count in (FEW, MANY)
        )
        copy = shutil.copyfile(big.path, folder / "copy.db")
        answer = big.admin().raw("GET", PATH)
        theirs = running.enter_context(peer("queue", answer, Path(copy)))
        if json.loads(Rest(theirs, ORG).raw("GET", PATH)) != json.loads(answer):
            raise RuntimeError("the bare handler answers another page than we do")
        sides = _side(theirs, big), _side(big.http, big), _side(small.http, small)
        yield from _results(*in_turn(*sides, callers=CALLERS, rounds=rounds))


def _side(http: str, whose: Desk) -> Side:
    return Side(http, [whose.admin().request("GET", PATH)])


def _results(theirs: list[Load], many: list[Load], few: list[Load]) -> Iterator[Result]:
    yield Result(
        figure=f"first page of the queue of {MANY:,} tickets, {CALLERS} callers",
        ours=rate(many),
        peer=rate(theirs),
        value=ratio(many, theirs),
        limit=SHARE,
        at_least=True,
        unit="x",
    )
    yield Result(
        figure=f"the same, time against {FEW:,} tickets",
        ours=rate(many),
        peer=rate(few),
        value=ratio(few, many),
        limit=GROWTH,
        unit="x",
    )
