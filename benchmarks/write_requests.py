"""The writes of a desk's day as requests: a ticket is filed, answered, resolved."""

from collections.abc import Iterator
from typing import Any

from benchmarks import seeding
from benchmarks.desk_process import Desk
from benchmarks.rest import Rest

CUSTOMERS = 16
FILED = 256
"""Different tickets that are filed again and again."""


def make_filings(desk: Desk) -> list[bytes]:
    """Returns requests by customers to file a ticket."""
    customers = desk.people("customer", CUSTOMERS)
    chosen = (customers[index % CUSTOMERS] for index in range(FILED))
    return [who.request("POST", "/tickets", ticket(n)) for n, who in enumerate(chosen)]


def make_replies(agent: Rest, numbers: range) -> list[bytes]:
    """Returns one reply to each of the tickets."""
    return [_reply(agent, number) for number in numbers]


def make_changes(agent: Rest, numbers: range, body: dict[str, Any]) -> list[bytes]:
    """Returns one change of each of the tickets.

    A resolved ticket that nobody has is assigned by that, too.
    """
    return [agent.request("PATCH", f"/tickets/{number}", body) for number in numbers]


def slice_rounds(count: int, rounds: int, first: int = 2) -> Iterator[range]:
    """Yields the numbers of each round: `count` tickets that no other round has."""
    for index in range(rounds):
        start = first + index * count
        yield range(start, start + count)


def ticket(index: int) -> dict[str, Any]:
    return {"subject": seeding.SUBJECT.format(index=index), "description": seeding.TEXT}


def message() -> dict[str, Any]:
    return {"body": seeding.TEXT}


def _reply(agent: Rest, number: int) -> bytes:
    return agent.request("POST", f"/tickets/{number}/messages", message())
