"""Lays out the rows behind a figure: each a ticket, and what it adds to the figure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET, Struct

from common.reports import Metric, ReportRow
from common.wire import TicketView
from tui.reports.figure_definitions import Unit
from tui.reports.formatted_amounts import NO_VALUE, format_amount
from tui.reports.sheet import Sheet, SheetNumber
from tui.text import formatting

_WHEN: Final = 12
_WHO: Final = 14
_GAPS: Final = 9
_STATUS_METRICS: Final = frozenset(
    {Metric.TICKETS_CREATED, Metric.TICKETS_RESOLVED, Metric.RESOLUTION_EVENTS, Metric.REOPENED}
)


class RowCell(Struct, frozen=True):
    """The identity of a row; `place` distinguishes several rows of a ticket at one moment."""

    number: int
    at: datetime
    place: int


def identify_rows(rows: Iterable[ReportRow]) -> list[RowCell]:
    """Returns the identity of each row."""
    seen: Counter[tuple[int, datetime]] = Counter()
    found = []
    for row in rows:
        name = row.ticket.number, row.at
        found.append(RowCell(*name, seen[name]))
        seen[name] += 1
    return found


def make_backlog_row(ticket: TicketView, now: datetime) -> ReportRow:
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


def lay_out_rows(
    rows: Sequence[ReportRow], metric: Metric, width: int, now: datetime, *, is_business: bool
) -> Sheet:
    """Lays out one line for each row: ticket, amount, time, person, subject.

    Times are in the zone of `now`.
    """
    sheet = Sheet()
    digits = max((len(str(row.ticket.number)) for row in rows), default=1)
    values = [_format_row_value(row, metric, is_business=is_business) for row in rows]
    longest = max(map(len, values), default=0)
    room = max(width - digits - longest - _WHEN - _WHO - _GAPS, 8)
    for row, cell, value in zip(rows, identify_rows(rows), values, strict=True):
        who = formatting.fit_text(row.agent.name if row.agent else NO_VALUE, _WHO)
        number = f"#{row.ticket.number}".rjust(digits + 1)
        when = _format_row_time(now, row.at.astimezone(now.tzinfo))
        said = f"{number}  {value:>{longest}}  {when:<{_WHEN}} {who} "
        sheet.write_line(
            (" ", "plain"), SheetNumber(cell, f" {said}{formatting.fit_text(_row_text(row), room)}")
        )
    if not rows:
        sheet.write_line(("   Nothing was counted here.", "dim"))
    return sheet


def _row_text(row: ReportRow) -> str:
    comment = row.comment if row.comment is not UNSET else None
    return (comment or row.ticket.subject).replace("\n", " ")


def _format_row_value(row: ReportRow, metric: Metric, *, is_business: bool) -> str:
    if metric in _STATUS_METRICS:
        return formatting.format_status(row.ticket.status)
    if metric is Metric.CSAT:
        return f"{format_amount(row.value, Unit.COUNT)} of 5"
    if metric is Metric.SLA:
        what = "" if row.target is UNSET else f" {row.target.partition('_')[0]}"
        return ("kept" if row.value else "breached") + what
    value = row.business if is_business else row.value
    return format_amount(value, Unit.SECONDS, is_business=is_business)


def _format_row_time(now: datetime, at: datetime) -> str:
    return f"{at.day:2} {at:%b %H:%M}" if at.year == now.year else f"{at.day:2} {at:%b %Y}"
