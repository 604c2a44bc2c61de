"""Reports over REST: figures, the same as CSV, and the rows behind each of them.

All three come from one reading of one snapshot (`Range`), so they cannot differ.
"""

from collections.abc import Callable
from typing import TypeVar

from common import report_endpoints
from common.endpoint import Endpoint
from common.errors import Invalid
from common.reports import RangeQuery, RowsQuery, Summary, SummaryQuery
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.rest.reports import report_range, report_rows, report_views
from server.rest.reports.report_range import Range
from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading

Q = TypeVar("Q", bound=RangeQuery)
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
        return response.of(await self._summary(call))

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
        def wish() -> RowsQuery:
            query = call.query(RowsQuery)
            report_rows.check(query, call.actor)
            return query

        return await self._read(
            call, wish, lambda range_, query: response.of_page(report_rows.page(range_, query))
        )

    async def own(self, call: Call) -> Answer:
        own_id = call.actor.id or 0
        return await self._read(
            call, lambda: call.query(RangeQuery), lambda range_, _: response.of(range_.own(own_id))
        )

    async def _summary(self, call: Call) -> Summary:
        return await self._read(
            call,
            lambda: call.query(SummaryQuery),
            lambda range_, query: range_.summary(query.group_by or None),
        )

    async def _read(self, call: Call, wish: Callable[[], Q], job: Callable[[Range, Q], T]) -> T:
        """Raises Invalid with what is wrong with the range, too, where `wish` does."""
        org_id = call.org_id
        try:
            query = wish()
        except Invalid as refusal:
            given = call.request.rel_url.query
            wrong = await self._database.read_snapshot(
                lambda it: report_range.faults(it, org_id, given)
            )
            raise refusal.joined(wrong) from None

        def on_snapshot(reading: Reading) -> T:
            return job(Range(reading, org_id, query.from_, query.to), query)

        return await self._database.read_snapshot(on_snapshot)
