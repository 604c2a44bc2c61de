"""The backlog: the tickets that were unresolved at an instant, one by one."""

from typing import Final

import peewee as pw

from common.tickets.ticket import UNRESOLVED
from server.domain.reports.column_arrays import ColumnArrays, build_columns
from server.domain.reports.interval_kinds import OUT_OF_BACKLOG
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction
from server.storage.tables.desk_tables import TicketModel
from server.storage.tables.report_tables import IntervalModel

_SINCE: Final = pw.fn.COALESCE(TicketModel.standing_since, TicketModel.created_at)
_STILL = Statement(
    TicketModel.select(
        TicketModel.created_at,
        TicketModel.number,
        pw.fn.COALESCE(TicketModel.assignee_id, 0),
        TicketModel.category,
        TicketModel.priority,
    ).where(
        (TicketModel.org_id == param("org_id"))
        & TicketModel.status.in_([status.value for status in sorted(UNRESOLVED)])
        & _SINCE.__lt__(param("at"))
    )
)
_ENDED = Statement(
    # A ticket of the backlog then has an interval that ended later; its value is the length.
    IntervalModel.select(
        TicketModel.created_at,
        IntervalModel.number,
        pw.fn.COALESCE(IntervalModel.agent_id, 0),
        IntervalModel.category,
        IntervalModel.priority,
    )
    .join(
        TicketModel,
        on=(TicketModel.org_id == IntervalModel.org_id)
        & (TicketModel.number == IntervalModel.number),
    )
    .where(
        (IntervalModel.org_id == param("org_id"))
        & IntervalModel.kind.in_([kind.value for kind in OUT_OF_BACKLOG])
        & (IntervalModel.at >= param("at"))
        & (IntervalModel.at - IntervalModel.value < param("at"))
    )
)


def read_backlog(reading: ReadTransaction, org_id: int, at: int) -> tuple[ColumnArrays, list[str]]:
    """Returns the backlog at an instant as rows (creation, age), and their categories."""
    found = [
        *reading.fetch_rows(_STILL, org_id=org_id, at=at),
        *reading.fetch_rows(_ENDED, org_id=org_id, at=at),
    ]
    places: dict[str, int] = {}
    rows = [
        (
            filed,
            number,
            agent,
            places.setdefault(category, len(places)),
            priority,
            at - filed,
            at - filed,
        )
        for filed, number, agent, category, priority in found
    ]
    return build_columns(rows), list(places)
