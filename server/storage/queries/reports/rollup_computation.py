"""Rolls finished days up.

Apart from `daily_rollups`, because that is imported by every write, and this needs numpy.
"""

import peewee as pw

from common.tickets.ticket import Status
from server.domain.reports.backlog_growth import BacklogGrowth
from server.domain.reports.interval_kinds import INTO_BACKLOG, LISTED_KINDS, OUT_OF_BACKLOG
from server.domain.reports.rollup import Rollup, compute_rollup, encode_rollup
from server.storage.engine.statement import CombinedStatement, Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.queries.reports import daily_rollups, intervals
from server.storage.queries.reports.daily_rollups import DAY
from server.storage.tables.desk_tables import TicketModel
from server.storage.tables.report_tables import IntervalModel

_NEXT = CombinedStatement(
    *(
        Statement(
            IntervalModel.select(pw.fn.MIN(IntervalModel.at)).where(
                (IntervalModel.org_id == param("org_id"))
                & (IntervalModel.kind == kind.value)
                & (IntervalModel.at >= param("start"))
            )
        )
        for kind in (*LISTED_KINDS, *INTO_BACKLOG, *OUT_OF_BACKLOG)
    ),
    *(
        Statement(
            TicketModel.select(pw.fn.MIN(TicketModel.created_at)).where(
                (TicketModel.org_id == param("org_id"))
                & (TicketModel.status == status.value)
                & (TicketModel.created_at >= param("start"))
            )
        )
        for status in Status
    ),
)


def roll_up_day(writing: WriteTransaction, sequence: OrgSequence, day: int) -> None:
    """Rolls a finished day up from its present rows."""
    rollup = roll_up_range(writing, sequence.org_id, day * DAY, (day + 1) * DAY)
    if not rollup.is_empty:
        daily_rollups.store_day(writing, sequence.org_id, day, encode_rollup(rollup), rollup.net)
    else:
        daily_rollups.store_empty_day(writing, sequence.org_id, day)


def roll_up_next_day(writing: WriteTransaction, sequence: OrgSequence, until: int) -> bool:
    """Rolls up the next day before `until` that has rows; returns whether there may be more."""
    start = 0 if sequence.sealed_day is None else (sequence.sealed_day + 1) * DAY
    found = writing.fetch_combined(_NEXT, org_id=sequence.org_id, start=start)
    times = [rows[0][0] for rows in found if rows[0][0] is not None and rows[0][0] < until * DAY]
    day = min(times) // DAY if times else until - 1
    if times:
        roll_up_day(writing, sequence, day)
    daily_rollups.mark_rolled_up(writing, sequence, day)
    return day < until - 1


def roll_up_range(reading: ReadTransaction, org_id: int, start: int, end: int) -> Rollup:
    """Returns the rollup of a range of time from its rows."""
    return compute_rollup(
        intervals.list_intervals(reading, org_id, start, end),
        intervals.list_created_tickets(reading, org_id, start, end),
    )


def read_backlog_growth(
    reading: ReadTransaction, org_id: int, start: int, end: int
) -> BacklogGrowth:
    """Returns how the backlog grew in a range of time, from its rows."""
    moves = intervals.list_backlog_moves(reading, org_id, start, end)
    return compute_rollup(moves, intervals.list_created_tickets(reading, org_id, start, end)).net
