"""The month before the curtain rises, as lines for the import."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any, Final

from demo.company import COLLEAGUES, CUSTOMERS, YOU, Person
from demo.stories import RATINGS, Deck, Story

DAYS: Final = 30
SETTLED: Final = 90
_RATED: Final = 0.4
"""How many of them were rated."""

Entry = dict[str, Any]


class Past:
    """Tells stories that are over, each at its own pace."""

    def __init__(self, now: datetime, dice: Random) -> None:
        self._now = now
        self._stories = Deck(dice)
        self._dice = dice

    def lines(self) -> Iterator[bytes]:
        """The oldest first."""
        month = timedelta(days=DAYS)
        for begun in sorted(
            self._now - month * self._dice.uniform(0.05, 1) for _ in range(SETTLED)
        ):
            yield self._line(begun)

    def _line(self, begun: datetime) -> bytes:
        story = self._stories.draw()
        customer = self._dice.choice(CUSTOMERS)
        ticket = {
            "subject": story.subject,
            "description": story.description,
            "priority": story.priority,
            "category": story.category,
            "customer_email": customer.email,
            "created_at": begun.isoformat(),
        }
        history = list(self._history(story, customer, begun))
        return json.dumps({"ticket": ticket, "history": history}).encode()

    def _history(self, story: Story, customer: Person, begun: datetime) -> Iterator[Entry]:
        at = begun
        for step in _steps(story, customer, self._dice.choice((*COLLEAGUES, YOU))):
            at += timedelta(minutes=self._dice.lognormvariate(2.5, 0.8))
            yield {"at": at.isoformat(), **step}
        if self._dice.random() < _RATED:
            yield self._rating(at)

    def _rating(self, resolved: datetime) -> Entry:
        score, comment = self._dice.choice(RATINGS)
        at = resolved + timedelta(minutes=self._dice.uniform(1, 60))
        rated = {"at": at.isoformat(), "type": "rating", "score": score}
        return rated if comment is None else {**rated, "comment": comment}


def _steps(story: Story, customer: Person, agent: Person) -> Iterator[Entry]:
    yield {"type": "assign", "actor": agent.email, "to": agent.email}
    yield {"type": "status", "actor": agent.email, "status": "in_progress"}
    if story.tags:
        yield {"type": "edit", "actor": agent.email, "changes": {"tags": story.tags}}
    for who, words in zip(cycle((agent, customer)), story.talk, strict=False):
        changes = {"waiting_on": "customer" if who is agent else "agent"}
        yield {"type": "reply", "actor": who.email, "body": words, "changes": changes}
        if story.note and who is agent and words is story.talk[0]:
            yield {"type": "note", "actor": agent.email, "body": story.note}
    yield {"type": "status", "actor": agent.email, "status": "resolved"}
    yield {"type": "status", "actor": customer.email, "status": "closed"}
