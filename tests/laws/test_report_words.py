"""The words for amounts, changes, days and charts: nothing is made up, and nothing is hidden."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.reports import GroupBy, SummaryQuery
from tui.reports import charts, csv_file, date_ranges, wallboard_cards
from tui.reports.date_ranges import PRESETS, DateRange, InvalidDateRange
from tui.reports.figure_definitions import Unit
from tui.reports.formatted_amounts import (
    choose_change_style,
    format_amount,
    format_change,
    format_duration,
    format_exact_amount,
    format_percentage,
)
from tui.reports.refresh_pace import LEAST_SECONDS, RefreshPace

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
seconds = st.floats(0, 5e8)
days = st.dates(date(1990, 1, 1), date(2049, 1, 1))
spans_of_days = st.tuples(days, days).map(lambda pair: DateRange(min(pair), max(pair)))


def heard(said: str) -> tuple[float, float]:
    """The seconds that somebody reads, and how much one step of what is said makes."""
    parts = re.findall(r"([\d,.]+)([smhd])", said)
    value = sum(float(number.replace(",", "")) * UNITS[unit] for number, unit in parts)
    number, unit = parts[-1]
    return value, UNITS[unit] * (0.1 if "." in number else 1)


@given(value=seconds, is_business=st.booleans())
def test_a_duration_is_rounded_to_the_nearest_it_can_say(
    value: float, *, is_business: bool
) -> None:
    read, step = heard(format_duration(value, is_business=is_business))
    assert abs(read - value) <= step / 2 + 1e-6


@given(value=seconds, is_business=st.booleans())
def test_no_unit_is_full(value: float, *, is_business: bool) -> None:
    most = {"s": 60, "m": 60, "h": 1e9 if is_business else 24, "d": 1e9}
    for number, unit in re.findall(
        r"([\d,.]+)([smhd])", format_duration(value, is_business=is_business)
    ):
        assert float(number.replace(",", "")) < most[unit]


@given(seconds)
def test_business_time_has_no_days(value: float) -> None:
    assert "d" not in format_duration(value, is_business=True)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0.0s"),
        (8.24, "8.2s"),
        (59.96, "1m 00s"),
        (271.48, "4m 31s"),
        (3599.6, "1h 00m"),
        (7800, "2h 10m"),
        (86_399, "1d 00h"),
        (273_600, "3d 04h"),
    ],
)
def test_durations_as_people_say_them(value: float, said: str) -> None:
    assert format_duration(value) == said


@pytest.mark.parametrize("unit", Unit)
def test_what_is_not_there_is_a_dash_and_zero_is_not(unit: Unit) -> None:
    assert format_amount(None, unit) == "-"
    assert format_amount(0, unit).startswith("0")
    assert format_exact_amount(None, unit) == "nothing to count"


@given(st.floats(0, 100))
def test_a_percentage_is_all_or_nothing_only_where_it_is(value: float) -> None:
    said = format_percentage(value)
    assert (said == "100 %") == (value == 100)
    assert (said == "0 %") == (value == 0)
    if said[0] not in "<>":
        digits = said.removesuffix(" %").partition(".")[2]
        assert abs(float(said[:-2]) - value) <= 0.5 * 10 ** -len(digits) + 1e-9


@given(seconds, seconds, st.sampled_from(Unit))
def test_a_change_says_its_direction_in_sign_and_word(
    now: float, before: float, unit: Unit
) -> None:
    said = format_change(now, before, unit)
    words = {"+": ("more", "slower", "higher"), "-": ("fewer", "faster", "lower")}
    if now == before:
        assert said == "the same"
        assert choose_change_style(now, before, unit) == "dim"
    else:
        assert said.endswith(words["+" if now > before else "-"])
        assert said[0] == ("+" if now > before else "-")


@pytest.mark.parametrize("pair", [(None, 1), (1, None), (None, None)])
def test_nothing_is_compared_with_nothing(pair: tuple[float | None, float | None]) -> None:
    assert format_change(*pair, Unit.SECONDS) == ""
    assert choose_change_style(*pair, Unit.SECONDS) == "dim"


def test_faster_is_good_and_a_lower_share_is_bad() -> None:
    assert choose_change_style(1, 2, Unit.SECONDS) == "good"
    assert choose_change_style(90, 95, Unit.PERCENT) == "bad"
    assert choose_change_style(90, 95, Unit.COUNT) == "dim"


# -- charts


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.integers(1, 60))
def test_a_longer_bar_is_never_less(one: float, other: float, width: int) -> None:
    most = max(one, other)
    small, large = charts.draw_bar(min(one, other), most, width), charts.draw_bar(most, most, width)
    assert len(small) <= len(large) <= width
    assert bool(small) == (min(one, other) > 0)
    if most:
        assert large == "█" * width


values = st.lists(st.none() | st.just(0.0) | st.floats(0.001, 1e6), min_size=1, max_size=40)


@given(values, st.integers(1, 8), st.integers(1, 6))
def test_columns_are_as_high_as_their_values(
    given_: list[float | None], height: int, thickness: int
) -> None:
    lines = charts.draw_columns(given_, height, thickness)
    assert len(lines) == height
    assert {len(line) for line in lines} == {len(given_) * thickness}
    stacks = ["".join(line[place * thickness] for line in lines) for place in range(len(given_))]
    scale = {sign: level for level, sign in enumerate(" ▁▂▃▄▅▆▇█")}
    heights = []
    for value, stack in zip(given_, stacks, strict=True):
        if value is None:
            assert stack.strip() == charts.ABSENT_MARK
        elif value == 0:
            assert stack.strip() == charts.ZERO_MARK
        else:
            heights.append((value, sum(scale[sign] for sign in stack)))
    levels = [level for _, level in sorted(heights)]
    assert levels == sorted(levels)
    assert all(level >= 1 for level in levels)


# -- days


@given(spans_of_days)
def test_the_period_before_is_as_long_and_ends_where_this_begins(span: DateRange) -> None:
    assert span.previous_range.days == span.days
    assert span.previous_range.end == span.start


@given(spans_of_days, days, st.integers(0, 86_399))
def test_days_that_are_not_over_are_compared_with_as_much_of_those_before(
    span: DateRange, day: date, second: int
) -> None:
    now = datetime.combine(day, time(), UTC) + timedelta(seconds=second)
    begin = datetime.combine(span.first, time(), UTC)
    compared = date_ranges.find_comparison(span, now)
    assert compared.span == span.previous_range
    if begin <= now < begin + timedelta(days=span.days):
        assert compared.until == now - timedelta(days=span.days)
        assert compared.label.endswith(f", until {now:%H:%M}")
    else:
        assert (compared.end, compared.label) == (span.start, span.previous_range.label)


@given(spans_of_days)
def test_a_chart_has_no_more_columns_than_it_can_show(span: DateRange) -> None:
    assert (span.grain is GroupBy.DAY) == (span.days <= 31)
    assert span.grain is not GroupBy.WEEK or span.days <= 217


@given(spans_of_days)
def test_what_is_typed_is_understood(span: DateRange) -> None:
    assert date_ranges.parse_date_range(f"{span.first} {span.last}") == span
    assert date_ranges.parse_date_range(f" {span.first} - {span.last}") == span
    assert date_ranges.parse_date_range(str(span.first)) == DateRange(span.first, span.first)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "two dates"),
        ("yesterday", "two dates"),
        ("2026-10-01 2026-10-02 2026-10-03", "two dates"),
        ("2026-02-30", "no day 2026-02-30"),
        ("2026-10-02 2026-10-01", "comes after"),
        ("1000-01-01 2026-01-01", "between 1970 and 2100"),
        ("9999-12-31", "between 1970 and 2100"),
        ("1970-01-01 2099-01-01", "longer than 60 years"),
    ],
)
def test_what_is_no_span_is_refused_in_words(text: str, word: str) -> None:
    with pytest.raises(InvalidDateRange, match=word):
        date_ranges.parse_date_range(text)


@given(days)
def test_presets_end_today(today: date) -> None:
    for preset in PRESETS:
        assert preset.range_until(today).last == today
        assert preset.range_until(today).days == preset.days


def test_dates_are_said_as_people_write_them() -> None:
    assert DateRange(date(2026, 10, 25), date(2026, 11, 23)).label == "25 Oct - 23 Nov 2026"
    assert DateRange(date(2025, 12, 30), date(2026, 1, 2)).label == "30 Dec 2025 - 2 Jan 2026"
    assert DateRange(date(2026, 1, 2), date(2026, 1, 2)).label == "2 Jan 2026"


# -- files


def test_a_saved_report_overwrites_nothing(tmp_path: Path) -> None:
    query = SummaryQuery(from_="2026-10-25", to="2026-11-24", group_by=GroupBy.AGENT)
    name = csv_file.make_file_name(4821, query)
    assert name == "deskwire-4821-2026-10-25-to-2026-11-24-by-agent.csv"
    paths = [csv_file.save_csv(raw, name, tmp_path) for raw in (b"one", b"two", b"three")]
    assert [path.read_bytes() for path in paths] == [b"one", b"two", b"three"]
    assert [path.stem[-2:] for path in paths] == ["nt", "-2", "-3"]
    assert "-by-" not in csv_file.make_file_name(4821, SummaryQuery(from_="a", to="b"))


# -- the wall


@given(seconds)
def test_a_large_time_has_only_signs_that_large_digits_have(value: float) -> None:
    large, unit = wallboard_cards.format_clock_time(value)
    assert re.fullmatch(r"\d+:[0-5]\d|[\d.]+", large)
    assert unit in {"min:s", "h:min", "days"}


# -- when to ask


@given(st.lists(st.tuples(st.sampled_from(["change", "answer"]), st.floats(0, 3)), max_size=60))
def test_after_every_change_a_question_is_due_and_never_two_within_a_second(
    happenings: list[tuple[str, float]],
) -> None:
    pace, now = RefreshPace(), 1000.0
    asked: list[float] = []
    due: float | None = None
    is_under_way = False
    last_change = 0.0
    for what, later in [*happenings, *[("answer", 200.0)] * 3]:
        end = now + later
        if due is not None and due <= end:
            now, due, is_under_way = max(due, now), None, True
            pace.record_start(now)
            asked.append(now)
        now = end
        wait: float | None = None
        if what == "change":
            wait, last_change = pace.request_refresh(now), now
        elif is_under_way:
            is_under_way, wait = False, pace.record_end(now)
        due = due if wait is None else now + wait
    assert all(late - soon > LEAST_SECONDS - 1e-6 for soon, late in pairwise(asked))
    assert last_change == 0 or asked[-1] >= last_change


def test_a_failure_is_followed_by_another_try() -> None:
    pace = RefreshPace()
    assert pace.request_refresh(0) == 0
    pace.record_start(0)
    assert pace.record_end(1, failed=True) == 5
