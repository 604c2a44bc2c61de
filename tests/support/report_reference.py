"""Figures as a plain reading of the log has them: no product code counts here, and no array."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from common.people import AGENTS
from server.storage.queries.log.event_log import LogEntry

UNRESOLVED = {"open", "in_progress"}


class Happened(NamedTuple):
    """One thing that counts; `seconds` as a fraction, or a score."""

    metric: str
    at: Any
    number: int
    agent: int | None
    category: str
    priority: str
    value: Fraction = Fraction(0)


def happened(log: Iterable[LogEntry]) -> list[Happened]:
    """Everything that counts in a log, whenever it was."""
    tickets: dict[int, list[LogEntry]] = {}
    for entry in log:
        if entry.detail.ticket is not None:
            tickets.setdefault(entry.detail.ticket.number, []).append(entry)
    return [it for entries in tickets.values() for it in _of_ticket(entries)]


def backlog(log: Iterable[LogEntry], at: Any) -> list[Any]:
    """The tickets that are unresolved at an instant, as they are then."""
    last: dict[int, Any] = {}
    spam: dict[int, bool] = {}
    for entry in log:
        it = entry.detail.ticket
        if it is not None:
            spam[it.number] = it.close_reason is not None
            # A breach that is found late has an earlier `at` than the changes before it.
            if it.happened_at < at:
                last[it.number] = it
    return [it for it in last.values() if it.status in UNRESOLVED and not spam[it.number]]


def distribution(values: list[Fraction]) -> dict[str, Any]:
    ordered = sorted(values)
    if not ordered:
        return {"n": 0, "mean": None, "median": None, "p90": None}
    n = len(ordered)
    return {
        "n": n,
        "mean": float(sum(ordered) / n),
        "median": float(percentile(ordered, Fraction(1, 2))),
        "p90": float(percentile(ordered, Fraction(9, 10))),
    }


def percentile(ordered: list[Fraction], share: Fraction) -> Fraction:
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def figures(
    everything: list[Happened], inside: Callable[[Happened], bool], standing: int
) -> dict[str, Any]:
    """The figures of what is inside, in the form of the wire, by the calendar alone."""
    chosen = [it for it in everything if inside(it)]

    def values(*metrics: str) -> list[Fraction]:
        return [it.value for it in chosen if it.metric in metrics]

    scores = values("rating")
    resolved = [it for it in chosen if it.metric in {"first_resolution", "later_resolution"}]
    return {
        "tickets_created": len(values("created")),
        "tickets_resolved": len({it.number for it in resolved}),
        "resolution_events": len(resolved),
        "reopened": len(values("reopened")),
        "backlog": standing,
        "unanswered": len(values("unanswered")),
        "response_time": distribution(values("first_response", "next_response")),
        "first_response_time": distribution(values("first_response")),
        "first_resolution_time": distribution(values("first_resolution")),
        "resolution_time": distribution([it.value for it in resolved]),
        "csat": {
            "n": len(scores),
            "score": float(Fraction(100 * sum(s >= 4 for s in scores), len(scores)))
            if scores
            else None,
            "mean": float(sum(scores) / len(scores)) if scores else None,
        },
    }


def _of_ticket(entries: list[LogEntry]) -> Iterator[Happened]:
    first = entries[0].detail.ticket
    last = entries[-1].detail.ticket
    assert first is not None
    assert last is not None
    yield _told("created", entries[0], first, None)
    if last.close_reason is None:
        failed = (entry.detail.undelivered for entry in entries)
        yield from _Story(first, {it.message_id for it in failed if it}).of(entries)


class _Story:
    """One ticket's way through its log."""

    def __init__(self, first: Any, undelivered: set[int]) -> None:
        self.undelivered = undelivered
        self.filed = self.waiting = first.created_at
        self.answered = False
        self.resolver: int | None = None
        self.resolutions = 0
        self.ratings: dict[int, Happened] = {}

    def of(self, entries: list[LogEntry]) -> Iterator[Happened]:
        for before, entry in pairwise(entries):
            yield from self._step(before.detail.ticket, entry, entry.detail.ticket)
        yield from self.ratings.values()

    def _step(self, old: Any, entry: LogEntry, new: Any) -> Iterator[Happened]:
        by_agent = entry.actor_role in AGENTS
        doer = entry.actor_id if by_agent else new.assignee_id
        is_read = entry.seq not in self.undelivered
        if entry.message is not None and entry.message[0] == "reply" and is_read:
            if entry.actor_role == "customer":
                self.waiting = self.waiting or entry.at
            elif by_agent:
                if self.waiting:
                    name = "next_response" if self.answered else "first_response"
                    yield _told(name, entry, new, doer, entry.at - self.waiting)
                self.waiting, self.answered = None, True
        undone_merge = "merged" in {old.close_reason, new.close_reason}
        if old.status != new.status and not undone_merge:
            yield from self._moved(old, entry, new, doer)
        if entry.type == "ticket.rated":
            rated = _told("rating", entry, new, self.resolver)
            score = Fraction(new.rating.score)
            self.ratings[self.resolutions] = rated._replace(value=score)

    def _moved(self, old: Any, entry: LogEntry, new: Any, doer: int | None) -> Iterator[Happened]:
        if new.status not in UNRESOLVED and self.waiting:
            yield _told("unanswered", entry, new, doer)
            self.waiting = None
        if new.status == "resolved":
            name = "later_resolution" if self.resolutions else "first_resolution"
            self.resolver, self.resolutions = doer, self.resolutions + 1
            yield _told(name, entry, new, doer, entry.at - self.filed)
        if new.status in UNRESOLVED and old.status not in UNRESOLVED:
            yield _told("reopened", entry, new, self.resolver)


def _told(metric: str, entry: LogEntry, it: Any, agent: int | None, lasted: Any = None) -> Happened:
    value = Fraction(0)
    if lasted is not None:
        value = Fraction(lasted.days * 86_400_000_000 + lasted.seconds * 1_000_000)
        value = (value + lasted.microseconds) / 1_000_000
    return Happened(metric, entry.at, it.number, agent, it.category, it.priority.value, value)
