"""A report: the answers to several requests over the same days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from common.reports import Figures, Group, GroupBy, ReportRow
from common.wire import TicketView
from tui.reports.date_ranges import ComparisonRange, DateRange
from tui.reports.figure_definitions import Figure, find_figure

TOTAL, BEFORE, AGE, COMMENT = "total", "before", "age", "comment"
GROUPINGS: Final = (GroupBy.AGENT, GroupBy.CATEGORY, GroupBy.PRIORITY)


class ReportCell(Struct, frozen=True):
    """The identity of one number on the screen, whatever its value.

    `part` is total, before, age, comment, or what the group is one of; `key` is the group's.
    """

    part: str
    key: str | None = None
    path: str = ""

    @property
    def group_by(self) -> GroupBy | UnsetType:
        """The grouping of the cell."""
        return GroupBy(self.part) if self.part in set(GroupBy) else UNSET

    def pick_figure(self, *, is_business: bool) -> Figure | None:
        """Returns the figure by calendar or business time; None: it is not from the answer."""
        if not self.path:
            return None
        return find_figure(self.path).business_variant if is_business else find_figure(self.path)


class Report(Struct, frozen=True, kw_only=True):
    """The figures of a range, of the one before, and of its groups."""

    span: DateRange
    compared: ComparisonRange
    timezone: str
    seq: int
    total: Figures
    before: Figures
    groups: Mapping[GroupBy, Sequence[Group]] = {}
    comments: Sequence[ReportRow] = ()

    @property
    def series(self) -> Sequence[Group]:
        """The figures over time."""
        return self.groups.get(self.span.grain, ())

    def find_figures(self, cell: ReportCell) -> Figures | None:
        """Returns the figures of a cell; None where its group has gone."""
        if cell.part in {TOTAL, BEFORE}:
            return self.total if cell.part == TOTAL else self.before
        return self.find_group(cell)

    def find_group(self, cell: ReportCell) -> Group | None:
        """Returns the group of a cell."""
        if cell.group_by is UNSET:
            return None
        groups = self.groups.get(cell.group_by, ())
        return next((group for group in groups if group.key == cell.key), None)


class AgeBucket(Struct, frozen=True):
    """A range of ages of the backlog, from so many seconds on."""

    key: str
    name: str
    since: float


_HOUR, _DAY = 3600.0, 86_400.0
AGE_BUCKETS: Final = (
    AgeBucket("0", "under 1 hour", 0),
    AgeBucket("1", "1 to 8 hours", _HOUR),
    AgeBucket("2", "8 to 24 hours", 8 * _HOUR),
    AgeBucket("3", "1 to 3 days", _DAY),
    AgeBucket("4", "3 to 7 days", 3 * _DAY),
    AgeBucket("5", "7 to 30 days", 7 * _DAY),
    AgeBucket("6", "over 30 days", 30 * _DAY),
)


def group_by_age(backlog: Iterable[TicketView], now: datetime) -> dict[str, list[TicketView]]:
    """The unresolved tickets by the key of their bucket, each in exactly one."""
    found: dict[str, list[TicketView]] = {bucket.key: [] for bucket in AGE_BUCKETS}
    for ticket in backlog:
        age = max((now - ticket.created_at).total_seconds(), 0)
        key = max(bucket.key for bucket in AGE_BUCKETS if bucket.since <= age)
        found[key].append(ticket)
    return found
