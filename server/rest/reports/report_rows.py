"""The rows behind a figure, each with its ticket."""

from typing import Any, Final

import numpy as np
from msgspec import UNSET

from common.errors import FieldError, Invalid
from common.people import Actor
from common.reports import GroupBy, Metric, Order, ReportRow, RowPage, RowsQuery
from common.tickets.ticket import Priority
from common.wire import TicketView
from server.domain.reports import drilldown, groups
from server.domain.reports.column_arrays import NOBODY, ColumnArrays, Flags
from server.domain.reports.distribution import SECOND
from server.domain.reports.drilldown import ListedRows, PagePosition
from server.domain.reports.interval_kinds import KEPT_TARGETS, IntervalKind
from server.domain.reports.periods import Period
from server.domain.timestamps import from_microseconds
from server.rendering import views
from server.rest.core import pagination
from server.rest.reports.report_range import PRIORITIES, ReportRange
from server.storage.queries.reports.backlog import read_backlog
from server.storage.queries.reports.rating_comments import read_rating_comment
from server.storage.queries.ticket import tickets

_DURATION_METRICS: Final = frozenset(
    {
        Metric.BACKLOG,
        Metric.UNANSWERED,
        Metric.RESPONSE_TIME,
        Metric.FIRST_RESPONSE_TIME,
        Metric.FIRST_RESOLUTION_TIME,
        Metric.RESOLUTION_TIME,
    }
)
_NOBODY_KEYS: Final = frozenset({"", "none", "null"})
_CURSOR_NUMBERS: Final = [range(-(2**62), 2**62 + 1)] * len(PagePosition._fields)


def check_rows_query(query: RowsQuery, actor: Actor) -> None:
    """Raises Invalid with every error of the query, except those of its range."""
    wrong: list[FieldError] = []
    for look in (
        lambda: pagination.check_page_limit(actor, query.limit),
        lambda: _decode_place(query),
        lambda: _parse_group(query),
    ):
        try:
            look()
        except Invalid as refusal:
            wrong += refusal.errors
    if wrong:
        raise Invalid(*wrong)


def read_row_page(range_: ReportRange, query: RowsQuery) -> RowPage[ReportRow]:
    """Returns a page of the rows that a figure counts. Raises Invalid for an impossible group."""
    listed, categories = _select_rows(range_, query)
    part, end = drilldown.slice_listed_rows(
        listed,
        by_value=query.sort.lstrip("-") == Order.VALUE,
        descending=query.sort.startswith("-"),
        after=_decode_place(query),
        limit=query.limit,
    )
    items = [_render_row(range_, query.metric, categories, *row) for row in _to_tuples(part)]
    cursor = None if end is None else pagination.encode_cursor(query.sort, *end)
    return RowPage(listed.rows.size, items, cursor, range_.seq)


def _decode_place(query: RowsQuery) -> PagePosition | None:
    """Returns where the page before ended. Raises Invalid for a cursor of another list."""
    if query.cursor is UNSET:
        return None
    return PagePosition(*pagination.decode_sorted_cursor(query.cursor, query.sort, _CURSOR_NUMBERS))


def _select_rows(range_: ReportRange, query: RowsQuery) -> tuple[ListedRows, list[str]]:
    by, key = _parse_group(query)
    period = _find_period(range_, by, key)
    if query.metric is Metric.BACKLOG:
        rows, categories = read_backlog(range_.reading, range_.org_id, period.end)
        listed = ListedRows(rows, np.full(rows.size, IntervalKind.CREATED.value))
        inside = np.ones(rows.size, dtype=np.bool_)
    else:
        listed, categories = (
            drilldown.find_rows(range_.measurements, query.metric),
            [*range_.measurements.categories],
        )
        inside = (listed.rows.at >= period.start) & (listed.rows.at < period.end)
    listed = listed.select_rows(inside & _match_group(listed.rows, by, key, categories))
    if query.metric.value == drilldown.DISTINCT_METRIC:
        listed = drilldown.keep_first_rows(listed)
    return listed, categories


def _parse_group(query: RowsQuery) -> tuple[GroupBy | None, str | None]:
    """Returns the grouping and the key that rows are filtered by, or neither."""
    if query.key is UNSET:
        return None, None
    if query.group_by is UNSET:
        raise Invalid.for_parameter("key", "goes with group_by")
    if query.metric is Metric.TICKETS_CREATED and query.group_by is GroupBy.AGENT:
        raise Invalid.for_parameter("metric", "nobody is credited with tickets that are filed")
    if query.group_by is GroupBy.AGENT:
        _parse_agent(query.key)
    if query.group_by is GroupBy.PRIORITY and query.key not in PRIORITIES:
        raise Invalid.for_parameter("key", f"must be one of {', '.join(PRIORITIES)}")
    return query.group_by, query.key


def _find_period(range_: ReportRange, by: GroupBy | None, key: str | None) -> Period:
    if by is None or by.value not in groups.PERIOD_UNITS:
        return range_.period
    parts = range_.split_periods(by)
    if key not in parts:
        raise Invalid.for_parameter("key", f"is no {by} of the range")
    return parts[key]


def _match_group(
    rows: ColumnArrays, by: GroupBy | None, key: str | None, categories: list[str]
) -> Flags:
    if by is GroupBy.AGENT:
        return _as_flags(rows.agent == _parse_agent(key or ""))
    if by is GroupBy.CATEGORY:
        place = categories.index(key or "") if key in categories else -1
        return _as_flags(rows.category == place)
    if by is GroupBy.PRIORITY:
        return _as_flags(rows.priority == PRIORITIES.index(key or ""))
    return np.ones(rows.size, dtype=np.bool_)


def _as_flags(found: Any) -> Flags:
    flags: Flags = found
    return flags


def _parse_agent(key: str) -> int:
    if key in _NOBODY_KEYS:
        return NOBODY
    if not (key.isascii() and key.isdigit() and len(key) <= 15):  # noqa: PLR2004 - below 2**53
        raise Invalid.for_parameter("key", "must be an agent's id, or none")
    return int(key)


def _to_tuples(part: ListedRows) -> list[tuple[int, ...]]:
    columns = [part.kind, *part.rows]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _render_row(
    range_: ReportRange,
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
        more["comment"] = read_rating_comment(reading, range_.org_id, number, at)
    if metric is Metric.SLA:
        more["target"] = IntervalKind(kind).name.partition("_")[2].lower()
    return ReportRow(
        at=from_microseconds(at),
        value=_convert_value(metric, kind, value),
        business=business / SECOND if metric in _DURATION_METRICS - {Metric.BACKLOG} else None,
        agent=names.assignee_ref(reading, agent or None),
        category=categories[category],
        priority=Priority(PRIORITIES[priority]),
        ticket=_render_ticket(range_, number),
        **more,
    )


def _convert_value(metric: Metric, kind: int, value: int) -> float | int | bool | None:
    if metric in _DURATION_METRICS:
        return value / SECOND
    if metric is Metric.SLA:
        return kind in {it.value for it in KEPT_TARGETS}
    return value if metric is Metric.CSAT else None


def _render_ticket(range_: ReportRange, number: int) -> TicketView:
    found = tickets.find_ticket(range_.reading, range_.org_id, number)
    if found is None:
        raise LookupError(f"organization {range_.org_id} has no ticket {number}")
    return views.render_ticket(
        found,
        range_.names.customer_ref(range_.reading, found.customer_id),
        range_.names.assignee_ref(range_.reading, found.assignee_id),
        name_of=range_.names.name_lookup(range_.reading),
    )
