"""The wait of a customer that an undelivered reply did not end."""

from msgspec import Struct


class ReopenedWait(Struct, frozen=True):
    """The unanswered interval that an undelivered reply did not end after all.

    `since` and `end` are in microseconds since 1970; `end` is None while it lasts. `answered`: a
    reply ended it. `is_first`: no reply before had stood.
    """

    since: int
    end: int | None
    answered: bool
    is_first: bool
