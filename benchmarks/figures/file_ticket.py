"""File a ticket, all of our work included, against one INSERT and one COMMIT."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import seeding
from benchmarks.desk_process import desk
from benchmarks.peer_process import peer
from benchmarks.rest import Rest
from benchmarks.result import Result
from benchmarks.rounds import Side, in_turn, rate, ratio

LIMITS = {16: 0.8, 64: 1.3}
CUSTOMERS = 16


def measure(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db") as ours:
        customers = ours.people("customer", CUSTOMERS)
        requests = [_request(customers, index) for index in range(256)]
        answer = customers[0].raw("POST", "/tickets", _ticket(0))
        with peer("insert", answer, folder / "peer.db") as theirs:
            for callers in LIMITS:
                yield _compared(Side(ours.http, requests, 201), theirs, callers)


def _compared(ours: Side, peer_http: str, callers: int) -> Result:
    theirs, mine = in_turn(ours._replace(http=peer_http), ours, callers=callers)
    return Result(
        figure=f"file a ticket, {callers} callers",
        ours=rate(mine),
        peer=rate(theirs),
        value=ratio(mine, theirs),
        limit=LIMITS[callers],
        at_least=True,
        unit="x",
    )


def _request(customers: list[Rest], index: int) -> bytes:
    return customers[index % len(customers)].request("POST", "/tickets", _ticket(index))


def _ticket(index: int) -> dict[str, Any]:
    return {"subject": seeding.SUBJECT.format(index=index), "description": seeding.TEXT}
