"""Reports on the wire: queries and figures.

Durations are seconds. An empty mean is null, never 0.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType, field

from common.queries import DEFAULT_LIMIT, AgentLimit, Cursor
from common.tickets.ticket import Priority
from common.wire import PersonRef, TicketView

Row = TypeVar("Row")

Moment = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=40,
        description="RFC 3339, or YYYY-MM-DD: the beginning of that day in the organization's zone",
        examples=["2026-01-05"],
        extra_json_schema={
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ]
        },
    ),
]
Key = Annotated[
    str, Meta(max_length=200, description="A group's key; `none` for the group of nobody")
]


class GroupBy(StrEnum):
    """The groups of figures."""

    AGENT = "agent"
    CATEGORY = "category"
    PRIORITY = "priority"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Metric(StrEnum):
    """The fields of the summary, each of which has rows behind it."""

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


class Order(StrEnum):
    """The order of rows; `-` for descending."""

    AT = "at"
    NEWEST = "-at"
    VALUE = "value"
    LARGEST = "-value"


class RangeQuery(Struct, frozen=True, kw_only=True):
    """The range [from, to)."""

    from_: Moment = field(name="from")
    to: Moment


class SummaryQuery(RangeQuery, frozen=True, kw_only=True):
    """The range, and the groups of its figures."""

    group_by: GroupBy | UnsetType = UNSET


class RowsQuery(SummaryQuery, frozen=True, kw_only=True):
    """Selects the rows behind a figure, of the whole range or of one group."""

    metric: Metric
    key: Key | UnsetType = UNSET
    sort: Order = Order.NEWEST
    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class Times(Struct, frozen=True):
    """A distribution of durations, in seconds."""

    n: int
    mean: float | None
    median: float | None
    p90: float | None


class Durations(Times, frozen=True):
    """A distribution in calendar time, and in business time."""

    business: Times


class SatisfactionFigures(Struct, frozen=True):
    """Ratings; `score` is the percentage of 4 and 5."""

    n: int
    score: float | None
    mean: float | None


class Attainment(Struct, frozen=True):
    """SLA targets; `attained` is the percentage met."""

    n: int
    attained: float | None


class Figures(Struct, frozen=True, kw_only=True):
    """The figures of a range or of a group; null where one has no meaning there."""

    tickets_created: int | None
    tickets_resolved: int
    resolution_events: int
    reopened: int
    backlog: int
    unanswered: int
    response_time: Durations
    first_response_time: Durations
    first_resolution_time: Durations
    resolution_time: Durations
    csat: SatisfactionFigures
    sla: Attainment


class Group(Figures, frozen=True, kw_only=True):
    """The figures of a group; the key null means nobody."""

    key: str | None
    label: str


class Summary(Struct, frozen=True, kw_only=True):
    """The figures of [from, to), as of event `seq`."""

    from_: datetime = field(name="from")
    to: datetime
    timezone: str
    seq: int
    total: Figures
    groups: tuple[Group, ...]


class ReportRow(Struct, frozen=True, kw_only=True):
    """One of the rows behind a figure.

    `value` is the duration in seconds (`business` in business time), the score of a rating,
    whether a target was met, or for the backlog the ticket's age at `to`; null where rows are
    only counted. `agent` is the credited one; category and priority are those at the event.
    """

    at: datetime
    value: float | int | bool | None
    business: float | None
    agent: PersonRef | None
    category: str
    priority: Priority
    target: str | UnsetType = UNSET
    comment: str | UnsetType | None = UNSET
    ticket: TicketView


class RowPage(Struct, Generic[Row], frozen=True):
    """A page of `n` rows behind a figure, as of event `seq`."""

    n: int
    items: list[Row]
    next_cursor: str | None
    seq: int
