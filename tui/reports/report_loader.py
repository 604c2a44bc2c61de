"""What the report screens ask the server: each question ends in an answer, never in a raise."""

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
from tui.messages.requests import Ask
from tui.messages.results import Outcome
from tui.model.store import Store
from tui.network.client import Client, Problem, Unreachable
from tui.network.error_text import explained
from tui.reports import csv_file
from tui.reports.report_model import BY, Report
from tui.reports.report_requests import (
    AskCsv,
    AskReport,
    AskRows,
    CsvSaved,
    NotAnswered,
    ReportCame,
    RowsCame,
    Scope,
)

_COMMENTS: Final = 50


class Reporter:
    """One person's questions; several may be under way."""

    def __init__(self, client: Client, store: Store) -> None:
        self._client, self._store = client, store

    async def answer(self, asked: Ask) -> Outcome:
        """What came of the question."""
        try:
            match asked:
                case AskReport():
                    return ReportCame(asked, await self._report(asked))
                case AskRows():
                    return RowsCame(asked, await self._rows(asked.query))
                case AskCsv():
                    return CsvSaved(await self._csv(asked))
        except (Problem, Unreachable) as error:
            return NotAnswered(asked, explained(error))
        except OSError as error:
            return NotAnswered(asked, f"Nothing is saved: {error.strerror or error}.")
        raise TypeError(asked)

    async def _report(self, asked: AskReport) -> Report:
        span, scope = asked.span, asked.scope
        compared = asked.compared
        groupings = (*BY, span.grain) if scope is Scope.WHOLE else ()
        whole = RangeQuery(from_=span.start, to=span.to)
        earlier = RangeQuery(from_=compared.span.start, to=compared.to)
        asking = [self._summary(whole, scope, group_by) for group_by in groupings or (UNSET,)]
        before, comments, summaries = await asyncio.gather(
            self._summary(earlier, scope), self._comments(asked), asyncio.gather(*asking)
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

    async def _summary(
        self, asked: RangeQuery, scope: Scope, group_by: GroupBy | UnsetType = UNSET
    ) -> Summary:
        if scope is Scope.OWN:
            return await self._client.own_figures(asked)
        return await self._client.summary(
            SummaryQuery(from_=asked.from_, to=asked.to, group_by=group_by)
        )

    async def _comments(self, asked: AskReport) -> list[ReportRow]:
        if asked.scope is not Scope.WHOLE:
            return []
        start, to = asked.span.start, asked.span.to
        query = RowsQuery(metric=Metric.CSAT, from_=start, to=to, limit=_COMMENTS)
        return (await self._rows(query)).items

    async def _rows(self, query: RowsQuery) -> RowPage[ReportRow]:
        page = await self._client.report_rows(query)
        # What can be opened from here must be known to the screen that shows it.
        self._store.hold((row.ticket for row in page.items), page.seq)
        return page

    async def _csv(self, asked: AskCsv) -> Path:
        raw = await self._client.summary_csv(asked.query)
        return await asyncio.to_thread(csv_file.save, raw, asked.name, Path.cwd())
