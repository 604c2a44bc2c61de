"""The places of figures: each once, said as it is, and all of them reached by keys."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from common.reports import (
    Attainment,
    Durations,
    Figures,
    Group,
    GroupBy,
    SatisfactionFigures,
    Times,
)
from tui.reports import descriptions
from tui.reports.date_ranges import ComparisonRange, DateRange
from tui.reports.figure_definitions import (
    FIGURES,
    HEADLINES,
    MEASURES,
    Unit,
    count_figure_rows,
    find_figure,
)
from tui.reports.report_model import AGE_BUCKETS, GROUPINGS, Report, ReportCell, group_by_age
from tui.reports.sheet import Sheet, SheetNumber, join_side_by_side
from tui.reports.sheet_layout import ReportView, lay_out_report


def some_times(draw: Random) -> Times:
    count = draw.choice([0, 1, draw.randrange(2_000_000)])
    if not count:
        return Times(0, None, None, None)
    return Times(count, *(draw.choice([0.0, 59.97, draw.uniform(0, 9e7)]) for _ in range(3)))


def some_durations(draw: Random) -> Durations:
    return Durations(**msgspec.structs.asdict(some_times(draw)), business=some_times(draw))


def some_fields(draw: Random) -> dict[str, Any]:
    rated, due = draw.randrange(3), draw.randrange(3)
    share = draw.choice([0.0, 100.0, 99.996, draw.uniform(0, 100)])
    return {
        "tickets_created": draw.randrange(2_000_000),
        "tickets_resolved": draw.randrange(2_000_000),
        "resolution_events": draw.randrange(2_000_000),
        "reopened": draw.randrange(99),
        "backlog": draw.randrange(2_000_000),
        "unanswered": 0,
        "response_time": some_durations(draw),
        "first_response_time": some_durations(draw),
        "first_resolution_time": some_durations(draw),
        "resolution_time": some_durations(draw),
        "csat": SatisfactionFigures(rated, share, 4.5)
        if rated
        else SatisfactionFigures(0, None, None),
        "sla": Attainment(due, share) if due else Attainment(0, None),
    }


NAMES = ("Ana Sousa", "陈 伟", "Somebody with a very long name indeed", "", "-")


def some_groups(draw: Random, *keys: str | None) -> list[Group]:
    return [Group(key=key, label=draw.choice(NAMES), **some_fields(draw)) for key in keys]


def report_of(seed: int) -> Report:
    draw = Random(seed)  # noqa: S311 - a report of a kind, not a secret
    first = date(2026, 1, 1)
    span = DateRange(first, first + timedelta(days=draw.choice([0, 6, 29, 89, 400])))
    parts = {by: some_groups(draw, *"12345"[: draw.randrange(6)]) for by in GROUPINGS}
    if draw.random() < 0.5:
        parts[GroupBy.AGENT] = [replace(one, tickets_created=None) for one in parts[GROUPINGS[0]]]
        parts[GroupBy.AGENT] += some_groups(draw, None)
    days = some_groups(draw, *(str(day) for day in range(1 + draw.randrange(35))))
    return Report(
        span=span,
        compared=ComparisonRange(span.previous_range),
        timezone="UTC",
        seq=1,
        total=Figures(**some_fields(draw)),
        before=Figures(**some_fields(draw)),
        groups={**parts, span.grain: days} if draw.random() < 0.7 else {},
    )


seeds = st.integers(0, 10**9)


def view_of(seed: int) -> ReportView:
    draw = Random(seed)  # noqa: S311 - likewise
    return ReportView(
        width=draw.choice([60, 79, 80, 119, draw.randrange(60, 200)]),
        measure=draw.choice(MEASURES),
        is_table=draw.random() < 0.5,
        is_business=draw.random() < 0.5,
    )


AGES = {bucket.key: 3 for bucket in AGE_BUCKETS}
few = settings(max_examples=25, deadline=None)


def text(sheet: Sheet, y: int) -> str:
    return "".join(part for part, _ in sheet.lines[y])


def cells_of(line: str, start: int, width: int) -> str:
    """Returns the text in these cells of a line."""
    place, found = 0, ""
    for letter in line:
        if start <= place < start + width:
            found += letter
        place += cell_len(letter)
    return found


@few
@given(seeds)
def test_every_number_on_the_sheet_is_the_answers_number(seed: int) -> None:
    report, view = report_of(seed), view_of(seed)
    sheet = lay_out_report(report, AGES, view)
    for spot in sheet.spots:
        assert isinstance(spot.cell, ReportCell)
        where, shown = (
            report.find_figures(spot.cell),
            spot.cell.pick_figure(is_business=view.is_business),
        )
        if spot.is_column or where is None or shown is None:
            continue
        said = view.format_figure(shown, where)
        assert cells_of(text(sheet, spot.y), spot.x, spot.width) in (said, said.replace(",", ""))


@few
@given(seeds)
def test_no_line_is_wider_than_the_screen_and_no_number_is_cut(seed: int) -> None:
    report, view = report_of(seed), view_of(seed)
    sheet = lay_out_report(report, AGES, view)
    for y in range(len(sheet.lines)):
        assert cell_len(text(sheet, y).rstrip()) <= view.width
    for spot in sheet.spots:
        assert 0 < spot.x <= spot.x + spot.width <= view.width
        if not spot.is_column:
            assert cells_of(text(sheet, spot.y), spot.x - 1, 1) == " "


@few
@given(seeds)
def test_the_keys_reach_every_number(seed: int) -> None:
    report, view = report_of(seed), view_of(seed)
    sheet = lay_out_report(report, AGES, view)
    assert sheet.spots == sorted(sheet.spots, key=lambda spot: (spot.y, spot.x))
    rows = sorted({spot.y for spot in sheet.spots})
    place, met = 0, [sheet.spots[0].y]
    for _ in rows[1:]:
        place = sheet.move_by_lines(place, 1)
        met.append(sheet.spots[place].y)
    assert met == rows
    assert sheet.move_by_lines(place, 1) == sheet.move_by_lines(place, 0)
    assert sheet.spots[sheet.move_by_lines(place, -99)].y == rows[0]


@few
@given(seeds)
def test_tab_comes_to_every_chapter_and_back_to_the_first(seed: int) -> None:
    report, view = report_of(seed), view_of(seed)
    sheet = lay_out_report(report, AGES, view)
    met = [place := sheet.move_by_chapter(0, 1)]
    while (place := sheet.move_by_chapter(place, 1)) not in met:
        met.append(place)
    assert 0 in {*met, sheet.move_by_chapter(met[-1], 1)}
    for place in met:
        assert sheet.move_by_chapter(sheet.move_by_chapter(place, 1), -1) == place


@few
@given(seeds)
def test_charts_and_tables_have_all_figures_between_them(seed: int) -> None:
    report, business = report_of(seed), bool(seed % 2)
    met = set()
    for measure in MEASURES:
        view = ReportView(width=80, measure=measure, is_table=True, is_business=business)
        met |= {
            (spot.cell.part, spot.cell.key, spot.cell.path)
            for spot in lay_out_report(report, AGES, view).spots
            if isinstance(spot.cell, ReportCell)
        }
    paths = {one.path for one in FIGURES if ".business." not in one.path}
    assert {path for part, _, path in met if part == "total"} == paths
    for group_by, found in report.groups.items():
        for group in found:
            assert {
                path for part, key, path in met if (part, key) == (group_by, group.key)
            } == paths


@few
@given(seeds)
def test_every_number_says_what_it_is(seed: int) -> None:
    report, view = report_of(seed), view_of(seed)
    for spot in lay_out_report(report, AGES, view).spots:
        assert isinstance(spot.cell, ReportCell)
        called, when, says = descriptions.describe_figure(
            report, spot.cell, AGES, is_business=view.is_business
        )
        assert called
        assert when
        assert len(says) > 20


def flat(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {one for name, below in value.items() for one in flat(below, f"{path}.{name}")}
    return {path[1:]}


@given(seeds)
def test_every_field_of_an_answer_is_a_figure_and_the_other_way_round(seed: int) -> None:
    answer = report_of(seed).total
    builtins = msgspec.to_builtins(answer)
    assert {one.path for one in FIGURES} == flat(builtins)
    assert len({one.name for one in FIGURES}) == len(FIGURES)
    for one in FIGURES:
        value: Any = builtins
        for name in one.path.split("."):
            value = value[name]
        assert one.read_value(answer) == value
        assert count_figure_rows(one, answer) >= 0


def test_definitions_fit_into_two_lines_of_the_screen_of_eighty() -> None:
    assert [one.path for one in FIGURES if len(one.says) > 140] == []
    assert all(one.says.endswith(".") for one in FIGURES)


def test_every_duration_has_its_business_time_and_nothing_else_has() -> None:
    for one in FIGURES:
        has = one.business_variant is not one or ".business." in one.path
        assert has == (one.unit is Unit.SECONDS or one.path.endswith("_time.n") or has)
    assert (
        find_figure("response_time.median").business_variant.path == "response_time.business.median"
    )
    assert find_figure("backlog").business_variant is find_figure("backlog")
    assert len({one.path for one in HEADLINES}) == 8


@pytest.mark.parametrize("hours", [0, 0.9, 1, 7.9, 8, 24, 71, 72, 168, 719, 721, 9999])
def test_a_ticket_is_of_one_age(hours: float) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    class Ticket:
        created_at = now - timedelta(hours=hours)

    found = group_by_age([Ticket()], now)  # type: ignore[list-item]
    assert sum(map(len, found.values())) == 1
    since = next(bucket.since for bucket in AGE_BUCKETS if found[bucket.key])
    assert since <= hours * 3600
    assert [bucket.since for bucket in AGE_BUCKETS] == sorted(
        bucket.since for bucket in AGE_BUCKETS
    )


def test_sheets_side_by_side_keep_their_numbers() -> None:
    one, other = Sheet(), Sheet()
    one.write_line((" a ", "plain"), SheetNumber("A", "1"))
    other.write_line((" 陈 ", "plain"), SheetNumber("B", " 22 "))
    both = join_side_by_side([one, other], 10)
    assert [(spot.cell, spot.x, spot.width) for spot in both.spots] == [("A", 3, 1), ("B", 15, 2)]
    assert text(both, 0) == " a 1       陈  22   "
