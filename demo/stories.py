"""The customers' stories. The texts are in `stories.toml`."""

import tomllib
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from common.tickets.ticket import Priority

_STORIES_FILE: Final = Path(__file__).with_name("stories.toml")
_DEFAULT_TALK: Final = (
    "Thank you for writing. I am looking into it and will be back within the hour.",
    "Great, thank you. Tell me if you need anything from me.",
    "It is done. Could you check whether it looks right on your side?",
    "It does. Thanks for your help!",
)


class StoryCue(StrEnum):
    """A moment of the demo that has a story of its own."""

    BROKEN = "broken"
    KEPT = "kept"
    MAILED = "mailed"
    UNREACHABLE = "unreachable"


class DemoStory(Struct, frozen=True):
    """A ticket's conversation. `talk` alternates: agent, customer, agent, customer."""

    category: str
    priority: Priority
    subject: str
    description: str
    talk: tuple[str, ...] = _DEFAULT_TALK
    note: str = ""
    tags: tuple[str, ...] = ()
    cue: StoryCue | None = None


EMPTY_STORY: Final = DemoStory("general", Priority.NORMAL, "", "", ())
GENERIC_REPLIES: Final = (
    "Thanks, that makes sense. I will try it and tell you.",
    "Oh, I had not thought of that. Give me a minute.",
    "That worked, thank you so much!",
    "Great, exactly what I needed. You can close this.",
    "Hm, it did something, but I am not sure it is right. What should I see now?",
)
"""Replies of customers to text that is not in the story, such as the visitor's."""
REOPENING_REPLIES: Final = (
    "Sorry to come back so soon: it has started again this minute.",
    "One more thing, now that I look at it: is that meant to be so?",
)
"""Messages that reopen a resolved ticket."""
RATINGS: Final = (
    (5, "Quick and kind. And the coffee is back!"),
    (5, "Solved before my cup was cold."),
    (5, None),
    (4, "Good advice, it only took two tries."),
    (4, None),
    (3, "It works again. I had hoped for a call."),
    (2, "I had to explain it twice."),
)
"""Comments of ratings."""


def load_stories() -> list[DemoStory]:
    """Returns all stories."""
    return msgspec.convert(tomllib.loads(_STORIES_FILE.read_text())["story"], list[DemoStory])


def find_cued_story(cue: StoryCue) -> DemoStory:
    """Returns the story of a moment."""
    return next(story for story in load_stories() if story.cue is cue)


class StoryDeck:
    """The stories without a moment, shuffled again whenever all have been drawn."""

    def __init__(self, dice: Random, cards: Collection[DemoStory] | None = None) -> None:
        self._dice = dice
        self._cards = [it for it in load_stories() if it.cue is None] if cards is None else [*cards]
        self._left: list[DemoStory] = []

    def draw_story(self) -> DemoStory:
        """Returns the next story. Raises LookupError where the deck has none at all."""
        story = self.draw_story_except(())
        if story is None:
            raise LookupError("This deck has no stories.")
        return story

    def draw_story_except(self, subjects: Collection[str]) -> DemoStory | None:
        """Returns the next story with another subject; None where the deck has no such story."""
        story = self._take_story(subjects)
        if story is None:
            self._left = self._dice.sample(self._cards, len(self._cards))
            story = self._take_story(subjects)
        return story

    def _take_story(self, subjects: Collection[str]) -> DemoStory | None:
        found = next((it for it in self._left if it.subject not in subjects), None)
        if found is not None:
            self._left.remove(found)
        return found
