"""The figures of a report: the place of each in an answer, its name and its definition.

A figure's path is its column in the CSV: `response_time.median`, `csat.score`.
"""

from enum import Enum, auto
from typing import Final

from msgspec import Struct

from common.reports import Figures, Metric


class Unit(Enum):
    """The unit of a figure."""

    COUNT = auto()
    SECONDS = auto()
    PERCENT = auto()
    SCORE = auto()


class Figure(Struct, frozen=True, kw_only=True):
    """One figure. `head` is its word above a column, `says` its definition."""

    path: str
    name: str
    head: str
    unit: Unit
    says: str

    @property
    def metric(self) -> Metric:
        """The metric whose rows are behind it."""
        return Metric(self.path.partition(".")[0])

    @property
    def business_variant(self) -> "Figure":
        """The same by business time, where there is such a thing."""
        metric, _, part = self.path.partition(".")
        return _BY_PATH.get(f"{metric}.business.{part}", self)

    def read_value(self, figures: Figures) -> float | None:
        """Its value; None where there is none."""
        value: object = figures
        for name in self.path.split("."):
            value = getattr(value, name)
        return value if isinstance(value, int | float) else None


class Measure(Struct, frozen=True):
    """Figures that are shown together, and the headings of their columns.

    The first has the bars.
    """

    name: str
    figures: tuple[Figure, ...]
    heads: tuple[str, ...]


_COUNTS: Final = (
    (
        Metric.TICKETS_CREATED,
        "Created",
        "created",
        "Tickets whose creation lies in the range. By agent there is none.",
    ),
    (
        Metric.TICKETS_RESOLVED,
        "Resolved",
        "resolved",
        "Distinct tickets that became resolved in the range, each once however often.",
    ),
    (
        Metric.RESOLUTION_EVENTS,
        "Resolutions",
        "resolut.",
        "Changes into resolved in the range; a ticket resolved twice counts twice.",
    ),
    (
        Metric.REOPENED,
        "Reopened",
        "reopened",
        "Changes out of resolved or closed in the range; by agent: who resolved it last.",
    ),
    (
        Metric.BACKLOG,
        "Backlog",
        "backlog",
        "Tickets open or in progress at the end of the range (now, if that is to come).",
    ),
    (
        Metric.UNANSWERED,
        "Unanswered",
        "unansw.",
        "Customers' turns that ended in the range by resolving or closing without a reply.",
    ),
)
_TIMES: Final = (
    (
        Metric.RESPONSE_TIME,
        "Response time",
        "from the oldest unanswered customer message to the next public reply, by its end.",
    ),
    (
        Metric.FIRST_RESPONSE_TIME,
        "First response time",
        "from a ticket's creation to its first public reply by an agent, by its end.",
    ),
    (
        Metric.RESOLUTION_TIME,
        "Resolution time",
        "from creation to each change into resolved, by the resolution; reopened cycles too.",
    ),
    (
        Metric.FIRST_RESOLUTION_TIME,
        "First resolution time",
        "from creation to a ticket's first resolution, by that.",
    ),
)
_PARTS: Final = (
    ("n", "number", "n", "How many intervals: "),
    ("mean", "mean", "mean", "Mean time "),
    ("median", "median", "median", "Half took no longer: "),
    ("p90", "90th percentile", "p90", "Nine in ten took no longer: "),
)
_SHARES: Final = (
    (
        "sla.attained",
        "SLA kept",
        "SLA kept",
        Unit.PERCENT,
        "Percentage of targets kept among those kept or breached in the range.",
    ),
    (
        "sla.n",
        "SLA targets",
        "targets",
        Unit.COUNT,
        "Targets kept or breached in the range; those still running are in neither.",
    ),
    (
        "csat.score",
        "Satisfaction",
        "satisf.",
        Unit.PERCENT,
        "Percentage of ratings of 4 or 5 among the ratings given in the range.",
    ),
    (
        "csat.mean",
        "Mean rating",
        "rating",
        Unit.SCORE,
        "Mean of the ratings given in the range, from 1 to 5.",
    ),
    ("csat.n", "Ratings", "ratings", Unit.COUNT, "Ratings given in the range."),
)


