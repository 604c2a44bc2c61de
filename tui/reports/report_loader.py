"""Loads figures for the report screens: each request ends in a message, never in an exception."""

import asyncio
from pathlib import Path
from typing import Final

from msgspec import UNSET, UnsetType

from common.reports import (
    GroupBy,
    Metric,
    RangeQuery,
    ReportRow,
    RowPage,
    RowsQuery,
    Summary,
    SummaryQuery,
)
from tui.messages.requests import FiguresRequest
from tui.messages.results import RequestResult
from tui.model.store import Store
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.error_text import explain_error
from tui.reports import csv_file
from tui.reports.report_model import GROUPINGS, Report
from tui.reports.report_requests import (
    AskCsv,
    AskReport,
    AskRows,
    CsvSaved,
    ReportLoaded,
    ReportRequestFailed,
    ReportScope,
    RowsLoaded,
)

_MOST_COMMENTS: Final = 50


class ReportLoader:
    """One agent's requests for figures; several may be under way."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store

    async def answer_request(self, asked: FiguresRequest) -> RequestResult:
        """Returns the answer, or the failure as a message."""
        try:
            match asked:
                case AskReport():
                    return ReportLoaded(asked, await self._load_report(asked))
                case AskRows():
                    return RowsLoaded(asked, await self._load_rows(asked.query))
                case AskCsv():
                    return CsvSaved(await self._save_csv(asked))
        except (ApiProblem, Unreachable) as error:
            return ReportRequestFailed(asked, explain_error(error))
        except OSError as error:
            return ReportRequestFailed(asked, f"Nothing is saved: {error.strerror or error}.")
        raise TypeError(asked)

    async def _load_report(self, asked: AskReport) -> Report:
        span, scope = asked.span, asked.scope
        compared = asked.compared
        groupings = (*GROUPINGS, span.grain) if scope is ReportScope.WHOLE else ()
        whole = RangeQuery(from_=span.start, to=span.end)
        earlier = RangeQuery(from_=compared.span.start, to=compared.end)
        asking = [self._load_summary(whole, scope, group_by) for group_by in groupings or (UNSET,)]
        before, comments, summaries = await asyncio.gather(
            self._load_summary(earlier, scope), self._load_comments(asked), asyncio.gather(*asking)
        )
        groups = {by: one.groups for by, one in zip(groupings, summaries, strict=False)}
        newest = max(summaries, key=lambda one: one.seq)
        return Report(
            span=span,
            compared=compared,
            timezone=newest.timezone,
            seq=newest.seq,
            total=newest.total,
            before=before.total,
            groups=groups,
            comments=comments,
        )

    async def _load_summary(
        self, asked: RangeQuery, scope: ReportScope, group_by: GroupBy | UnsetType = UNSET
    ) -> Summary:
        if scope is ReportScope.OWN:
            return await self._client.read_own_figures(asked)
        return await self._client.read_report_summary(
            SummaryQuery(from_=asked.from_, to=asked.to, group_by=group_by)
        )

    async def _load_comments(self, asked: AskReport) -> list[ReportRow]:
        if asked.scope is not ReportScope.WHOLE:
            return []
        start, to = asked.span.start, asked.span.end
        query = RowsQuery(metric=Metric.CSAT, from_=start, to=to, limit=_MOST_COMMENTS)
        return (await self._load_rows(query)).items

    async def _load_rows(self, query: RowsQuery) -> RowPage[ReportRow]:
        page = await self._client.list_report_rows(query)
        # A ticket that can be opened from a row must be in the store.
        self._store.merge_tickets((row.ticket for row in page.items), page.seq)
        return page

    async def _save_csv(self, asked: AskCsv) -> Path:
        raw = await self._client.read_report_csv(asked.query)
        return await asyncio.to_thread(csv_file.save_csv, raw, asked.name, Path.cwd())
