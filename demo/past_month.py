"""The month before the demo starts, as lines for the import."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any, Final

from demo.company import COLLEAGUES, CUSTOMERS, VISITOR, DemoPerson
from demo.stories import RATINGS, DemoStory, StoryDeck

DAYS: Final = 30
PAST_TICKET_COUNT: Final = 90
_RATED_SHARE: Final = 0.4
"""The share of tickets that were rated."""

ImportedAction = dict[str, Any]


class PastMonth:
    """Writes closed tickets from stories, each at its own pace."""

    def __init__(self, now: datetime, dice: Random) -> None:
        self._now = now
        self._stories = StoryDeck(dice)
        self._dice = dice

    def generate_lines(self) -> Iterator[bytes]:
        """Returns the lines, oldest first."""
        month = timedelta(days=DAYS)
        for begun in sorted(
            self._now - month * self._dice.uniform(0.05, 1) for _ in range(PAST_TICKET_COUNT)
        ):
            yield self._make_line(begun)

    def _make_line(self, begun: datetime) -> bytes:
        story = self._stories.draw_story()
        customer = self._dice.choice(CUSTOMERS)
        ticket = {
            "subject": story.subject,
            "description": story.description,
            "priority": story.priority,
            "category": story.category,
            "customer_email": customer.email,
            "created_at": begun.isoformat(),
        }
        history = list(self._make_history(story, customer, begun))
        return json.dumps({"ticket": ticket, "history": history}).encode()

    def _make_history(
        self, story: DemoStory, customer: DemoPerson, begun: datetime
    ) -> Iterator[ImportedAction]:
        at = begun
        for step in _make_steps(story, customer, self._dice.choice((*COLLEAGUES, VISITOR))):
            at += timedelta(minutes=self._dice.lognormvariate(2.5, 0.8))
            yield {"at": at.isoformat(), **step}
        if self._dice.random() < _RATED_SHARE:
            yield self._make_rating(at)

    def _make_rating(self, resolved: datetime) -> ImportedAction:
        score, comment = self._dice.choice(RATINGS)
        at = resolved + timedelta(minutes=self._dice.uniform(1, 60))
        rated = {"at": at.isoformat(), "type": "rating", "score": score}
        return rated if comment is None else {**rated, "comment": comment}


def _make_steps(
    story: DemoStory, customer: DemoPerson, agent: DemoPerson
) -> Iterator[ImportedAction]:
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
