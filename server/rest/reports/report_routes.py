"""Reports over REST: figures, the same as CSV, and the rows behind each of them.

All three are read from one snapshot (`ReportRange`), so they cannot differ.
"""

from collections.abc import Callable
from typing import TypeVar

from common import report_endpoints
from common.endpoint import Endpoint
from common.errors import Invalid
from common.reports import RangeQuery, RowsQuery, Summary, SummaryQuery
from server.rest.core import response
from server.rest.core.dispatch import Handler
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.rest.reports import report_range, report_rows, report_views
from server.rest.reports.report_range import ReportRange
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction

Q = TypeVar("Q", bound=RangeQuery)
T = TypeVar("T")


class ReportRoutes:
    """Routes of reports for supervisors and API keys, and of agents' own figures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            report_endpoints.READ_SUMMARY: self.read_summary,
            report_endpoints.READ_SUMMARY_CSV: self.read_summary_csv,
            report_endpoints.LIST_REPORT_ROWS: self.list_rows,
            report_endpoints.READ_OWN_FIGURES: self.read_own_figures,
        }

    async def read_summary(self, call: RequestContext) -> ApiResponse:
        return response.make_response(await self._load_summary(call))

    async def read_summary_csv(self, call: RequestContext) -> ApiResponse:
        body = report_views.render_csv(await self._load_summary(call))
        return ApiResponse(
            200,
            body,
            {
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="report.csv"',
            },
        )

    async def list_rows(self, call: RequestContext) -> ApiResponse:
        def wish() -> RowsQuery:
            query = call.parse_query(RowsQuery)
            report_rows.check_rows_query(query, call.actor)
            return query

        return await self._read_range(
            call,
            wish,
            lambda range_, query: response.make_page_response(
                report_rows.read_row_page(range_, query)
            ),
        )

    async def read_own_figures(self, call: RequestContext) -> ApiResponse:
        own_id = call.actor.id or 0
        return await self._read_range(
            call,
            lambda: call.parse_query(RangeQuery),
            lambda range_, _: response.make_response(range_.build_own_summary(own_id)),
        )

    async def _load_summary(self, call: RequestContext) -> Summary:
        return await self._read_range(
            call,
            lambda: call.parse_query(SummaryQuery),
            lambda range_, query: range_.build_summary(query.group_by or None),
        )

    async def _read_range(
        self, call: RequestContext, wish: Callable[[], Q], job: Callable[[ReportRange, Q], T]
    ) -> T:
        """Raises Invalid with what is wrong with the range, too, where `wish` does."""
        org_id = call.org_id
        try:
            query = wish()
        except Invalid as refusal:
            given = call.request.rel_url.query
            wrong = await self._database.read_snapshot(
                lambda it: report_range.find_range_faults(it, org_id, given)
            )
            raise refusal.with_errors(wrong) from None

        def on_snapshot(reading: ReadTransaction) -> T:
            return job(ReportRange(reading, org_id, query.from_, query.to), query)

        return await self._database.read_snapshot(on_snapshot)
