"""Lays out a report for a screen of any width: report in, sheet out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from common.reports import Figures, Group, GroupBy, ReportRow
from tui.reports import charts
from tui.reports.figure_definitions import FIGURES, HEADLINES, OVERVIEW, Figure, Measure, Unit
from tui.reports.formatted_amounts import choose_change_style, format_amount, format_change
from tui.reports.report_model import (
    AGE,
    AGE_BUCKETS,
    BEFORE,
    COMMENT,
    GROUPINGS,
    TOTAL,
    Report,
    ReportCell,
)
from tui.reports.sheet import Sheet, SheetNumber, join_side_by_side
from tui.text import formatting

_TILES_PER_ROW: Final = ((160, 8), (76, 4), (0, 3))
"""From how many cells on how many headlines stand in a row."""
_SIDE_BY_SIDE: Final = 110
_CHARTS: Final = 4
_CHART_HEIGHT: Final = 4
_BY_GRAIN: Final = 11
_NUMBER: Final = 9
"""Cells of a number in a column, the longest said duration and a blank."""
_CHANGE: Final = 20
_NAME: Final = 13
_LONGEST_NAME: Final = 30
_SHORTEST_BAR: Final = 14
_LONGEST_BAR: Final = 40
_AGES: Final = 16


class ReportView(Struct, frozen=True, kw_only=True):
    """The options of a report's view."""

    width: int = 80
    measure: Measure = OVERVIEW
    is_table: bool = False
    is_business: bool = False

    def choose_variant(self, shown: Figure) -> Figure:
        return shown.business_variant if self.is_business else shown

    def format_figure(self, shown: Figure, figures: Figures) -> str:
        """The figure's value, in words."""
        return format_amount(shown.read_value(figures), shown.unit, is_business=self.is_business)


def _align_right(text: str) -> str:
    """The text at the right of its column, with a blank before it."""
    return (text if len(text) < _NUMBER else text.replace(",", "")).rjust(_NUMBER)


def lay_out_report(report: Report, ages: Mapping[str, int], view: ReportView) -> Sheet:
    """Lays out a report. Without groups (an agent's own) it has only the figures."""
    sheet = Sheet()
    if view.is_table:
        sheet.append_sheet(_lay_out_table(report, view))
    else:
        sheet.append_sheet(_lay_out_headlines(report, view))
        if not report.groups:
            sheet.append_sheet(_lay_out_table(report, view))
    if report.series:
        sheet.append_sheet(
            _lay_out_series(report, view) if view.is_table else _lay_out_charts(report, view)
        )
    for group_by in GROUPINGS:
        if group_by in report.groups:
            sheet.append_sheet(_lay_out_groups(report.groups[group_by], group_by, view))
    if report.groups:
        sheet.append_sheet(_lay_out_last_row(report, ages, view))
    return sheet


