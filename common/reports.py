"""Reports: how they are asked for, and what they answer, the same on both sides.

What each figure counts stands in docs/api.md. Durations are seconds, never rounded; a mean of
nothing is null.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from common.queries import AgentLimit, Cursor
from common.wire import PersonRef, TicketView

Bound = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        description="RFC 3339, or YYYY-MM-DD: the start of that day in the organization's zone",
    ),
]


class GroupBy(StrEnum):
    """What the groups of a report are."""

    AGENT = "agent"
    CATEGORY = "category"
    PRIORITY = "priority"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Metric(StrEnum):
    """What is counted or measured; each is a field of `Figures`."""

    TICKETS_CREATED = "tickets_created"
    TICKETS_RESOLVED = "tickets_resolved"
    RESOLUTION_EVENTS = "resolution_events"
    REOPENED = "reopened"
    BACKLOG = "backlog"
    UNANSWERED = "unanswered"
    RESPONSE_TIME = "response_time"
    FIRST_RESPONSE_TIME = "first_response_time"
    FIRST_RESOLUTION_TIME = "first_resolution_time"
    RESOLUTION_TIME = "resolution_time"
    CSAT = "csat"
    SLA = "sla"


class ReportQuery(Struct, frozen=True, kw_only=True):
    """What happened in [from, to)."""

    start: Bound = field(name="from")
    to: Bound
    group_by: GroupBy | UnsetType = UNSET


class OwnReportQuery(Struct, frozen=True, kw_only=True):
    """The caller's own figures over [from, to)."""

    start: Bound = field(name="from")
    to: Bound


class RowsQuery(Struct, frozen=True, kw_only=True):
    """The rows behind one number: of the whole, or of the group with this key.

    `key` left out, with a `group_by`: the group whose key is null.
    """

    metric: Metric
    start: Bound = field(name="from")
    to: Bound
    group_by: GroupBy | UnsetType = UNSET
    key: str | UnsetType = UNSET
    limit: AgentLimit = 25
    cursor: Cursor | UnsetType = UNSET


class Spread(Struct, frozen=True):
    """How long things took, in seconds."""

    n: int = 0
    mean: float | None = None
    median: float | None = None
    p90: float | None = None


class Times(Spread, frozen=True):
    """By the calendar, and in `business` by business hours."""

    business: Spread = Spread()


class Csat(Struct, frozen=True):
    """Satisfaction: `score` is the percentage of 4 and 5, `mean` that of the scale from 1 to 5."""

    n: int = 0
    score: float | None = None
    mean: float | None = None


class Attainment(Struct, frozen=True):
    """Targets kept or breached, and the percentage kept."""

    n: int = 0
    attained: float | None = None


class Figures(Struct, frozen=True, kw_only=True):
    """The figures of the whole range, or of one group."""

    tickets_created: int | None = 0
    """Null in a group by agent: nobody creates a ticket for an agent."""
    tickets_resolved: int = 0
    resolution_events: int = 0
    reopened: int = 0
    backlog: int = 0
    unanswered: int = 0
    response_time: Times = Times()
    first_response_time: Times = Times()
    first_resolution_time: Times = Times()
    resolution_time: Times = Times()
    csat: Csat = Csat()
    sla: Attainment = Attainment()


class Group(Figures, frozen=True, kw_only=True):
    """One group; the key null is nobody's."""

    key: str | None
    label: str


class Summary(Struct, frozen=True, kw_only=True):
    """A report, true at event `seq`; without `group_by` there are no groups."""

    start: datetime = field(name="from")
    to: datetime
    timezone: str
    seq: int
    total: Figures
    groups: list[Group] = []


class ReportRow(Struct, frozen=True, kw_only=True):
    """What adds to a number: a ticket, when it counted, for whom, and what it added."""

    ticket: TicketView
    at: datetime
    agent: PersonRef | None = None
    """Whom it is credited to."""
    seconds: float | None = None
    business: float | None = None
    score: int | None = None
    comment: str | None = None
    kept: bool | None = None
    """Whether a target was kept; null where it is no target."""
