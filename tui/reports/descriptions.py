"""Describes a report, and the figure under the cursor with its definition."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from common.reports import Figures
from tui.reports.date_ranges import PRESETS, DateRange
from tui.reports.figure_definitions import Figure, Unit, read_sample_size
from tui.reports.formatted_amounts import format_amount, format_exact_amount
from tui.reports.report_model import AGE, AGE_BUCKETS, BEFORE, COMMENT, Report, ReportCell
from tui.reports.report_requests import ReportScope
from tui.reports.sheet import StyledText
from tui.reports.sheet_layout import ReportView

_AGE_DEFINITION: Final = (
    "Tickets open or in progress now, by the time since their creation, whatever the range."
)
_COMMENT_DEFINITION: Final = (
    "A rating of the range, by who resolved the ticket. The last value of a cycle counts."
)
_TIGHT: Final = 100
_NARROW: Final = 76


def format_report_title(
    name: str, report: Report | None, span: DateRange, today: date, scope: ReportScope
) -> tuple[list[StyledText], list[StyledText]]:
    """Returns a report's title: the owner, the days, the zone, and whether the range is over."""
    what = "My own figures" if scope is ReportScope.OWN else "Report"
    so_far = ", so far" if span.last >= today else ""
    zone = f" · {report.timezone}" if report else ""
    right: list[StyledText] = [(f"{span.label}{so_far}{zone} ", "plain")]
    return [(f" {what}", "strong"), (f" · {name}", "dim")], right


def format_range_tabs(chosen: int | None, span: DateRange, width: int) -> list[StyledText]:
    """`[3 30 days]` marks the one that is shown."""
    parts: list[StyledText] = [(" ", "plain")]
    for place, preset in enumerate(PRESETS):
        text = f"{place + 1} {preset.name if width >= _TIGHT else preset.short}"
        parts.append((f"[{text}]", "tab-on") if place == chosen else (f" {text} ", "tab"))
    dates = f"5 {span.label if chosen is None and width >= _TIGHT else 'dates'}"
    parts.append((f"[{dates}]", "tab-on") if chosen is None else (f" {dates} ", "tab"))
    return parts


def format_view_mode(view: ReportView) -> list[StyledText]:
    """Returns how the figures are shown; where there is no room, only the kind of time."""
    time = "business hours" if view.is_business else "calendar time"
    measure = f"{view.measure.name} · " if view.width >= _NARROW else ""
    return [(f"{measure}{time} ", "dim")]


def format_figure_name(report: Report, cell: ReportCell, *, is_business: bool) -> str:
    """`Response time, median · Ana Sousa`."""
    if cell.part == AGE:
        bucket = next(bucket for bucket in AGE_BUCKETS if bucket.key == cell.key)
        return f"Backlog, {bucket.name} old"
    if cell.part == COMMENT:
        return "Rating"
    shown, group = cell.pick_figure(is_business=is_business), report.find_group(cell)
    whose = f" · {group.label or 'nobody'}" if group else ""
    return f"{shown.name if shown else ''}{whose}"


def format_rows_title(report: Report, cell: ReportCell, *, is_business: bool) -> str:
    """Returns a list's title: the metric and the days."""
    called = format_figure_name(report, cell, is_business=is_business)
    if cell.part == AGE:
        return called
    span = report.compared if cell.part == BEFORE else report.span
    return f"{called} · {span.label}"


def describe_figure(
    report: Report, cell: ReportCell, ages: Mapping[str, int], *, is_business: bool
) -> tuple[str, str, str]:
    """Returns a figure with its exact value, its range and sample size, and its definition."""
    called = format_figure_name(report, cell, is_business=is_business)
    if cell.part == AGE:
        return f"{called}: {ages.get(cell.key or '', 0)}", "now", _AGE_DEFINITION
    if cell.part == COMMENT:
        return called, report.span.label, _COMMENT_DEFINITION
    shown, figures = cell.pick_figure(is_business=is_business), report.find_figures(cell)
    if shown is None or figures is None:
        return "", "", ""
    span = report.compared if cell.part == BEFORE else report.span
    return (
        f"{called}: {_format_value(shown, figures)}",
        f"{_format_sample_size(shown, figures)}{span.label}",
        shown.says,
    )


def _format_value(shown: Figure, figures: Figures) -> str:
    value = shown.read_value(figures)
    said = format_amount(value, shown.unit, is_business=".business." in shown.path)
    return (
        said if shown.unit is Unit.COUNT else f"{said} = {format_exact_amount(value, shown.unit)}"
    )


def _format_sample_size(shown: Figure, figures: Figures) -> str:
    count = read_sample_size(shown, figures)
    return "" if count is None else f"n {count:,} · "


def parse_ticket_number(cell: ReportCell) -> int:
    """The ticket of a rating's cell."""
    return int((cell.key or "0").partition("@")[0])
