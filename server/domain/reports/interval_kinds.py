"""Kinds: what a row of reports counts, and which kinds stand behind each figure."""

from enum import IntEnum
from typing import Final


class IntervalKind(IntEnum):
    """The numbers are stored: never give one another meaning."""

    CREATED = 0
    """Only in packed days: else it is the ticket's own row that is counted."""
    FIRST_RESPONSE = 1
    NEXT_RESPONSE = 2
    UNANSWERED = 3
    """A wait for an answer that ended with the ticket, without one."""
    FIRST_RESOLUTION = 4
    LATER_RESOLUTION = 5
    REOPENED = 6
    RATED = 7
    """Its value is the score."""
    KEPT_FIRST_RESPONSE = 11
    KEPT_NEXT_RESPONSE = 12
    KEPT_RESOLUTION = 13
    BROKE_FIRST_RESPONSE = 14
    BROKE_NEXT_RESPONSE = 15
    BROKE_RESOLUTION = 16
    ENTERED = 21
    """Into the backlog, but by being filed."""
    MOVED_IN = 22
    """Within the backlog: to another agent, category or priority."""
    MOVED_OUT = 23
    """The other half of it; its value is how long the ticket stood there. So with `LEFT`."""
    LEFT = 24
    FILED_AS = 31
    """What a ticket was filed as, told when that first changes; `at` is when it was filed."""


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
"""Those that a figure lists one by one; the backlog is summed up instead."""

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
"""The figures that count rows of their range, by the name that they have on the wire."""
