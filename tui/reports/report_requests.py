"""Requests of the report screens, and their results: messages to the screen that asked."""

from enum import Enum, auto
from pathlib import Path

from common.reports import ReportRow, RowPage, RowsQuery, SummaryQuery
from tui.messages.requests import FiguresRequest
from tui.messages.results import RequestResult
from tui.reports.date_ranges import ComparisonRange, DateRange
from tui.reports.report_model import Report


class ReportScope(Enum):
    """The extent of a report."""

    WHOLE = auto()
    """With groups, over time, and with comments of customers."""
    TOTAL = auto()
    OWN = auto()
    """The total of the agent's own figures."""


class AskReport(FiguresRequest):
    """Asks for the figures of a range and of the one it is compared with."""

    def __init__(self, span: DateRange, compared: ComparisonRange, scope: ReportScope) -> None:
        super().__init__()
        self.span, self.compared, self.scope = span, compared, scope


class AskRows(FiguresRequest):
    """Asks for the rows behind a number; `is_further`: for a further page."""

    def __init__(self, query: RowsQuery, *, is_further: bool = False) -> None:
        super().__init__()
        self.query, self.is_further = query, is_further


class AskCsv(FiguresRequest):
    """Asks for the figures as a file of this name."""

    def __init__(self, query: SummaryQuery, name: str) -> None:
        super().__init__()
        self.query, self.name = query, name


class ReportLoaded(RequestResult):
    def __init__(self, asked: AskReport, report: Report) -> None:
        super().__init__()
        self.asked, self.report = asked, report


class RowsLoaded(RequestResult):
    def __init__(self, asked: AskRows, page: RowPage[ReportRow]) -> None:
        super().__init__()
        self.asked, self.page = asked, page


class CsvSaved(RequestResult):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class ReportRequestFailed(RequestResult):
    """A request for figures failed; the sentence says why."""

    def __init__(self, asked: FiguresRequest, sentence: str) -> None:
        super().__init__()
        self.asked, self.sentence = asked, sentence
