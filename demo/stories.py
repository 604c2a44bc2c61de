"""What customers write about and how it goes on; the words themselves are in `stories.toml`."""

import tomllib
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from common.tickets.ticket import Priority

_WORDS: Final = Path(__file__).with_name("stories.toml")
_TALK: Final = (
    "Thank you for writing. I am looking into it and will be back within the hour.",
    "Great, thank you. Tell me if you need anything from me.",
    "It is done. Could you check whether it looks right on your side?",
    "It does. Thanks for your help!",
)


class Cue(StrEnum):
    """A story that is told once, at its own moment."""

    BROKEN = "broken"
    KEPT = "kept"


class Story(Struct, frozen=True):
    """A ticket's conversation: `talk` is agent, customer, agent, customer ..."""

    category: str
    priority: Priority
    subject: str
    description: str
    talk: tuple[str, ...] = _TALK
    note: str = ""
    tags: tuple[str, ...] = ()
    cue: Cue | None = None


NO_STORY: Final = Story("general", Priority.NORMAL, "", "", ())
FOR_YOU: Final = (
    "Thanks, that makes sense. I will try it and tell you.",
    "Oh, I had not thought of that. Give me a minute.",
    "That worked, thank you so much!",
    "Great, exactly what I needed. You can close this.",
    "Hm, it did something, but I am not sure it is right. What should I see now?",
)
"""What customers answer to words that are not in the story: the visitor's own."""
AGAIN: Final = (
    "Sorry to come back so soon: it has started again this minute.",
    "One more thing, now that I look at it: is that meant to be so?",
)
"""What makes a resolved ticket open once more."""
RATINGS: Final = (
    (5, "Quick and kind. And the coffee is back!"),
    (5, "Solved before my cup was cold."),
    (5, None),
    (4, "Good advice, it only took two tries."),
    (4, None),
    (3, "It works again. I had hoped for a call."),
    (2, "I had to explain it twice."),
)
"""What customers think of it afterwards."""


def stories() -> list[Story]:
    """All there are."""
    return msgspec.convert(tomllib.loads(_WORDS.read_text())["story"], list[Story])


def cued(cue: Cue) -> Story:
    """The story of a moment."""
    return next(story for story in stories() if story.cue is cue)


class Deck:
    """The stories without a cue, shuffled again each time that all have been drawn."""

    def __init__(self, dice: Random, cards: Collection[Story] | None = None) -> None:
        self._dice = dice
        self._cards = [it for it in stories() if it.cue is None] if cards is None else [*cards]
        self._left: list[Story] = []

    def draw(self) -> Story:
        """Returns the next story. Raises LookupError where the deck has none at all."""
        story = self.draw_besides(())
        if story is None:
            raise LookupError("This deck has no stories.")
        return story

    def draw_besides(self, subjects: Collection[str]) -> Story | None:
        """Returns the next story with another subject; None where the deck has no such story."""
        story = self._take(subjects)
        if story is None:
            self._left = self._dice.sample(self._cards, len(self._cards))
            story = self._take(subjects)
        return story

    def _take(self, subjects: Collection[str]) -> Story | None:
        found = next((it for it in self._left if it.subject not in subjects), None)
        if found is not None:
            self._left.remove(found)
        return found
