"""The endpoints of reports: for supervisors and keys, and for agents their own figures."""

from typing import Final

from common import reports
from common.endpoint import Endpoint
from common.people import AGENTS, SUPERVISORS, Scope

READ_SUMMARY: Final = Endpoint(
    name="reports.summary",
    method="GET",
    path="/reports/summary",
    roles=SUPERVISORS,
    scope=Scope.REPORTS_READ,
    summary="The figures of a range",
    query=reports.SummaryQuery,
    answer=reports.Summary,
)
READ_SUMMARY_CSV: Final = Endpoint(
    name="reports.summary_csv",
    method="GET",
    path="/reports/summary.csv",
    roles=SUPERVISORS,
    scope=Scope.REPORTS_READ,
    summary="The same figures as CSV",
    query=reports.SummaryQuery,
    answer=str,
    media="text/csv",
)
LIST_REPORT_ROWS: Final = Endpoint(
    name="reports.rows",
    method="GET",
    path="/reports/tickets",
    roles=SUPERVISORS,
    scope=Scope.REPORTS_READ,
    summary="The rows behind a figure, each with its ticket",
    query=reports.RowsQuery,
    answer=reports.RowPage[reports.ReportRow],
    revalidates=True,
)
READ_OWN_FIGURES: Final = Endpoint(
    name="reports.me",
    method="GET",
    path="/reports/me",
    roles=AGENTS,
    summary="My own figures",
    query=reports.RangeQuery,
    answer=reports.Summary,
)
