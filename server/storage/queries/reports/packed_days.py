"""Days: those that are over are packed, so that a year is read as 365 rows.

`sealed_day` of the ledger is the last day that was packed; a day up to it without a row is an
empty one. A row written into a packed day opens it again, in the same transaction; until it is
packed anew its intervals are read one by one. So a report is exact whatever has been packed.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import peewee as pw

from common.tickets.ticket import Status
from server.domain.reports.interval_kinds import COUNTED, INTO_BACKLOG, OUT_OF_BACKLOG
from server.domain.reports.rollup import Net, Stretch, built, packed
from server.storage.engine.statement import Sql, Statement, Together, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.queries.org_sequence import Ledger
from server.storage.queries.reports import intervals
from server.storage.tables.desk_tables import Counter, Ticket
from server.storage.tables.report_tables import Interval, ReportDay

DAY: Final = 24 * 3600 * 1_000_000
"""Microseconds of a day of UTC; the organization's own days are made of the rows' times."""

_PUT = """INSERT INTO report_days (org_id, day, net, body) VALUES ({0}, {0}, {0}, {0})
    ON CONFLICT (org_id, day) DO UPDATE SET net = excluded.net, body = excluded.body"""
_STORE = Sql(sqlite=_PUT.format("?"), postgresql=_PUT.format("%s"), places="org_id day net body")
_REMOVE = Statement(
    ReportDay.delete().where(
        (ReportDay.org_id == param("org_id")) & (ReportDay.day == param("day"))
    )
)
_CLEAR = Statement(ReportDay.delete().where(ReportDay.org_id == param("org_id")))
_SEAL = Statement(
    Counter.update({Counter.sealed_day: param("day")}).where(Counter.org_id == param("org_id"))
)
_BEHIND = Statement(
    Counter.select(Counter.org_id)
    .where(Counter.sealed_day.is_null() | (Counter.sealed_day < param("day")))
    .limit(param("limit"))
)
_OPENED = Statement(
    ReportDay.select(ReportDay.org_id, ReportDay.day)
    .where(ReportDay.body.is_null())
    .limit(param("limit"))
)
_NEXT = Together(
    *(
        Statement(
            Interval.select(pw.fn.MIN(Interval.at)).where(
                (Interval.org_id == param("org_id"))
                & (Interval.kind == kind.value)
                & (Interval.at >= param("start"))
            )
        )
        for kind in (*COUNTED, *INTO_BACKLOG, *OUT_OF_BACKLOG)
    ),
    *(
        Statement(
            Ticket.select(pw.fn.MIN(Ticket.created_at)).where(
                (Ticket.org_id == param("org_id"))
                & (Ticket.status == status.value)
                & (Ticket.created_at >= param("start"))
            )
        )
        for status in Status
    ),
)
_NETS = Statement(
    ReportDay.select(ReportDay.day, ReportDay.net).where(
        (ReportDay.org_id == param("org_id")) & (ReportDay.day < param("day"))
    )
)
_BODIES = Statement(
    ReportDay.select(ReportDay.day, ReportDay.net, ReportDay.body)
    .where(
        (ReportDay.org_id == param("org_id"))
        & (ReportDay.day >= param("first"))
        & (ReportDay.day < param("end"))
    )
    .order_by(ReportDay.day)
)
_SEALED = Statement(Counter.select(Counter.sealed_day).where(Counter.org_id == param("org_id")))
read_net = msgspec.json.Decoder(Net).decode


def open_again(writing: Writing, ledger: Ledger, at: int) -> None:
    """Whatever is written for this instant: where its day has been packed, it is not any more."""
    day = at // DAY
    if ledger.sealed_day is None or day > ledger.sealed_day:
        return
    opened = _opened_here(writing, ledger.org_id)
    if day not in opened:
        opened.add(day)
        writing.write(_STORE, org_id=ledger.org_id, day=day, net=None, body=None)


def seal(writing: Writing, ledger: Ledger, day: int) -> None:
    """Packs a day that is over, as its rows are now."""
    stretch = stretch_of(writing, ledger.org_id, day * DAY, (day + 1) * DAY)
    if not stretch.is_empty:
        net = msgspec.json.encode(stretch.net).decode()
        writing.write(_STORE, org_id=ledger.org_id, day=day, net=net, body=packed(stretch))
    else:
        writing.write(_REMOVE, org_id=ledger.org_id, day=day)
    _opened_here(writing, ledger.org_id).discard(day)


def advance(writing: Writing, ledger: Ledger, until: int) -> bool:
    """Packs the next day before `until` that has rows; answers whether there may be more."""
    start = 0 if ledger.sealed_day is None else (ledger.sealed_day + 1) * DAY
    intervals.settle(writing)
    found = writing.together(_NEXT, org_id=ledger.org_id, start=start)
    times = [rows[0][0] for rows in found if rows[0][0] is not None and rows[0][0] < until * DAY]
    day = min(times) // DAY if times else until - 1
    if times:
        seal(writing, ledger, day)
    ledger.sealed_day = day
    writing.write(_SEAL, org_id=ledger.org_id, day=day)
    return day < until - 1


def clear(writing: Writing, ledger: Ledger) -> None:
    """No day is packed any more."""
    ledger.sealed_day = None
    writing.write(_CLEAR, org_id=ledger.org_id)
    writing.write(_SEAL, org_id=ledger.org_id, day=None)
    _opened_here(writing, ledger.org_id).clear()


def behind(reading: Reading, today: int, limit: int) -> list[int]:
    """Organizations with days that are over and not packed."""
    return [row[0] for row in reading.rows(_BEHIND, day=today - 1, limit=limit)]


def opened(reading: Reading, limit: int) -> list[tuple[int, int]]:
    """Packed days that have changed since, as (organization, day)."""
    return [(row[0], row[1]) for row in reading.rows(_OPENED, limit=limit)]


def sealed_day(reading: Reading, org_id: int) -> int | None:
    day: int | None = reading.value(_SEALED, org_id=org_id)
    return day


def nets(reading: Reading, org_id: int, before: int) -> list[tuple[int, Net | None]]:
    """The nets of the packed days before a day; None for one that has changed since."""
    rows = reading.rows(_NETS, org_id=org_id, day=before)
    return [(day, None if net is None else read_net(net)) for day, net in rows]


def bodies(reading: Reading, org_id: int, first: int, end: int) -> list[Sequence[Any]]:
    """Packed days of [first, end) in order: (day, net, body)."""
    return reading.large_rows(_BODIES, org_id=org_id, first=first, end=end)


def stretch_of(reading: Reading, org_id: int, start: int, end: int) -> Stretch:
    """A stretch of time from its rows themselves."""
    return built(
        intervals.rows(reading, org_id, start, end), intervals.created(reading, org_id, start, end)
    )


def growth_of(reading: Reading, org_id: int, start: int, end: int) -> Net:
    """What a stretch of time did to the backlog, from its rows themselves."""
    moves = intervals.moves(reading, org_id, start, end)
    return built(moves, intervals.created(reading, org_id, start, end)).net


def _opened_here(writing: Writing, org_id: int) -> set[int]:
    days: set[int] = writing.notes.setdefault((ReportDay, org_id), set())
    return days
