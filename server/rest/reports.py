"""Reports over REST: figures, the same as CSV, and the rows behind each of them.

All three come from one reading of one snapshot (`Range`), so they cannot differ.
"""

from collections.abc import Callable
from typing import TypeVar

from common import report_endpoints
from common.endpoint import Endpoint
from common.reports import RangeQuery, RowsQuery, Summary, SummaryQuery
from server.rest import answer, report_rows, report_views
from server.rest.answer import Answer
from server.rest.call import Call
from server.rest.door import Handler
from server.rest.reading import within
from server.rest.report_range import Range
from server.storage.database import Database
from server.storage.transaction import Reading

T = TypeVar("T")


class Reports:
    """For supervisors, for keys that may read them, and for each agent its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            report_endpoints.READ_SUMMARY: self.summary,
            report_endpoints.READ_SUMMARY_CSV: self.summary_csv,
            report_endpoints.LIST_REPORT_ROWS: self.rows,
            report_endpoints.READ_OWN_FIGURES: self.own,
        }

    async def summary(self, call: Call) -> Answer:
        return answer.of(await self._summary(call))

    async def summary_csv(self, call: Call) -> Answer:
        body = report_views.csv_of(await self._summary(call))
        return Answer(
            200,
            body,
            {
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="report.csv"',
            },
        )

    async def rows(self, call: Call) -> Answer:
        query = call.query(RowsQuery)
        within(call.actor, query.limit)
        place = report_rows.place_of(query)
        return await self._read(
            call, query, lambda range_: answer.of(report_rows.page(range_, query, place))
        )

    async def own(self, call: Call) -> Answer:
        query, own_id = call.query(RangeQuery), call.actor.id or 0
        return await self._read(call, query, lambda range_: answer.of(range_.own(own_id)))

    async def _summary(self, call: Call) -> Summary:
        query = call.query(SummaryQuery)
        by = query.group_by or None
        return await self._read(call, query, lambda range_: range_.summary(by))

    async def _read(self, call: Call, query: RangeQuery, job: Callable[[Range], T]) -> T:
        org_id = call.org_id

        def on_snapshot(reading: Reading) -> T:
            return job(Range(reading, org_id, query.from_, query.to))

        return await self._database.read(on_snapshot)