def _lay_out_last_row(report: Report, ages: Mapping[str, int], view: ReportView) -> Sheet:
    parts = [_lay_out_backlog(ages, view), _lay_out_ratings(report.comments, view)]
    if view.width < _SIDE_BY_SIDE:
        parts[0].append_sheet(parts[1])
        return parts[0]
    return join_side_by_side(parts, view.width // 2)


# -- headlines


def _lay_out_headlines(report: Report, view: ReportView) -> Sheet:
    sheet = Sheet()
    sheet.chapters.append(0)
    in_row = next(number for least, number in _TILES_PER_ROW if view.width >= least)
    headlines = _leave_out_uncounted(HEADLINES, report)
    for first in range(0, len(headlines), in_row):
        tiles = [_lay_out_tile(shown, report, view) for shown in headlines[first : first + in_row]]
        sheet.append_sheet(join_side_by_side(tiles, view.width // in_row))
        sheet.write_line()
    return sheet


def _leave_out_uncounted(figures: Iterable[Figure], report: Report) -> list[Figure]:
    """Returns the figures without those that nobody counts by agent: how many were created."""
    return [
        it for it in figures if it.unit is not Unit.COUNT or it.read_value(report.total) is not None
    ]


def _lay_out_tile(shown: Figure, report: Report, view: ReportView) -> Sheet:
    tile, timed = Sheet(), view.choose_variant(shown)
    now, before = timed.read_value(report.total), timed.read_value(report.before)
    name = shown.name.replace("90th percentile", "p90").replace(" time,", ",")
    tile.write_line((f" {name}", "dim"))
    tile.write_line(
        ("  ", "plain"),
        SheetNumber(
            ReportCell(TOTAL, path=shown.path), view.format_figure(timed, report.total), "strong"
        ),
    )
    became = format_change(now, before, timed.unit, is_business=view.is_business)
    tile.write_line(
        (f"  {became or 'no comparison'}", choose_change_style(now, before, timed.unit))
    )
    tile.write_line(
        ("  before ", "dim"),
        SheetNumber(
            ReportCell(BEFORE, path=shown.path), view.format_figure(timed, report.before), "dim"
        ),
    )
    return tile


# -- all figures, as a table


def _lay_out_table(report: Report, view: ReportView) -> Sheet:
    sheet = Sheet()
    name = min(view.width - 3 - 2 * _NUMBER - _CHANGE, 39)
    sheet.begin_chapter("All figures", "now, before, and the change")
    for shown in _leave_out_uncounted(FIGURES, report):
        if ".business." in shown.path:
            continue
        timed = view.choose_variant(shown)
        now, before = timed.read_value(report.total), timed.read_value(report.before)
        became = format_change(now, before, timed.unit, is_business=view.is_business)
        sheet.write_line(
            (f"   {formatting.fit_text(shown.name, name)}", "plain"),
            SheetNumber(
                ReportCell(TOTAL, path=shown.path),
                _align_right(view.format_figure(timed, report.total)),
            ),
            SheetNumber(
                ReportCell(BEFORE, path=shown.path),
                _align_right(view.format_figure(timed, report.before)),
                "dim",
            ),
            (f"  {became}", choose_change_style(now, before, timed.unit)),
        )
    sheet.write_line()
    return sheet


# -- over time


def _lay_out_charts(report: Report, view: ReportView) -> Sheet:
    sheet = Sheet()
    shown = view.measure.figures[:_CHARTS]
    for first in range(0, len(shown), 2):
        pair = [_lay_out_chart(one, report, view) for one in shown[first : first + 2]]
        sheet.append_sheet(join_side_by_side(pair, view.width // 2))
    return sheet


def _lay_out_chart(shown: Figure, report: Report, view: ReportView) -> Sheet:
    """Lays out one figure over time; the cursor can be on each column, at its foot."""
    room = view.width // 2 - 2
    groups, timed = report.series[-room:], view.choose_variant(shown)
    values = [timed.read_value(group) for group in groups]
    thickness = max(min(room // len(groups), 6), 1)
    most = max((value for value in values if value is not None), default=None)
    sheet = Sheet()
    says = f"most {format_amount(most, timed.unit, is_business=view.is_business)}"
    if len(shown.name) + len(says) + _BY_GRAIN < room:
        says = f"by {report.span.grain}, {says}"
    if len(report.series) > room:
        says = f"last {room} of {len(report.series)}, t: all"
    sheet.begin_chapter(shown.name, says)
    for line in charts.draw_columns(values, _CHART_HEIGHT, thickness):
        sheet.write_line((f" {line}", "bar"))
    gap = "─" * (thickness > 1)
    body = "─" * max(thickness - 1, 1)
    feet = (
        part
        for group in groups
        for part in (
            SheetNumber(_group_cell(report.span.grain, group, shown), body, "rule", is_column=True),
            (gap, "rule"),
        )
    )
    sheet.write_line((" ", "plain"), *feet)
    sheet.write_line(*_axis_labels(groups, min(thickness * len(groups), room)))
    sheet.write_line()
    return sheet


def _axis_labels(groups: Sequence[Group], width: int) -> tuple[tuple[str, str], ...]:
    first, last = groups[0].label, groups[-1].label
    if len(groups) == 1 or len(first) + len(last) >= width:
        return ((f" {first if len(groups) == 1 else f'{first} - {last}'}", "dim"),)
    return ((f" {first}{last:>{width - len(first)}}", "dim"),)


def _group_cell(group_by: GroupBy, group: Group, shown: Figure) -> ReportCell:
    return ReportCell(group_by.value, group.key, shown.path)


# -- groups


def _lay_out_series(report: Report, view: ReportView) -> Sheet:
    return _lay_out_group_table(report.series, report.span.grain, view, bars=0)


def _lay_out_groups(groups: Sequence[Group], group_by: GroupBy, view: ReportView) -> Sheet:
    return _lay_out_group_table(
        groups, group_by, view, bars=0 if view.is_table else _bar_width(view)
    )


def _bar_width(view: ReportView) -> int:
    """Returns the width for bars: what the numbers leave, and a little in any case."""
    left = view.width - 4 - _NAME - _NUMBER * len(view.measure.figures)
    return max(min(left, _LONGEST_BAR), _SHORTEST_BAR)


def _lay_out_group_table(
    groups: Sequence[Group], group_by: GroupBy, view: ReportView, *, bars: int
) -> Sheet:
    """Lays out one line for each group. The table has all numbers, the chart those that fit."""
    sheet = Sheet()
    fitting = (view.width - 4 - _NAME - bars) // _NUMBER
    shown = view.measure.figures[:fitting]
    name = min(view.width - 4 - bars - _NUMBER * len(shown), _LONGEST_NAME)
    sheet.begin_chapter(f"By {group_by}", view.measure.name)
    heads = [f"{head:>{_NUMBER}}" for head in view.measure.heads[:fitting]]
    sheet.write_line((" " * (3 + name) + heads[0] + " " * bars + "".join(heads[1:]), "dim"))
    most = max(
        (view.choose_variant(shown[0]).read_value(group) or 0 for group in groups), default=0
    )
    for group in groups:
        numbers = [
            SheetNumber(
                _group_cell(group_by, group, one),
                _align_right(view.format_figure(view.choose_variant(one), group)),
            )
            for one in shown
        ]
        drawn = charts.draw_bar(
            view.choose_variant(shown[0]).read_value(group), most, max(bars - 2, 0)
        )
        sheet.write_line(
            (f"   {formatting.fit_text(group.label or 'nobody', name)}", "plain"),
            numbers[0],
            (f" {drawn:<{bars - 1}}" if bars else "", "bar"),
            *numbers[1:],
        )
    if not groups:
        sheet.write_line(("   nothing in this range", "dim"))
    sheet.write_line()
    return sheet


# -- the backlog, and what customers say


def _lay_out_backlog(ages: Mapping[str, int], view: ReportView) -> Sheet:
    sheet = Sheet()
    sheet.begin_chapter("Backlog by age", "now, since creation")
    most = max(ages.values(), default=0)
    room = min(view.width // 2, 60) - _AGES - _NUMBER - 4
    for bucket in AGE_BUCKETS:
        count = ages.get(bucket.key, 0)
        drawn = "" if view.is_table else charts.draw_bar(count, most, room)
        sheet.write_line(
            (f"   {bucket.name:<{_AGES}}", "plain"),
            SheetNumber(
                ReportCell(AGE, bucket.key), _align_right(format_amount(count, Unit.COUNT))
            ),
            (f" {drawn}", "bar"),
        )
    sheet.write_line()
    return sheet


def make_rating_cell(row: ReportRow) -> ReportCell:
    """The cell of a rating."""
    return ReportCell(COMMENT, f"{row.ticket.number}@{row.at.isoformat()}")


def _format_score(row: ReportRow) -> str:
    return format_amount(row.value, Unit.COUNT)


def _lay_out_ratings(rows: Sequence[ReportRow], view: ReportView) -> Sheet:
    sheet = Sheet()
    sheet.begin_chapter("What customers say", "newest ratings of the range")
    width = view.width // 2 if view.width >= _SIDE_BY_SIDE else view.width
    for row in rows:
        who = f" {row.agent.name}" if row.agent else ""
        comment = (row.comment or "no comment").replace("\n", " ")
        said = formatting.truncate_text(
            f"{comment} - {row.ticket.customer.name},{who}", max(width - 16, 8)
        )
        sheet.write_line(
            ("  ", "plain"),
            SheetNumber(make_rating_cell(row), f" {_format_score(row)} of 5", "strong"),
            (f"  {said}", "plain"),
        )
    if not rows:
        sheet.write_line(("   no ratings in this range", "dim"))
    sheet.write_line()
    return sheet
