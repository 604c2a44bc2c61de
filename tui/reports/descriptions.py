"""What is said about a report and about the figure under the cursor: whole, and defined."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from common.reports import Figures
from tui.reports.date_ranges import PRESETS, Span
from tui.reports.figure_definitions import Figure, Unit, count_of
from tui.reports.formatted_amounts import amount, exact
from tui.reports.report_model import AGE, BEFORE, BUCKETS, COMMENT, Cell, Report
from tui.reports.report_requests import Scope
from tui.reports.sheet import Part
from tui.reports.sheet_layout import View

_AGE_SAYS: Final = (
    "Tickets open or in progress now, by the time since their creation, whatever the range."
)
_COMMENT_SAYS: Final = (
    "A rating of the range, by who resolved the ticket. The last value of a cycle counts."
)
_TIGHT: Final = 100
_NARROW: Final = 76


def title(
    name: str, report: Report | None, span: Span, today: date, scope: Scope
) -> tuple[list[Part], list[Part]]:
    """Whose figures, of which days, in which zone; a span that is not over says so."""
    what = "My own figures" if scope is Scope.OWN else "Report"
    so_far = ", so far" if span.last >= today else ""
    zone = f" · {report.timezone}" if report else ""
    right: list[Part] = [(f"{span.words}{so_far}{zone} ", "plain")]
    return [(f" {what}", "strong"), (f" · {name}", "dim")], right


def ranges(chosen: int | None, span: Span, width: int) -> list[Part]:
    """`[3 30 days]` marks the one that is shown."""
    parts: list[Part] = [(" ", "plain")]
    for place, preset in enumerate(PRESETS):
        text = f"{place + 1} {preset.name if width >= _TIGHT else preset.short}"
        parts.append((f"[{text}]", "tab-on") if place == chosen else (f" {text} ", "tab"))
    dates = f"5 {span.words if chosen is None and width >= _TIGHT else 'dates'}"
    parts.append((f"[{dates}]", "tab-on") if chosen is None else (f" {dates} ", "tab"))
    return parts


def mode(view: View) -> list[Part]:
    """How it is looked at; where there is no room, only by which time."""
    time = "business hours" if view.is_business else "calendar time"
    measure = f"{view.measure.name} · " if view.width >= _NARROW else ""
    return [(f"{measure}{time} ", "dim")]


def name(report: Report, cell: Cell, *, is_business: bool) -> str:
    """`Response time, median · Ana Sousa`."""
    if cell.part == AGE:
        bucket = next(bucket for bucket in BUCKETS if bucket.key == cell.key)
        return f"Backlog, {bucket.name} old"
    if cell.part == COMMENT:
        return "Rating"
    shown, group = cell.shown(is_business=is_business), report.group(cell)
    whose = f" · {group.label or 'nobody'}" if group else ""
    return f"{shown.name if shown else ''}{whose}"


def title_of_rows(report: Report, cell: Cell, *, is_business: bool) -> str:
    """Which rows these are, and of which days."""
    called = name(report, cell, is_business=is_business)
    if cell.part == AGE:
        return called
    span = report.compared if cell.part == BEFORE else report.span
    return f"{called} · {span.words}"


def told(
    report: Report, cell: Cell, ages: Mapping[str, int], *, is_business: bool
) -> tuple[str, str, str]:
    """The figure and its value to the last digit; its range and n; its definition."""
    called = name(report, cell, is_business=is_business)
    if cell.part == AGE:
        return f"{called}: {ages.get(cell.key or '', 0)}", "now", _AGE_SAYS
    if cell.part == COMMENT:
        return called, report.span.words, _COMMENT_SAYS
    shown, figures = cell.shown(is_business=is_business), report.figures(cell)
    if shown is None or figures is None:
        return "", "", ""
    span = report.compared if cell.part == BEFORE else report.span
    return f"{called}: {_value(shown, figures)}", f"{_n(shown, figures)}{span.words}", shown.says


def _value(shown: Figure, figures: Figures) -> str:
    value = shown.of(figures)
    said = amount(value, shown.unit, is_business=".business." in shown.path)
    return said if shown.unit is Unit.COUNT else f"{said} = {exact(value, shown.unit)}"


def _n(shown: Figure, figures: Figures) -> str:
    count = count_of(shown, figures)
    return "" if count is None else f"n {count:,} · "


def ticket_number(cell: Cell) -> int:
    """The ticket of a rating's cell."""
    return int((cell.key or "0").partition("@")[0])
