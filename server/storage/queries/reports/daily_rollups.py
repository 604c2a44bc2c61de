"""Daily rollups: one row for each finished day, so that a year is read as 365 rows.

`sealed_day` of the sequence is the last rolled-up day; a day up to it without a row is an empty
one. A row written into such a day reopens it in the same transaction, and its intervals are read
one by one until it is rolled up again. So a report is exact whatever has been rolled up.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from server.domain.reports.backlog_growth import BacklogGrowth
from server.storage.engine.statement import Sql, Statement, param
from server.storage.engine.transaction import ReadTransaction, TransactionState, WriteTransaction
from server.storage.queries.log.org_sequence import OrgSequence
from server.storage.tables.desk_tables import CounterModel
from server.storage.tables.report_tables import ReportDayModel

DAY: Final = 24 * 3600 * 1_000_000
"""Microseconds of a day of UTC. An organization's own days are computed from the rows' times."""
_REOPENED: Final = TransactionState[dict[int, set[int]]](dict)
"""Days that a transaction has reopened, by organization: each is written once."""

_PUT = """INSERT INTO report_days (org_id, day, net, body) VALUES ({0}, {0}, {0}, {0})
    ON CONFLICT (org_id, day) DO UPDATE SET net = excluded.net, body = excluded.body"""
_STORE = Sql(sqlite=_PUT.format("?"), postgresql=_PUT.format("%s"), places="org_id day net body")
_REMOVE = Statement(
    ReportDayModel.delete().where(
        (ReportDayModel.org_id == param("org_id")) & (ReportDayModel.day == param("day"))
    )
)
_CLEAR = Statement(ReportDayModel.delete().where(ReportDayModel.org_id == param("org_id")))
_SEAL = Statement(
    CounterModel.update({CounterModel.sealed_day: param("day")}).where(
        CounterModel.org_id == param("org_id")
    )
)
_BEHIND = Statement(
    CounterModel.select(CounterModel.org_id)
    .where(CounterModel.sealed_day.is_null() | (CounterModel.sealed_day < param("day")))
    .limit(param("limit"))
)
_OPENED = Statement(
    ReportDayModel.select(ReportDayModel.org_id, ReportDayModel.day)
    .where(ReportDayModel.body.is_null())
    .limit(param("limit"))
)
_NETS = Statement(
    ReportDayModel.select(ReportDayModel.day, ReportDayModel.net).where(
        (ReportDayModel.org_id == param("org_id")) & (ReportDayModel.day < param("day"))
    )
)
_BODIES = Statement(
    ReportDayModel.select(ReportDayModel.day, ReportDayModel.net, ReportDayModel.body)
    .where(
        (ReportDayModel.org_id == param("org_id"))
        & (ReportDayModel.day >= param("first"))
        & (ReportDayModel.day < param("end"))
    )
    .order_by(ReportDayModel.day)
)
_SEALED = Statement(
    CounterModel.select(CounterModel.sealed_day).where(CounterModel.org_id == param("org_id"))
)
decode_net = msgspec.json.Decoder(BacklogGrowth).decode


def reopen_day(writing: WriteTransaction, sequence: OrgSequence, at: int) -> None:
    """Reopens the day of this instant if it is rolled up: a row is being written for it."""
    day = at // DAY
    if sequence.sealed_day is None or day > sequence.sealed_day:
        return
    opened = _days_reopened_here(writing, sequence.org_id)
    if day not in opened:
        opened.add(day)
        writing.write(_STORE, org_id=sequence.org_id, day=day, net=None, body=None)


def store_day(
    writing: WriteTransaction, org_id: int, day: int, body: bytes, net: BacklogGrowth
) -> None:
    """Stores the rollup of a day, encoded as `body`."""
    encoded_net = msgspec.json.encode(net).decode()
    writing.write(_STORE, org_id=org_id, day=day, net=encoded_net, body=body)
    _days_reopened_here(writing, org_id).discard(day)


def store_empty_day(writing: WriteTransaction, org_id: int, day: int) -> None:
    """Stores a day without any row: it has no row here either."""
    writing.write(_REMOVE, org_id=org_id, day=day)
    _days_reopened_here(writing, org_id).discard(day)


def mark_rolled_up(writing: WriteTransaction, sequence: OrgSequence, day: int) -> None:
    """Marks all days up to this one as rolled up."""
    sequence.sealed_day = day
    writing.write(_SEAL, org_id=sequence.org_id, day=day)


def clear_daily_rollups(writing: WriteTransaction, sequence: OrgSequence) -> None:
    """Deletes all daily rollups."""
    sequence.sealed_day = None
    writing.write(_CLEAR, org_id=sequence.org_id)
    writing.write(_SEAL, org_id=sequence.org_id, day=None)
    _days_reopened_here(writing, sequence.org_id).clear()


def list_organizations_to_roll_up(reading: ReadTransaction, today: int, limit: int) -> list[int]:
    """Returns organizations with finished days that are not rolled up."""
    return [row[0] for row in reading.fetch_rows(_BEHIND, day=today - 1, limit=limit)]


def list_reopened_days(reading: ReadTransaction, limit: int) -> list[tuple[int, int]]:
    """Returns rolled-up days that have changed since, as (organization, day)."""
    return [(row[0], row[1]) for row in reading.fetch_rows(_OPENED, limit=limit)]


def read_last_rolled_up_day(reading: ReadTransaction, org_id: int) -> int | None:
    day: int | None = reading.fetch_value(_SEALED, org_id=org_id)
    return day


def list_nets(
    reading: ReadTransaction, org_id: int, before: int
) -> list[tuple[int, BacklogGrowth | None]]:
    """Returns the nets of the rollups before a day; None for one that has changed since."""
    rows = reading.fetch_rows(_NETS, org_id=org_id, day=before)
    return [(day, None if net is None else decode_net(net)) for day, net in rows]


def list_daily_rollups(
    reading: ReadTransaction, org_id: int, first: int, end: int
) -> list[Sequence[Any]]:
    """Returns the daily rollups of [first, end) in order: (day, net, body)."""
    return reading.fetch_large_rows(_BODIES, org_id=org_id, first=first, end=end)


def _days_reopened_here(writing: WriteTransaction, org_id: int) -> set[int]:
    return _REOPENED.of(writing).setdefault(org_id, set())
