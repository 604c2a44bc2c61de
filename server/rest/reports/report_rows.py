"""The rows behind a figure: which, in which order, and each with its ticket."""

from typing import Any, Final

import numpy as np
from msgspec import UNSET

from common.errors import FieldError, Invalid
from common.people import Actor
from common.reports import GroupBy, Metric, Order, ReportRow, RowPage, RowsQuery
from common.tickets.ticket import Priority
from common.wire import TicketView
from server.domain.reports import drilldown, groups
from server.domain.reports.column_arrays import NOBODY, Columns, Flags
from server.domain.reports.distribution import SECOND
from server.domain.reports.drilldown import Listed, Place
from server.domain.reports.interval_kinds import KEPT, Kind
from server.domain.reports.periods import Period
from server.domain.timestamps import loaded
from server.rendering import views
from server.rest.core.cursor import decode, encode
from server.rest.reports.report_range import PRIORITIES, Range
from server.rest.tickets.ticket_reads import within
from server.storage.queries import tickets
from server.storage.queries.reports.backlog import standing
from server.storage.queries.reports.rating_comments import comment_of

_TIMES: Final = frozenset(
    {
        Metric.BACKLOG,
        Metric.UNANSWERED,
        Metric.RESPONSE_TIME,
        Metric.FIRST_RESPONSE_TIME,
        Metric.FIRST_RESOLUTION_TIME,
        Metric.RESOLUTION_TIME,
    }
)
_NOBODY: Final = frozenset({"", "none", "null"})
_WIDEST: Final = 2**62


def check(query: RowsQuery, actor: Actor) -> None:
    """Raises Invalid with everything that is wrong with the query, whatever its range is."""
    wrong: list[FieldError] = []
    for look in (lambda: within(actor, query.limit), lambda: _place(query), lambda: _group(query)):
        try:
            look()
        except Invalid as refusal:
            wrong += refusal.errors
    if wrong:
        raise Invalid(*wrong)


def page(range_: Range, query: RowsQuery) -> RowPage[ReportRow]:
    """A page of the rows that one figure counts. Raises Invalid for a group that cannot be."""
    listed, categories = _listed(range_, query)
    part, end = drilldown.page(
        listed,
        by_value=query.sort.lstrip("-") == Order.VALUE,
        descending=query.sort.startswith("-"),
        after=_place(query),
        limit=query.limit,
    )
    items = [_row(range_, query.metric, categories, *row) for row in _tuples(part)]
    cursor = None if end is None else encode(query.sort, *end)
    return RowPage(listed.rows.size, items, cursor, range_.seq)


def _place(query: RowsQuery) -> Place | None:
    """Where the page before ended. Raises Invalid for a cursor of another list."""
    if query.cursor is UNSET:
        return None
    sort, *place = decode(query.cursor, tuple[str, int, int, int, int, int])
    if sort != query.sort:
        raise Invalid.query("cursor", "belongs to another order; start without it")
    if any(abs(number) > _WIDEST for number in place):
        raise Invalid.query("cursor", "take it from next_cursor, unchanged")
    return Place(*place)


def _listed(range_: Range, query: RowsQuery) -> tuple[Listed, list[str]]:
    by, key = _group(query)
    period = _part(range_, by, key)
    if query.metric is Metric.BACKLOG:
        rows, categories = standing(range_.reading, range_.org_id, period.end)
        listed = Listed(rows, np.full(rows.size, Kind.CREATED.value))
        inside = np.ones(rows.size, dtype=np.bool_)
    else:
        listed, categories = (
            drilldown.behind(range_.measured, query.metric),
            [*range_.measured.categories],
        )
        inside = (listed.rows.at >= period.start) & (listed.rows.at < period.end)
    listed = listed.where(inside & _chosen(listed.rows, by, key, categories))
    if query.metric.value == drilldown.DISTINCT:
        listed = drilldown.distinct(listed)
    return listed, categories


def _group(query: RowsQuery) -> tuple[GroupBy | None, str | None]:
    """What the rows are narrowed down to: a grouping and one of its keys, or neither."""
    if query.key is UNSET:
        return None, None
    if query.group_by is UNSET:
        raise Invalid.query("key", "goes with group_by")
    if query.metric is Metric.TICKETS_CREATED and query.group_by is GroupBy.AGENT:
        raise Invalid.query("metric", "nobody is credited with tickets that are filed")
    if query.group_by is GroupBy.AGENT:
        _agent(query.key)
    if query.group_by is GroupBy.PRIORITY and query.key not in PRIORITIES:
        raise Invalid.query("key", f"must be one of {', '.join(PRIORITIES)}")
    return query.group_by, query.key


def _part(range_: Range, by: GroupBy | None, key: str | None) -> Period:
    if by is None or by.value not in groups.UNITS:
        return range_.period
    parts = range_.parts(by)
    if key not in parts:
        raise Invalid.query("key", f"is no {by} of the range")
    return parts[key]


def _chosen(rows: Columns, by: GroupBy | None, key: str | None, categories: list[str]) -> Flags:
    if by is GroupBy.AGENT:
        return _flags(rows.agent == _agent(key or ""))
    if by is GroupBy.CATEGORY:
        place = categories.index(key or "") if key in categories else -1
        return _flags(rows.category == place)
    if by is GroupBy.PRIORITY:
        return _flags(rows.priority == PRIORITIES.index(key or ""))
    return np.ones(rows.size, dtype=np.bool_)


def _flags(found: Any) -> Flags:
    flags: Flags = found
    return flags


def _agent(key: str) -> int:
    if key in _NOBODY:
        return NOBODY
    if not (key.isascii() and key.isdigit() and len(key) <= 15):  # noqa: PLR2004 - below 2**53
        raise Invalid.query("key", "must be an agent's id, or none")
    return int(key)


def _tuples(part: Listed) -> list[tuple[int, ...]]:
    columns = [part.kind, *part.rows]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _row(
    range_: Range,
    metric: Metric,
    categories: list[str],
    kind: int,
    at: int,
    number: int,
    agent: int,
    *rest: int,
) -> ReportRow:
    category, priority, value, business = rest
    reading, names = range_.reading, range_.names
    more: dict[str, Any] = {}
    if metric is Metric.CSAT:
        more["comment"] = comment_of(reading, range_.org_id, number, at)
    if metric is Metric.SLA:
        more["target"] = Kind(kind).name.partition("_")[2].lower()
    return ReportRow(
        at=loaded(at),
        value=_value(metric, kind, value),
        business=business / SECOND if metric in _TIMES - {Metric.BACKLOG} else None,
        agent=names.assignee(reading, agent or None),
        category=categories[category],
        priority=Priority(PRIORITIES[priority]),
        ticket=_ticket(range_, number),
        **more,
    )


def _value(metric: Metric, kind: int, value: int) -> float | int | bool | None:
    if metric in _TIMES:
        return value / SECOND
    if metric is Metric.SLA:
        return kind in {it.value for it in KEPT}
    return value if metric is Metric.CSAT else None


def _ticket(range_: Range, number: int) -> TicketView:
    found = tickets.find(range_.reading, range_.org_id, number)
    if found is None:
        raise LookupError(f"organization {range_.org_id} has no ticket {number}")
    return views.ticket(
        found,
        range_.names.customer(range_.reading, found.customer_id),
        range_.names.assignee(range_.reading, found.assignee_id),
        name_of=range_.names.of(range_.reading),
    )
