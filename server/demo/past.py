"""The month before the curtain rises, as lines for the import."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any, Final

from server.demo.company import COLLEAGUES, CUSTOMERS, YOU, Person
from server.demo.stories import RATINGS, Story, deck

DAYS: Final = 30
SETTLED: Final = 84
"""Tickets that are over."""
UNSETTLED: Final = 8
"""Tickets of the last two days that still wait for somebody."""

_RATED: Final = 0.4
"""How many of those that are over were rated."""

Entry = dict[str, Any]


class Past:
    """Tells stories that have happened, each at its own pace."""

    def __init__(self, now: datetime, stories: Iterator[Story], dice: Random) -> None:
        self._now = now
        self._fresh = stories
        self._old = deck(dice)
        self._dice = dice

    def lines(self) -> Iterator[bytes]:
        """Settled tickets first, then those that are still open, oldest first."""
        month, days = timedelta(days=DAYS), timedelta(days=2)
        for begun in self._moments(month, SETTLED):
            yield self._line(begun, settled=True)
        for begun in self._moments(days, UNSETTLED):
            yield self._line(begun, settled=False)

    def _moments(self, span: timedelta, count: int) -> list[datetime]:
        return sorted(self._now - span * self._dice.uniform(0.05, 1) for _ in range(count))

    def _line(self, begun: datetime, *, settled: bool) -> bytes:
        # What is to be seen in the queue has not been told twice.
        story = next(self._old if settled else self._fresh)
        customer = self._dice.choice(CUSTOMERS)
        ticket = {
            "subject": story.subject,
            "description": story.description,
            "priority": story.priority,
            "category": story.category,
            "customer_email": customer.email,
            "created_at": begun.isoformat(),
        }
        history = list(self._history(story, customer, begun, settled=settled))
        return json.dumps({"ticket": ticket, "history": history}).encode()

    def _history(
        self, story: Story, customer: Person, begun: datetime, *, settled: bool
    ) -> Iterator[Entry]:
        """The conversation as far as time allows; what is unsettled stops somewhere in it."""
        agent = self._dice.choice(COLLEAGUES if settled else (*COLLEAGUES, YOU, YOU))
        steps = list(_steps(story, customer, agent, settled=settled))
        # What is not over has been answered at least once, and lies with its customer.
        kept = (
            len(steps)
            if settled
            else next(at for at, step in enumerate(steps, 1) if step["type"] == "reply")
        )
        at = begun
        for step in islice(steps, kept):
            at += timedelta(minutes=self._dice.lognormvariate(2.5, 0.8))
            if at < self._now:
                yield {"at": at.isoformat(), **step}
        if settled and self._dice.random() < _RATED:
            yield self._rating(at)

    def _rating(self, resolved: datetime) -> Entry:
        score, comment = self._dice.choice(RATINGS)
        at = resolved + timedelta(minutes=self._dice.uniform(1, 60))
        rated = {"at": at.isoformat(), "type": "rating", "score": score}
        return rated if comment is None else {**rated, "comment": comment}


def _steps(story: Story, customer: Person, agent: Person, *, settled: bool) -> Iterator[Entry]:
    yield {"type": "assign", "actor": agent.email, "to": agent.email}
    yield {"type": "status", "actor": agent.email, "status": "in_progress"}
    if story.tags:
        yield {"type": "edit", "actor": agent.email, "changes": {"tags": story.tags}}
    for who, words in zip(cycle((agent, customer)), story.talk, strict=False):
        changes = {"waiting_on": "customer" if who is agent else "agent"}
        yield {"type": "reply", "actor": who.email, "body": words, "changes": changes}
        if story.note and who is agent and words is story.talk[0]:
            yield {"type": "note", "actor": agent.email, "body": story.note}
    if settled:
        yield {"type": "status", "actor": agent.email, "status": "resolved"}
        yield {"type": "status", "actor": customer.email, "status": "closed"}
