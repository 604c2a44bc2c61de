"""Intervals: the rows of reports, written with the event that ends them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import peewee as pw
from msgspec.structs import astuple

from common.tickets.ticket import Status
from server.domain.reports.backlog_growth import FiledTicket
from server.domain.reports.event_facts import Fact
from server.domain.reports.interval_kinds import (
    INTO_BACKLOG,
    LISTED_KINDS,
    OUT_OF_BACKLOG,
    IntervalKind,
)
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import TicketModel
from server.storage.tables.report_tables import IntervalModel

_INSERT = build_insert(IntervalModel)
_OF_ORG = IntervalModel.org_id == param("org_id")
_REMOVE = Statement(
    IntervalModel.delete().where(
        _OF_ORG
        & (IntervalModel.kind == param("kind"))
        & (IntervalModel.at == param("at"))
        & (IntervalModel.seq == param("seq"))
    )
)
_REMOVE_RATING = Statement(
    IntervalModel.delete().where(
        _OF_ORG
        & (IntervalModel.kind == IntervalKind.RATED.value)
        & (IntervalModel.at == param("at"))
        & (IntervalModel.number == param("number"))
    )
)
_CLEAR = Statement(IntervalModel.delete().where(_OF_ORG))
_BACKLOG: Final = (*INTO_BACKLOG, *OUT_OF_BACKLOG)


def _select_intervals(kinds: Iterable[IntervalKind]) -> Statement:
    it = IntervalModel
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


_ROWS = _select_intervals((*LISTED_KINDS, *_BACKLOG))
_MOVES = _select_intervals(_BACKLOG)
_FILED_AS = Statement(
    IntervalModel.select(IntervalModel.number, IntervalModel.category, IntervalModel.priority)
    .where(
        _OF_ORG
        & (IntervalModel.kind == IntervalKind.FILED_AS.value)
        & (IntervalModel.at >= param("start"))
        & (IntervalModel.at < param("end"))
    )
    .order_by(IntervalModel.seq.desc())
)
_CREATED = Statement(
    TicketModel.select(
        TicketModel.number,
        TicketModel.created_at,
        TicketModel.category,
        TicketModel.priority,
        TicketModel.close_reason,
    ).where(
        (TicketModel.org_id == param("org_id"))
        & TicketModel.status.in_([status.value for status in Status])
        & (TicketModel.created_at >= param("start"))
        & (TicketModel.created_at < param("end"))
    )
)


def add_interval(writing: WriteTransaction, org_id: int, fact: Fact) -> None:
    """Adds a row."""
    # A fact's fields stand in the order of the table's; drivers take no IntEnum for a number.
    writing.write_row_later(_INSERT, (org_id, int(fact.kind), *astuple(fact)[1:]))


def remove_interval(writing: WriteTransaction, org_id: int, fact: Fact) -> None:
    """Removes a row by its key, if it exists."""
    writing.write_later(_REMOVE, org_id=org_id, kind=fact.kind.value, at=fact.at, seq=fact.seq)


def remove_rating_interval(writing: WriteTransaction, org_id: int, number: int, at: int) -> None:
    """Removes the row of a rating that another one has replaced."""
    writing.write(_REMOVE_RATING, org_id=org_id, number=number, at=at)


def clear_intervals(writing: WriteTransaction, org_id: int) -> None:
    writing.write(_CLEAR, org_id=org_id)


def list_intervals(
    reading: ReadTransaction, org_id: int, start: int, end: int
) -> list[Sequence[Any]]:
    """Returns the counted intervals and the moves of the backlog, as rows of a rollup."""
    return reading.fetch_rows(_ROWS, org_id=org_id, start=start, end=end)


def list_backlog_moves(
    reading: ReadTransaction, org_id: int, start: int, end: int
) -> list[Sequence[Any]]:
    """Returns the moves of the backlog alone."""
    return reading.fetch_rows(_MOVES, org_id=org_id, start=start, end=end)


def list_created_tickets(
    reading: ReadTransaction, org_id: int, start: int, end: int
) -> list[FiledTicket]:
    """Returns the tickets created in a range of time, as they were then.

    Creation writes no interval: the ticket's own row is counted. What a ticket was created as is in
    an interval once that has changed.
    """
    between = {"org_id": org_id, "start": start, "end": end}
    filed_as = {row[0]: (row[1], row[2]) for row in reading.fetch_rows(_FILED_AS, **between)}
    return [
        FiledTicket(number, at, *filed_as.get(number, (category, priority)), reason is None)
        for number, at, category, priority, reason in reading.fetch_rows(_CREATED, **between)
    ]
