"""Where the figures of a report stand on the screen, for any width: report in, sheet out."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from common.reports import Figures, Group, GroupBy, ReportRow
from tui.reports import charts
from tui.reports.figure_definitions import FIGURES, HEADLINES, OVERVIEW, Figure, Measure, Unit
from tui.reports.formatted_amounts import amount, change, judged
from tui.reports.report_model import AGE, BEFORE, BUCKETS, BY, COMMENT, TOTAL, Cell, Report
from tui.reports.sheet import Number, Sheet, beside
from tui.text import formatting

_TILES: Final = ((160, 8), (76, 4), (0, 3))
"""From how many cells on how many headlines stand in a row."""
_SIDE_BY_SIDE: Final = 110
_CHARTS: Final = 4
_HEIGHT: Final = 4
_BY_GRAIN: Final = 11
_NUMBER: Final = 9
"""Cells of a number in a column, the longest said duration and a blank."""
_CHANGE: Final = 20
_NAME: Final = 13
_LONGEST_NAME: Final = 30
_SHORTEST_BAR: Final = 14
_LONGEST_BAR: Final = 40
_AGES: Final = 16


class View(Struct, frozen=True, kw_only=True):
    """How a report is looked at."""

    width: int = 80
    measure: Measure = OVERVIEW
    is_table: bool = False
    is_business: bool = False

    def timed(self, shown: Figure) -> Figure:
        return shown.in_business if self.is_business else shown

    def said(self, shown: Figure, figures: Figures) -> str:
        """The figure's value, in words."""
        return amount(shown.of(figures), shown.unit, is_business=self.is_business)


def _in_column(text: str) -> str:
    """The text at the right of its column, with a blank before it."""
    return (text if len(text) < _NUMBER else text.replace(",", "")).rjust(_NUMBER)


def laid_out(report: Report, ages: Mapping[str, int], view: View) -> Sheet:
    """The whole report. Without groups (an agent's own) it is the figures alone."""
    sheet = Sheet()
    if view.is_table:
        sheet.append(_table(report, view))
    else:
        sheet.append(_headlines(report, view))
        if not report.groups:
            sheet.append(_table(report, view))
    if report.series:
        sheet.append(_series_table(report, view) if view.is_table else _charts(report, view))
    for group_by in BY:
        if group_by in report.groups:
            sheet.append(_groups(report.groups[group_by], group_by, view))
    if report.groups:
        sheet.append(_last(report, ages, view))
    return sheet


