"""The rows behind a figure, as lines: each a ticket, and what it adds to the figure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET, Struct

from common.reports import Metric, ReportRow
from common.wire import TicketView
from tui.reports.figure_definitions import Unit
from tui.reports.formatted_amounts import NOTHING, amount
from tui.reports.sheet import Number, Sheet
from tui.text import formatting

_WHEN: Final = 12
_WHO: Final = 14
_GAPS: Final = 9
_COUNTED: Final = frozenset(
    {Metric.TICKETS_CREATED, Metric.TICKETS_RESOLVED, Metric.RESOLUTION_EVENTS, Metric.REOPENED}
)


class RowCell(Struct, frozen=True):
    """A row by what it is; `place` tells apart what one ticket adds at one moment."""

    number: int
    at: datetime
    place: int


def cells(rows: Iterable[ReportRow]) -> list[RowCell]:
    """What each row is."""
    seen: Counter[tuple[int, datetime]] = Counter()
    found = []
    for row in rows:
        name = row.ticket.number, row.at
        found.append(RowCell(*name, seen[name]))
        seen[name] += 1
    return found


def waiting(ticket: TicketView, now: datetime) -> ReportRow:
    """A ticket of the backlog, as a row."""
    return ReportRow(
        at=ticket.created_at,
        value=(now - ticket.created_at).total_seconds(),
        business=None,
        agent=ticket.assignee,
        category=ticket.category,
        priority=ticket.priority,
        ticket=ticket,
    )


def listed(
    rows: Sequence[ReportRow], metric: Metric, width: int, now: datetime, *, is_business: bool
) -> Sheet:
    """A line a row: the ticket, what it adds, when and for whom, what it is about.

    Times are said in the zone of `now`.
    """
    sheet = Sheet()
    digits = max((len(str(row.ticket.number)) for row in rows), default=1)
    values = [_value(row, metric, is_business=is_business) for row in rows]
    longest = max(map(len, values), default=0)
    room = max(width - digits - longest - _WHEN - _WHO - _GAPS, 8)
    for row, cell, value in zip(rows, cells(rows), values, strict=True):
        who = formatting.fit(row.agent.name if row.agent else NOTHING, _WHO)
        number = f"#{row.ticket.number}".rjust(digits + 1)
        when = _moment(now, row.at.astimezone(now.tzinfo))
        said = f"{number}  {value:>{longest}}  {when:<{_WHEN}} {who} "
        sheet.write((" ", "plain"), Number(cell, f" {said}{formatting.fit(_subject(row), room)}"))
    if not rows:
        sheet.write(("   Nothing was counted here.", "dim"))
    return sheet


def _subject(row: ReportRow) -> str:
    comment = row.comment if row.comment is not UNSET else None
    return (comment or row.ticket.subject).replace("\n", " ")


def _value(row: ReportRow, metric: Metric, *, is_business: bool) -> str:
    if metric in _COUNTED:
        return formatting.status(row.ticket.status)
    if metric is Metric.CSAT:
        return f"{amount(row.value, Unit.COUNT)} of 5"
    if metric is Metric.SLA:
        what = "" if row.target is UNSET else f" {row.target.partition('_')[0]}"
        return ("kept" if row.value else "breached") + what
    value = row.business if is_business else row.value
    return amount(value, Unit.SECONDS, is_business=is_business)


def _moment(now: datetime, at: datetime) -> str:
    return f"{at.day:2} {at:%b %H:%M}" if at.year == now.year else f"{at.day:2} {at:%b %Y}"
