"""The kinds of report rows, and the kinds behind each figure."""

from enum import IntEnum
from typing import Final


class IntervalKind(IntEnum):
    """The kind of a row. The numbers are stored, so their meaning must never change."""

    CREATED = 0
    """Only in daily rollups; elsewhere the row of the ticket itself is counted."""
    FIRST_RESPONSE = 1
    NEXT_RESPONSE = 2
    UNANSWERED = 3
    """An unanswered interval that ended because the ticket was resolved or closed."""
    FIRST_RESOLUTION = 4
    LATER_RESOLUTION = 5
    REOPENED = 6
    RATED = 7
    """A rating; its value is the score."""
    KEPT_FIRST_RESPONSE = 11
    KEPT_NEXT_RESPONSE = 12
    KEPT_RESOLUTION = 13
    BROKE_FIRST_RESPONSE = 14
    BROKE_NEXT_RESPONSE = 15
    BROKE_RESOLUTION = 16
    ENTERED = 21
    """The ticket came into the backlog, other than by its creation."""
    MOVED_IN = 22
    """The ticket came to another agent, category or priority within the backlog."""
    MOVED_OUT = 23
    """The counterpart of `MOVED_IN`; its value, as of `LEFT`, is the time in the group."""
    LEFT = 24
    FILED_AS = 31
    """Category and priority at creation, recorded at their first change; `at` is the creation."""


RESPONSES: Final = (IntervalKind.FIRST_RESPONSE, IntervalKind.NEXT_RESPONSE)
RESOLUTIONS: Final = (IntervalKind.FIRST_RESOLUTION, IntervalKind.LATER_RESOLUTION)
KEPT_TARGETS: Final = (
    IntervalKind.KEPT_FIRST_RESPONSE,
    IntervalKind.KEPT_NEXT_RESPONSE,
    IntervalKind.KEPT_RESOLUTION,
)
BROKEN_TARGETS: Final = (
    IntervalKind.BROKE_FIRST_RESPONSE,
    IntervalKind.BROKE_NEXT_RESPONSE,
    IntervalKind.BROKE_RESOLUTION,
)
INTO_BACKLOG: Final = (IntervalKind.ENTERED, IntervalKind.MOVED_IN)
OUT_OF_BACKLOG: Final = (IntervalKind.MOVED_OUT, IntervalKind.LEFT)
LISTED_KINDS: Final = (
    *RESPONSES,
    IntervalKind.UNANSWERED,
    *RESOLUTIONS,
    IntervalKind.REOPENED,
    IntervalKind.RATED,
    *KEPT_TARGETS,
    *BROKEN_TARGETS,
)
"""The kinds that a figure lists one by one; the backlog is computed as a sum."""

METRICS: Final[dict[str, tuple[IntervalKind, ...]]] = {
    "tickets_created": (IntervalKind.CREATED,),
    "tickets_resolved": RESOLUTIONS,
    "resolution_events": RESOLUTIONS,
    "reopened": (IntervalKind.REOPENED,),
    "unanswered": (IntervalKind.UNANSWERED,),
    "response_time": RESPONSES,
    "first_response_time": (IntervalKind.FIRST_RESPONSE,),
    "first_resolution_time": (IntervalKind.FIRST_RESOLUTION,),
    "resolution_time": RESOLUTIONS,
    "csat": (IntervalKind.RATED,),
    "sla": (*KEPT_TARGETS, *BROKEN_TARGETS),
}
"""The figures that count rows of their range, by their name on the wire."""
