"""Standing: the tickets that were unresolved at an instant, one by one."""

from typing import Final

import peewee as pw

from common.tickets.ticket import UNRESOLVED
from server.domain.reports.column_arrays import Columns, of_rows
from server.domain.reports.interval_kinds import OUT_OF_BACKLOG
from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import Reading
from server.storage.tables.desk_tables import Ticket
from server.storage.tables.report_tables import Interval

_SINCE: Final = pw.fn.COALESCE(Ticket.standing_since, Ticket.created_at)
_STILL = Statement(
    Ticket.select(
        Ticket.created_at,
        Ticket.number,
        pw.fn.COALESCE(Ticket.assignee_id, 0),
        Ticket.category,
        Ticket.priority,
    ).where(
        (Ticket.org_id == param("org_id"))
        & Ticket.status.in_([status.value for status in sorted(UNRESOLVED)])
        & _SINCE.__lt__(param("at"))
    )
)
_ENDED = Statement(
    # What stood there then ended later; its value is how long it had stood.
    Interval.select(
        Ticket.created_at,
        Interval.number,
        pw.fn.COALESCE(Interval.agent_id, 0),
        Interval.category,
        Interval.priority,
    )
    .join(Ticket, on=(Ticket.org_id == Interval.org_id) & (Ticket.number == Interval.number))
    .where(
        (Interval.org_id == param("org_id"))
        & Interval.kind.in_([kind.value for kind in OUT_OF_BACKLOG])
        & (Interval.at >= param("at"))
        & (Interval.at - Interval.value < param("at"))
    )
)


def standing(reading: Reading, org_id: int, at: int) -> tuple[Columns, list[str]]:
    """The backlog at an instant as rows, and their categories: when filed, and how old by then."""
    found = [
        *reading.rows(_STILL, org_id=org_id, at=at),
        *reading.rows(_ENDED, org_id=org_id, at=at),
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
    return of_rows(rows), list(places)
