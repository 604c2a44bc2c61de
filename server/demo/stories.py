"""What customers write about and how it goes on; the words themselves are in `stories.toml`."""

import tomllib
from collections.abc import Iterator
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


def deck(dice: Random) -> Iterator[Story]:
    """All that have no moment of their own, shuffled anew each time they have all been told."""
    cards = [story for story in stories() if story.cue is None]
    while True:
        dice.shuffle(cards)
        yield from cards
