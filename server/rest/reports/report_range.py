"""The range of a report: its bounds in the organization's time zone, and the measurements in it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from common import reports as wire
from common.errors import FieldError, Invalid
from common.reports import GroupBy
from common.tickets.ticket import Priority
from server.domain.reports import figures, groups, periods
from server.domain.reports.groups import Grouping, GroupKey
from server.domain.reports.measurements import Measurements
from server.domain.reports.periods import Period
from server.domain.timestamps import from_microseconds, to_microseconds
from server.rest.reports import report_views
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.organization import organizations
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.reports.range_measurement import measure_range

_BOUNDS: Final = ("from", "to")
PRIORITIES: Final = tuple(priority.value for priority in Priority)


class ReportRange:
    """[from, to) of one organization, on one snapshot. Raises Invalid for what is no range."""

    def __init__(self, reading: ReadTransaction, org_id: int, start: str, end: str) -> None:
        self.reading, self.org_id = reading, org_id
        self.settings = organizations.read_settings(reading, org_id)
        self.zone = ZoneInfo(self.settings.timezone)
        self.period = _parse_period(start, end, self.zone)
        self.names = NameResolver(org_id)

    @cached_property
    def seq(self) -> int:
        return org_sequence.read_newest_seq(self.reading, self.org_id)

    @cached_property
    def measurements(self) -> Measurements:
        return measure_range(self.reading, self.org_id, self.period)

    def build_summary(self, by: GroupBy | None) -> wire.Summary:
        """Returns the figures of the range, and of its groups."""
        total = figures.summarize_range(self.measurements)
        return self._make_summary(
            report_views.render_figures(total), () if by is None else self._build_groups(by)
        )

    def build_own_summary(self, agent_id: int) -> wire.Summary:
        """Returns the figures that an agent is credited with, and nobody else's."""
        return self._make_summary(
            report_views.render_figures(figures.summarize_agent(self.measurements, agent_id)), ()
        )

    def split_periods(self, unit: GroupBy) -> dict[str, Period]:
        """Returns the days, weeks or months of the range. Raises Invalid for too many."""
        try:
            return dict(periods.split_period(self.period, unit, self.zone))
        except ValueError as error:
            raise Invalid.for_parameter("group_by", str(error)) from None

    def _make_summary(self, total: wire.Figures, parts: tuple[wire.Group, ...]) -> wire.Summary:
        return wire.Summary(
            from_=from_microseconds(self.period.start),
            to=from_microseconds(self.period.end),
            timezone=self.settings.timezone,
            seq=self.seq,
            total=total,
            groups=parts,
        )

    def _build_groups(self, by: GroupBy) -> tuple[wire.Group, ...]:
        grouping = self._choose_grouping(by)
        made = figures.summarize_groups(
            self.measurements, grouping.coding, grouping.backlogs, created=by is not GroupBy.AGENT
        )
        views = [
            report_views.render_group(
                it, None if key is None else str(key), self._label_group(by, key)
            )
            for key, it in zip(grouping.keys, made, strict=True)
        ]
        if by.value not in groups.PERIOD_UNITS:
            views.sort(key=lambda it: (it.key is None, it.label.casefold(), it.key or ""))
        return tuple(views)

    def _choose_grouping(self, by: GroupBy) -> Grouping:
        if by.value in groups.PERIOD_UNITS:
            return groups.group_by_time(self.measurements, self.split_periods(by))
        return groups.group_by_field(self.measurements, by.value, PRIORITIES)

    def _label_group(self, by: GroupBy, key: GroupKey) -> str:
        if key is None:
            return "Nobody"
        if by is GroupBy.AGENT:
            return self.names.read_person(self.reading, int(key)).name
        if by is GroupBy.CATEGORY:
            return self._category_names.get(str(key), str(key))
        return str(key).capitalize() if by is GroupBy.PRIORITY else str(key)

    @cached_property
    def _category_names(self) -> dict[str, str]:
        return {category.slug: category.name for category in self.settings.categories}


def find_range_faults(
    reading: ReadTransaction, org_id: int, given: Mapping[str, str]
) -> list[FieldError]:
    """Returns the errors of a range whose query is refused already; either end may be missing."""
    zone = ZoneInfo(organizations.read_settings(reading, org_id).timezone)
    return _parse_bounds(given, zone)[1]


def _parse_period(start: str, end: str, zone: ZoneInfo) -> Period:
    """Returns the period. Raises Invalid with the errors of both ends."""
    ends, wrong = _parse_bounds({"from": start, "to": end}, zone)
    if wrong:
        raise Invalid(*wrong)
    return Period(*ends)


def _parse_bounds(given: Mapping[str, str], zone: ZoneInfo) -> tuple[list[int], list[FieldError]]:
    """Returns the ends that are given, and their errors."""
    wrong: list[FieldError] = []
    ends: list[int] = []
    for name in _BOUNDS:
        if name not in given:
            continue
        try:
            # A "+" that nobody escaped arrives as a blank.
            ends.append(to_microseconds(periods.parse_instant(given[name].replace(" ", "+"), zone)))
        except ValueError as error:
            wrong.append(FieldError(str(error), parameter=name))
    if len(ends) == len(_BOUNDS) and ends[0] >= ends[1]:
        wrong.append(FieldError("must be before to", parameter="from"))
    return ends, wrong