def _time_figures() -> list[Figure]:
    return [
        Figure(
            path=f"{metric}.{between}{part}",
            name=f"{name}, {word}{' (business)' * bool(between)}",
            head=head,
            unit=Unit.COUNT if part == "n" else Unit.SECONDS,
            says=f"{opening}{says}{' In business hours.' * bool(between)}",
        )
        for metric, name, says in _TIMES
        for between in ("", "business.")
        for part, word, head, opening in _PARTS
    ]


FIGURES: Final[tuple[Figure, ...]] = (
    *(
        Figure(path=metric, name=name, head=head, unit=Unit.COUNT, says=says)
        for metric, name, head, says in _COUNTS
    ),
    *_time_figures(),
    *(
        Figure(path=path, name=name, head=head, unit=unit, says=says)
        for path, name, head, unit, says in _SHARES
    ),
)
"""Every figure of an answer, in its order."""

_BY_PATH: Final = {figure.path: figure for figure in FIGURES}


def find_figure(path: str) -> Figure:
    """The figure of this path."""
    return _BY_PATH[path]


def _make_measure(name: str, *paths: str) -> Measure:
    figures = tuple(map(find_figure, paths))
    return Measure(name, figures, tuple(one.head for one in figures))


def _make_time_measure(name: str, metric: Metric) -> Measure:
    return _make_measure(name, *(f"{metric}.{part}" for part in ("median", "p90", "mean", "n")))


OVERVIEW: Final = Measure(
    "overview",
    tuple(
        map(
            find_figure,
            (
                Metric.TICKETS_RESOLVED,
                Metric.TICKETS_CREATED,
                "response_time.median",
                "resolution_time.median",
                "sla.attained",
                "csat.score",
                Metric.BACKLOG,
            ),
        )
    ),
    ("resolved", "created", "response", "resol.", "SLA kept", "satisf.", "backlog"),
)
MEASURES: Final = (
    OVERVIEW,
    _make_measure(
        "work",
        Metric.TICKETS_RESOLVED,
        Metric.TICKETS_CREATED,
        Metric.RESOLUTION_EVENTS,
        Metric.REOPENED,
        Metric.BACKLOG,
        Metric.UNANSWERED,
    ),
    _make_time_measure("response time", Metric.RESPONSE_TIME),
    _make_time_measure("first response time", Metric.FIRST_RESPONSE_TIME),
    _make_time_measure("resolution time", Metric.RESOLUTION_TIME),
    _make_time_measure("first resolution time", Metric.FIRST_RESOLUTION_TIME),
    _make_measure("SLA and satisfaction", *(path for path, *_ in _SHARES)),
)
"""Measures with all figures in calendar time; `in_business` gives the others."""

HEADLINES: Final = tuple(
    map(
        find_figure,
        (
            Metric.TICKETS_CREATED,
            Metric.TICKETS_RESOLVED,
            Metric.BACKLOG,
            "sla.attained",
            "response_time.median",
            "response_time.p90",
            "resolution_time.median",
            "csat.score",
        ),
    )
)
"""The figures at the top of a report."""


def read_sample_size(shown: Figure, figures: Figures) -> int | None:
    """Returns the sample size of a mean, a percentile or a percentage; None for a count."""
    if shown.unit is Unit.COUNT:
        return None
    head = shown.path.rpartition(".")[0]
    number = find_figure(f"{head}.n").read_value(figures)
    return None if number is None else int(number)


def count_figure_rows(shown: Figure, figures: Figures) -> int:
    """Returns how many rows a figure opens."""
    value = (
        shown.read_value(figures) if shown.unit is Unit.COUNT else read_sample_size(shown, figures)
    )
    return int(value or 0)
