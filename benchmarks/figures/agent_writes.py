"""Measures what agents write all day, against a bare handler with one statement and one COMMIT.

Each request concerns a ticket of its own: a second answer or change has another effect.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import seeding
from benchmarks.desk_process import Desk, desk
from benchmarks.load import Load
from benchmarks.peer_process import Peer, peer_with_pid
from benchmarks.result import Result
from benchmarks.rounds import Side, pass_once, rate_and_cost, ratio
from benchmarks.write_requests import make_changes, make_replies, message, slice_rounds

CALLERS, ROUNDS = 16, 3
EACH = 2_000
"""Tickets of one round."""
RESOLVED, TAKEN = {"status": "resolved"}, {"status": "in_progress"}
REPLY_LIMIT, CHANGE_LIMIT, COST_LIMIT = 0.9, 0.8, 500


def reply(folder: Path, each: int = EACH, rounds: int = ROUNDS) -> Iterator[Result]:
    """Answers tickets for the first time, which makes them the agent's, and then once more."""
    with desk(folder / "desk.db", seeding.open_tickets(each * rounds + 1)) as ours:
        (agent,) = ours.people("agent", 1)
        answer = agent.raw("POST", "/tickets/1/messages", message())
        with peer_with_pid("message", answer, folder / "peer.db") as theirs:
            requests = [make_replies(agent, numbers) for numbers in slice_rounds(each, rounds)]
            for what in ("first reply to an open ticket", "reply in a conversation"):
                bare, mine = _play(theirs, ours, requests, 201)
                yield _compare(f"{what}, {CALLERS} callers", mine, bare, REPLY_LIMIT)


def change(folder: Path, each: int = EACH, rounds: int = ROUNDS) -> Iterator[Result]:
    """Resolves open tickets, each of which is the agent's by that; then tickets of the agent."""
    with desk(folder / "desk.db", seeding.open_tickets(each * rounds + 1)) as ours:
        (agent,) = ours.people("agent", 1)
        answer = agent.raw("PATCH", "/tickets/1", RESOLVED)
        with peer_with_pid("update", answer, folder / "peer.db") as theirs:
            played = [make_changes(agent, it, RESOLVED) for it in slice_rounds(each, rounds)]
            yield from _compare_changes("resolve and assign", *_play(theirs, ours, played, 200))
            for requests in (make_changes(agent, it, TAKEN) for it in slice_rounds(each, rounds)):
                pass_once(Side(ours.http, requests), CALLERS)
            yield from _compare_changes("resolve one's own", *_play(theirs, ours, played, 200))


def _compare_changes(what: str, bare: list[Load], mine: list[Load]) -> Iterator[Result]:
    yield _compare(f"{what}, one PATCH, {CALLERS} callers", mine, bare, CHANGE_LIMIT)
    cost = median(load.cpu_microseconds for load in mine)
    yield Result(figure="the same: processor time", value=cost, limit=COST_LIMIT, unit="µs")


def _play(
    theirs: Peer, ours: Desk, rounds: list[list[bytes]], status: int
) -> tuple[list[Load], list[Load]]:
    bare, mine = [], []
    for requests in rounds:
        bare.append(pass_once(Side(theirs.http, requests, status, theirs.pid), CALLERS))
        mine.append(pass_once(Side(ours.http, requests, status, ours.pid), CALLERS))
    return bare, mine


def _compare(figure: str, mine: list[Load], bare: list[Load], limit: float) -> Result:
    return Result(
        figure=figure,
        ours=rate_and_cost(mine),
        peer=rate_and_cost(bare),
        value=ratio(mine, bare),
        limit=limit,
        at_least=True,
        unit="x",
    )