def _last(report: Report, ages: Mapping[str, int], view: View) -> Sheet:
    parts = [_backlog(ages, view), _satisfaction(report.comments, view)]
    if view.width < _SIDE_BY_SIDE:
        parts[0].append(parts[1])
        return parts[0]
    return beside(parts, view.width // 2)


# -- headlines


def _headlines(report: Report, view: View) -> Sheet:
    sheet = Sheet()
    sheet.chapters.append(0)
    in_row = next(number for least, number in _TILES if view.width >= least)
    for first in range(0, len(HEADLINES), in_row):
        tiles = [_tile(shown, report, view) for shown in HEADLINES[first : first + in_row]]
        sheet.append(beside(tiles, view.width // in_row))
        sheet.write()
    return sheet


def _tile(shown: Figure, report: Report, view: View) -> Sheet:
    tile, timed = Sheet(), view.timed(shown)
    now, before = timed.of(report.total), timed.of(report.before)
    name = shown.name.replace("90th percentile", "p90").replace(" time,", ",")
    tile.write((f" {name}", "dim"))
    tile.write(
        ("  ", "plain"),
        Number(Cell(TOTAL, path=shown.path), view.said(timed, report.total), "strong"),
    )
    became = change(now, before, timed.unit, is_business=view.is_business)
    tile.write((f"  {became or 'no comparison'}", judged(now, before, timed.unit)))
    tile.write(
        ("  before ", "dim"),
        Number(Cell(BEFORE, path=shown.path), view.said(timed, report.before), "dim"),
    )
    return tile


# -- all figures, as a table


def _table(report: Report, view: View) -> Sheet:
    sheet = Sheet()
    name = min(view.width - 3 - 2 * _NUMBER - _CHANGE, 39)
    sheet.begin("All figures", "now, before, and what became of them")
    for shown in FIGURES:
        if ".business." in shown.path:
            continue
        timed = view.timed(shown)
        now, before = timed.of(report.total), timed.of(report.before)
        became = change(now, before, timed.unit, is_business=view.is_business)
        sheet.write(
            (f"   {formatting.fit(shown.name, name)}", "plain"),
            Number(Cell(TOTAL, path=shown.path), _in_column(view.said(timed, report.total))),
            Number(
                Cell(BEFORE, path=shown.path), _in_column(view.said(timed, report.before)), "dim"
            ),
            (f"  {became}", judged(now, before, timed.unit)),
        )
    sheet.write()
    return sheet


# -- over time


def _charts(report: Report, view: View) -> Sheet:
    sheet = Sheet()
    shown = view.measure.figures[:_CHARTS]
    for first in range(0, len(shown), 2):
        pair = [_chart(one, report, view) for one in shown[first : first + 2]]
        sheet.append(beside(pair, view.width // 2))
    return sheet


def _chart(shown: Figure, report: Report, view: View) -> Sheet:
    """One figure over time; each column can be stood on, at its foot."""
    room = view.width // 2 - 2
    groups, timed = report.series[-room:], view.timed(shown)
    values = [timed.of(group) for group in groups]
    thickness = max(min(room // len(groups), 6), 1)
    most = max((value for value in values if value is not None), default=None)
    sheet = Sheet()
    says = f"most {amount(most, timed.unit, is_business=view.is_business)}"
    if len(shown.name) + len(says) + _BY_GRAIN < room:
        says = f"by {report.span.grain}, {says}"
    if len(report.series) > room:
        says = f"last {room} of {len(report.series)}, t: all"
    sheet.begin(shown.name, says)
    for line in charts.columns(values, _HEIGHT, thickness):
        sheet.write((f" {line}", "bar"))
    gap = "─" * (thickness > 1)
    body = "─" * max(thickness - 1, 1)
    feet = (
        part
        for group in groups
        for part in (
            Number(_cell(report.span.grain, group, shown), body, "rule", is_column=True),
            (gap, "rule"),
        )
    )
    sheet.write((" ", "plain"), *feet)
    sheet.write(*_ends(groups, min(thickness * len(groups), room)))
    sheet.write()
    return sheet


def _ends(groups: Sequence[Group], width: int) -> tuple[tuple[str, str], ...]:
    first, last = groups[0].label, groups[-1].label
    if len(groups) == 1 or len(first) + len(last) >= width:
        return ((f" {first if len(groups) == 1 else f'{first} - {last}'}", "dim"),)
    return ((f" {first}{last:>{width - len(first)}}", "dim"),)


def _cell(group_by: GroupBy, group: Group, shown: Figure) -> Cell:
    return Cell(group_by.value, group.key, shown.path)


# -- groups


def _series_table(report: Report, view: View) -> Sheet:
    return _group_table(report.series, report.span.grain, view, bars=0)


def _groups(groups: Sequence[Group], group_by: GroupBy, view: View) -> Sheet:
    return _group_table(groups, group_by, view, bars=0 if view.is_table else _bars(view))


def _bars(view: View) -> int:
    """The room for bars: what the numbers leave, and some of it in any case."""
    left = view.width - 4 - _NAME - _NUMBER * len(view.measure.figures)
    return max(min(left, _LONGEST_BAR), _SHORTEST_BAR)


def _group_table(groups: Sequence[Group], group_by: GroupBy, view: View, *, bars: int) -> Sheet:
    """A line a group. Beside bars only as many numbers as fit; the table has them all."""
    sheet = Sheet()
    fitting = (view.width - 4 - _NAME - bars) // _NUMBER
    shown = view.measure.figures[:fitting]
    name = min(view.width - 4 - bars - _NUMBER * len(shown), _LONGEST_NAME)
    sheet.begin(f"By {group_by}", view.measure.name)
    heads = [f"{head:>{_NUMBER}}" for head in view.measure.heads[:fitting]]
    sheet.write((" " * (3 + name) + heads[0] + " " * bars + "".join(heads[1:]), "dim"))
    most = max((view.timed(shown[0]).of(group) or 0 for group in groups), default=0)
    for group in groups:
        numbers = [
            Number(_cell(group_by, group, one), _in_column(view.said(view.timed(one), group)))
            for one in shown
        ]
        drawn = charts.bar(view.timed(shown[0]).of(group), most, max(bars - 2, 0))
        sheet.write(
            (f"   {formatting.fit(group.label or 'nobody', name)}", "plain"),
            numbers[0],
            (f" {drawn:<{bars - 1}}" if bars else "", "bar"),
            *numbers[1:],
        )
    if not groups:
        sheet.write(("   nothing in this range", "dim"))
    sheet.write()
    return sheet


# -- the backlog, and what customers say


def _backlog(ages: Mapping[str, int], view: View) -> Sheet:
    sheet = Sheet()
    sheet.begin("Backlog by age", "now, since creation")
    most = max(ages.values(), default=0)
    room = min(view.width // 2, 60) - _AGES - _NUMBER - 4
    for bucket in BUCKETS:
        count = ages.get(bucket.key, 0)
        drawn = "" if view.is_table else charts.bar(count, most, room)
        sheet.write(
            (f"   {bucket.name:<{_AGES}}", "plain"),
            Number(Cell(AGE, bucket.key), _in_column(amount(count, Unit.COUNT))),
            (f" {drawn}", "bar"),
        )
    sheet.write()
    return sheet


def commented(row: ReportRow) -> Cell:
    """The cell of a rating."""
    return Cell(COMMENT, f"{row.ticket.number}@{row.at.isoformat()}")


def _score(row: ReportRow) -> str:
    return amount(row.value, Unit.COUNT)


def _satisfaction(rows: Sequence[ReportRow], view: View) -> Sheet:
    sheet = Sheet()
    sheet.begin("What customers say", "newest ratings of the range")
    width = view.width // 2 if view.width >= _SIDE_BY_SIDE else view.width
    for row in rows:
        who = f" {row.agent.name}" if row.agent else ""
        comment = (row.comment or "no comment").replace("\n", " ")
        said = formatting.cut(f"{comment} - {row.ticket.customer.name},{who}", max(width - 16, 8))
        sheet.write(
            ("  ", "plain"),
            Number(commented(row), f" {_score(row)} of 5", "strong"),
            (f"  {said}", "plain"),
        )
    if not rows:
        sheet.write(("   nobody rated in this range", "dim"))
    sheet.write()
    return sheet
