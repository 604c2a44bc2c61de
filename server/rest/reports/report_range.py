"""A range that is asked for: its bounds in the organization's zone, and what was measured in it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from common import reports as wire
from common.errors import FieldError, Invalid
from common.reports import GroupBy
from common.tickets.ticket import Priority
from server.domain.reports import figures, groups, periods
from server.domain.reports.groups import Grouping, Key
from server.domain.reports.measurements import Measured
from server.domain.reports.periods import Period
from server.domain.timestamps import loaded, stored
from server.rest.reports import report_views
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence
from server.storage.queries.name_resolver import Names
from server.storage.queries.reports.range_measurement import measure

_ENDS: Final = ("from", "to")
PRIORITIES: Final = tuple(priority.value for priority in Priority)


class Range:
    """[from, to) of one organization, on one snapshot. Raises Invalid for what is no range."""

    def __init__(self, reading: Reading, org_id: int, start: str, end: str) -> None:
        self.reading, self.org_id = reading, org_id
        self.settings = org_sequence.read_settings(reading, org_id)
        self.zone = ZoneInfo(self.settings.timezone)
        self.period = _period(start, end, self.zone)
        self.names = Names(org_id)

    @cached_property
    def seq(self) -> int:
        return org_sequence.seq_of(self.reading, self.org_id)

    @cached_property
    def measured(self) -> Measured:
        return measure(self.reading, self.org_id, self.period)

    def summary(self, by: GroupBy | None) -> wire.Summary:
        """The figures of the range, and of its groups."""
        total = figures.whole(self.measured)
        return self._summary(report_views.figures(total), () if by is None else self._groups(by))

    def own(self, agent_id: int) -> wire.Summary:
        """What an agent is credited with, and nothing of anybody else's."""
        return self._summary(report_views.figures(figures.own(self.measured, agent_id)), ())

    def parts(self, unit: GroupBy) -> dict[str, Period]:
        """The days, weeks or months of the range. Raises Invalid where they are too many."""
        try:
            return dict(periods.split(self.period, unit, self.zone))
        except ValueError as error:
            raise Invalid.query("group_by", str(error)) from None

    def _summary(self, total: wire.Figures, parts: tuple[wire.Group, ...]) -> wire.Summary:
        return wire.Summary(
            from_=loaded(self.period.start),
            to=loaded(self.period.end),
            timezone=self.settings.timezone,
            seq=self.seq,
            total=total,
            groups=parts,
        )

    def _groups(self, by: GroupBy) -> tuple[wire.Group, ...]:
        grouping = self._grouping(by)
        made = figures.grouped(
            self.measured, grouping.coding, grouping.backlogs, created=by is not GroupBy.AGENT
        )
        views = [
            report_views.group(it, None if key is None else str(key), self._label(by, key))
            for key, it in zip(grouping.keys, made, strict=True)
        ]
        if by.value not in groups.UNITS:
            views.sort(key=lambda it: (it.key is None, it.label.casefold(), it.key or ""))
        return tuple(views)

    def _grouping(self, by: GroupBy) -> Grouping:
        if by.value in groups.UNITS:
            return groups.by_time(self.measured, self.parts(by))
        return groups.of(self.measured, by.value, PRIORITIES)

    def _label(self, by: GroupBy, key: Key) -> str:
        if key is None:
            return "Nobody"
        if by is GroupBy.AGENT:
            return self.names.person(self.reading, int(key)).name
        if by is GroupBy.CATEGORY:
            return self._categories.get(str(key), str(key))
        return str(key).capitalize() if by is GroupBy.PRIORITY else str(key)

    @cached_property
    def _categories(self) -> dict[str, str]:
        return {category.slug: category.name for category in self.settings.categories}


def faults(reading: Reading, org_id: int, given: Mapping[str, str]) -> list[FieldError]:
    """What is wrong with the range, for a query that is refused already; either end may miss."""
    zone = ZoneInfo(org_sequence.read_settings(reading, org_id).timezone)
    return _ends(given, zone)[1]


def _period(start: str, end: str, zone: ZoneInfo) -> Period:
    """Both ends, every fault of theirs at once. Raises Invalid."""
    ends, wrong = _ends({"from": start, "to": end}, zone)
    if wrong:
        raise Invalid(*wrong)
    return Period(*ends)


def _ends(given: Mapping[str, str], zone: ZoneInfo) -> tuple[list[int], list[FieldError]]:
    """The ends that are given, and what is wrong with them."""
    wrong: list[FieldError] = []
    ends: list[int] = []
    for name in _ENDS:
        if name not in given:
            continue
        try:
            # A "+" that nobody escaped arrives as a blank.
            ends.append(stored(periods.instant(given[name].replace(" ", "+"), zone)))
        except ValueError as error:
            wrong.append(FieldError(str(error), parameter=name))
    if len(ends) == len(_ENDS) and ends[0] >= ends[1]:
        wrong.append(FieldError("must be before to", parameter="from"))
    return ends, wrong
