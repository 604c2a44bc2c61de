"""What the report screens ask for, and what came of it: a message to the screen that asked."""

from enum import Enum, auto
from pathlib import Path

from common.reports import ReportRow, RowPage, RowsQuery, SummaryQuery
from tui.messages.requests import Ask
from tui.messages.results import Outcome
from tui.reports.date_ranges import Earlier, Span
from tui.reports.report_model import Report


class Scope(Enum):
    """How much is asked for."""

    WHOLE = auto()
    """With groups, over time, with what customers say."""
    TOTAL = auto()
    OWN = auto()
    """The agent's own figures, which are a total, too."""


class AskReport(Ask):
    """The figures of a span and of what it is compared with."""

    def __init__(self, span: Span, compared: Earlier, scope: Scope) -> None:
        super().__init__()
        self.span, self.compared, self.scope = span, compared, scope


class AskRows(Ask):
    """The rows behind a number; `is_further`: they go on where a page ended."""

    def __init__(self, query: RowsQuery, *, is_further: bool = False) -> None:
        super().__init__()
        self.query, self.is_further = query, is_further


class AskCsv(Ask):
    """The figures as a file of this name."""

    def __init__(self, query: SummaryQuery, name: str) -> None:
        super().__init__()
        self.query, self.name = query, name


class ReportCame(Outcome):
    def __init__(self, asked: AskReport, report: Report) -> None:
        super().__init__()
        self.asked, self.report = asked, report


class RowsCame(Outcome):
    def __init__(self, asked: AskRows, page: RowPage[ReportRow]) -> None:
        super().__init__()
        self.asked, self.page = asked, page


class CsvSaved(Outcome):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


class NotAnswered(Outcome):
    """The sentence says why."""

    def __init__(self, asked: Ask, sentence: str) -> None:
        super().__init__()
        self.asked, self.sentence = asked, sentence
