"""Read a ticket with its messages, against fixed JSON of the same size."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import seeding
from benchmarks.desk_process import desk
from benchmarks.load import Load
from benchmarks.peer_process import peer
from benchmarks.result import Result
from benchmarks.rounds import ROUNDS, SECONDS, Side, in_turn, rate, ratio

CALLERS, LIMIT = 16, 0.4
TICKETS, MESSAGES = 250, 5
PATH = "/tickets/{number}?include=messages"


def measure(folder: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> Iterator[Result]:
    tickets = seeding.open_tickets(TICKETS, MESSAGES)
    with desk(folder / "desk.db", tickets) as ours:
        admin = ours.admin()
        paths = [PATH.format(number=number) for number in range(1, TICKETS + 1)]
        answer = admin.raw("GET", paths[0])
        requests = [admin.request("GET", path) for path in paths]
        with peer("fixed", answer, folder / "peer.db") as bare:
            sides = Side(bare, requests), Side(ours.http, requests)
            theirs, mine = in_turn(*sides, callers=CALLERS, rounds=rounds, seconds=seconds)
            yield _compared(theirs, mine, len(answer))


def _compared(theirs: list[Load], mine: list[Load], size: int) -> Result:
    return Result(
        figure=f"read a ticket with {MESSAGES} messages ({size:,} bytes), {CALLERS} callers",
        ours=rate(mine),
        peer=rate(theirs),
        value=ratio(mine, theirs),
        limit=LIMIT,
        at_least=True,
        unit="x",
    )
