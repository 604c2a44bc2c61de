"""Kinds: what a row of reports counts, and which kinds stand behind each figure."""

from enum import IntEnum
from typing import Final


class Kind(IntEnum):
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


RESPONSES: Final = (Kind.FIRST_RESPONSE, Kind.NEXT_RESPONSE)
RESOLUTIONS: Final = (Kind.FIRST_RESOLUTION, Kind.LATER_RESOLUTION)
KEPT: Final = (Kind.KEPT_FIRST_RESPONSE, Kind.KEPT_NEXT_RESPONSE, Kind.KEPT_RESOLUTION)
BROKEN: Final = (Kind.BROKE_FIRST_RESPONSE, Kind.BROKE_NEXT_RESPONSE, Kind.BROKE_RESOLUTION)
INTO_BACKLOG: Final = (Kind.ENTERED, Kind.MOVED_IN)
OUT_OF_BACKLOG: Final = (Kind.MOVED_OUT, Kind.LEFT)
COUNTED: Final = (
    *RESPONSES,
    Kind.UNANSWERED,
    *RESOLUTIONS,
    Kind.REOPENED,
    Kind.RATED,
    *KEPT,
    *BROKEN,
)
"""Those that a figure lists one by one; the backlog is summed up instead."""

METRICS: Final[dict[str, tuple[Kind, ...]]] = {
    "tickets_created": (Kind.CREATED,),
    "tickets_resolved": RESOLUTIONS,
    "resolution_events": RESOLUTIONS,
    "reopened": (Kind.REOPENED,),
    "unanswered": (Kind.UNANSWERED,),
    "response_time": RESPONSES,
    "first_response_time": (Kind.FIRST_RESPONSE,),
    "first_resolution_time": (Kind.FIRST_RESOLUTION,),
    "resolution_time": RESOLUTIONS,
    "csat": (Kind.RATED,),
    "sla": (*KEPT, *BROKEN),
}
"""The figures that count rows of their range, by the name that they have on the wire."""
