"""Intervals: the rows of reports, written with the event that ends them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import peewee as pw
from msgspec.structs import astuple

from common.tickets.ticket import Status
from server.domain.reports.event_facts import Fact
from server.domain.reports.interval_kinds import COUNTED, INTO_BACKLOG, OUT_OF_BACKLOG, Kind
from server.domain.reports.rollup import Created
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables.desk_tables import Ticket
from server.storage.tables.report_tables import Interval

_INSERT = insert(Interval)
_OF_ORG = Interval.org_id == param("org_id")
_REMOVE = Statement(
    Interval.delete().where(
        _OF_ORG
        & (Interval.kind == param("kind"))
        & (Interval.at == param("at"))
        & (Interval.seq == param("seq"))
    )
)
_REMOVE_RATING = Statement(
    Interval.delete().where(
        _OF_ORG
        & (Interval.kind == Kind.RATED.value)
        & (Interval.at == param("at"))
        & (Interval.number == param("number"))
    )
)
_CLEAR = Statement(Interval.delete().where(_OF_ORG))
_BACKLOG: Final = (*INTO_BACKLOG, *OUT_OF_BACKLOG)


def _rows(kinds: Iterable[Kind]) -> Statement:
    it = Interval
    return Statement(
        it.select(
            it.kind,
            it.at,
            it.number,
            pw.fn.COALESCE(it.agent_id, 0),
            it.category,
            it.priority,
            it.value,
            it.business,
        ).where(
            _OF_ORG
            & it.kind.in_([kind.value for kind in kinds])
            & (it.at >= param("start"))
            & (it.at < param("end"))
        )
    )


_ROWS = _rows((*COUNTED, *_BACKLOG))
_MOVES = _rows(_BACKLOG)
_FILED_AS = Statement(
    Interval.select(Interval.number, Interval.category, Interval.priority)
    .where(
        _OF_ORG
        & (Interval.kind == Kind.FILED_AS.value)
        & (Interval.at >= param("start"))
        & (Interval.at < param("end"))
    )
    .order_by(Interval.seq.desc())
)
_CREATED = Statement(
    Ticket.select(
        Ticket.number, Ticket.created_at, Ticket.category, Ticket.priority, Ticket.close_reason
    ).where(
        (Ticket.org_id == param("org_id"))
        & Ticket.status.in_([status.value for status in Status])
        & (Ticket.created_at >= param("start"))
        & (Ticket.created_at < param("end"))
    )
)


def add(writing: Writing, org_id: int, fact: Fact) -> None:
    """A row; those of the whole transaction go in together at its end.

    Whoever reads rows in the same transaction finds them there (`settle`).
    """
    writing.touched += 1
    owed: list[tuple[int, Fact]] = writing.notes.setdefault(Interval, [])
    owed.append((org_id, fact))
    writing.before_commit[Interval] = settle


def settle(reading: Reading) -> None:
    """Writes what is kept back for the end of the transaction, if it is one that writes."""
    if not isinstance(reading, Writing):
        return
    owed = reading.notes.pop(Interval, ())
    if owed:
        # A fact's fields stand in the order of the table's; drivers take no IntEnum for a number.
        rows = [[org_id, int(fact.kind), *astuple(fact)[1:]] for org_id, fact in owed]
        reading.add_rows(_INSERT, rows)


def remove(writing: Writing, org_id: int, fact: Fact) -> None:
    """Removes a row by its key; one that is not there is no loss."""
    settle(writing)
    writing.write(_REMOVE, org_id=org_id, kind=fact.kind.value, at=fact.at, seq=fact.seq)


def remove_rating(writing: Writing, org_id: int, number: int, at: int) -> None:
    """A rating that another one has replaced."""
    settle(writing)
    writing.write(_REMOVE_RATING, org_id=org_id, number=number, at=at)


def clear(writing: Writing, org_id: int) -> None:
    settle(writing)
    writing.write(_CLEAR, org_id=org_id)


def rows(reading: Reading, org_id: int, start: int, end: int) -> list[Sequence[Any]]:
    """What is counted, and the moves of the backlog, as `stretch.Row`s."""
    settle(reading)
    return reading.rows(_ROWS, org_id=org_id, start=start, end=end)


def moves(reading: Reading, org_id: int, start: int, end: int) -> list[Sequence[Any]]:
    """The moves of the backlog alone."""
    settle(reading)
    return reading.rows(_MOVES, org_id=org_id, start=start, end=end)


def created(reading: Reading, org_id: int, start: int, end: int) -> list[Created]:
    """The tickets filed in a stretch, as they were then.

    Filing writes no row here: the ticket's own is counted, and what it was filed as is told apart
    once that has changed.
    """
    settle(reading)
    between = {"org_id": org_id, "start": start, "end": end}
    filed_as = {row[0]: (row[1], row[2]) for row in reading.rows(_FILED_AS, **between)}
    return [
        Created(number, at, *filed_as.get(number, (category, priority)), reason is None)
        for number, at, category, priority, reason in reading.rows(_CREATED, **between)
    ]
