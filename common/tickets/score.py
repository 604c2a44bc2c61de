"""The rating stored with a ticket: what its customer thinks of how it was handled."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from common.text import Body

Score = Annotated[int, Meta(ge=1, le=5)]


class Rating(Struct, frozen=True, omit_defaults=True):
    """A score from 1 to 5, the customer's comment, and when it was given.

    `rated_at` is None only in a log that was written before tickets held their rating.
    """

    score: Score
    comment: Body | None = None
    rated_at: datetime | None = None

    def is_same_as(self, other: "Rating") -> bool:
        """Returns whether both have the same score and comment, regardless of their time."""
        return (self.score, self.comment) == (other.score, other.comment)
