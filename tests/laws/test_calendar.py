"""Business time: one table for what has passed and for what is due, also where clocks jump."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.organization import ALWAYS_OPEN, BusinessHours, Span
from server.domain.calendar import DAY, MINUTE, Calendar, get_calendar

HOUR = 60 * MINUTE
ROME, SYDNEY = "Europe/Rome", "Australia/Sydney"
ZONES = [
    "UTC",
    ROME,
    SYDNEY,
    "America/Sao_Paulo",
    "Australia/Lord_Howe",  # jumps by half an hour
    "America/Santiago",  # jumps at midnight
    "Asia/Kathmandu",
    "Pacific/Apia",  # left a whole day out in 2011
]
JUMPS = [
    datetime(2026, 3, 29, tzinfo=UTC),
    datetime(2026, 10, 25, tzinfo=UTC),
    datetime(2026, 4, 5, tzinfo=UTC),
    datetime(2026, 10, 4, tzinfo=UTC),
    datetime(2026, 9, 6, tzinfo=UTC),
    datetime(2011, 12, 30, tzinfo=UTC),
    datetime(2018, 11, 4, tzinfo=UTC),
    datetime(2026, 12, 31, tzinfo=UTC),
]

texts = st.integers(0, 96).map(lambda n: f"{n // 4:02d}:{n % 4 * 15:02d}")


def paired(times: list[str]) -> tuple[Span, ...]:
    return tuple(zip(times[::2], times[1::2], strict=False))


spans = st.lists(texts, max_size=6, unique=True).map(sorted).map(paired)
instants = st.builds(
    lambda day, off: day + timedelta(microseconds=off),
    st.sampled_from(JUMPS),
    st.integers(-3 * DAY, 3 * DAY),
)
calendars = st.builds(
    Calendar,
    st.sampled_from(ZONES),
    st.builds(BusinessHours, *[spans] * 7) | st.just(ALWAYS_OPEN),
    st.lists(st.sampled_from(["2026-03-29", "2026-04-06", "2026-10-25"]), unique=True).map(tuple),
)
amounts = st.integers(0, 40 * HOUR)


@given(calendars, instants, amounts)
def test_as_much_has_passed_at_the_due_instant_as_was_asked_for(
    calendar: Calendar, start: datetime, amount: int
) -> None:
    due = calendar.add_business_time(start, amount)
    if due is None:
        assert calendar.measure_business_time(start, start + timedelta(days=3650)) < amount
    else:
        assert calendar.measure_business_time(start, due) == amount
        assert due >= start


@given(calendars, instants, st.integers(1, 40 * HOUR))
def test_a_moment_before_it_was_not_due(calendar: Calendar, start: datetime, amount: int) -> None:
    due = calendar.add_business_time(start, amount)
    if due is not None:
        assert calendar.measure_business_time(start, due - timedelta(microseconds=1)) == amount - 1


@given(calendars, instants, instants, instants)
def test_parts_add_up_to_the_whole(
    calendar: Calendar, one: datetime, two: datetime, three: datetime
) -> None:
    first, second, third = sorted([one, two, three])
    parts = calendar.measure_business_time(first, second) + calendar.measure_business_time(
        second, third
    )
    assert parts == calendar.measure_business_time(first, third)


@given(calendars, instants, instants)
def test_time_only_grows_and_never_faster_than_the_clock(
    calendar: Calendar, one: datetime, two: datetime
) -> None:
    first, second = sorted([one, two])
    passed = (second - first) // timedelta(microseconds=1)
    assert 0 <= calendar.measure_business_time(first, second) <= passed
    assert calendar.measure_business_time(second, first) == 0


@given(calendars, instants, amounts, amounts)
def test_more_is_due_later(calendar: Calendar, start: datetime, one: int, two: int) -> None:
    sooner, later = (calendar.add_business_time(start, amount) for amount in sorted([one, two]))
    if later is not None:
        assert sooner is not None
        assert sooner <= later


@settings(max_examples=60)
@given(
    st.sampled_from(ZONES),
    spans,
    st.sampled_from(JUMPS),
    st.integers(-100, 100),
    st.integers(0, 200),
)
def test_it_is_open_whenever_the_clock_on_the_wall_is_within_a_span(
    zone: str, day: tuple[Span, ...], jump: datetime, begin: int, quarters: int
) -> None:
    """Spans lie on quarters of an hour, and so do all jumps: a quarter is open or it is not."""
    start = jump + timedelta(minutes=15 * begin)
    open_quarters = 0
    for n in range(quarters):
        wall = (start + timedelta(minutes=15 * n)).astimezone(ZoneInfo(zone)).strftime("%H:%M")
        open_quarters += any(opens <= wall < closes for opens, closes in day)
    calendar = Calendar(zone, BusinessHours(*[day] * 7), ())
    end = start + timedelta(minutes=15 * quarters)
    assert calendar.measure_business_time(start, end) == open_quarters * 15 * MINUTE


OFFICE = BusinessHours(*[(("09:00", "12:00"), ("13:00", "17:00"))] * 5)


@pytest.mark.parametrize(
    ("zone", "friday"),
    [
        ("UTC", date(2026, 4, 3)),
        (ROME, date(2026, 3, 27)),  # forward on the Sunday between
        (ROME, date(2026, 10, 23)),  # back
        (SYDNEY, date(2026, 4, 3)),
        (SYDNEY, date(2026, 10, 2)),
    ],
)
def test_scenario_15_urgent_on_friday_at_1650_is_due_on_tuesday_at_0920(
    zone: str, friday: date
) -> None:
    monday, tuesday = friday + timedelta(days=3), friday + timedelta(days=4)
    calendar = Calendar(zone, OFFICE, (monday.isoformat(),))
    there = ZoneInfo(zone)
    arrived = datetime(friday.year, friday.month, friday.day, 16, 50, tzinfo=there)
    due = calendar.add_business_time(arrived, 30 * MINUTE)
    assert due == datetime(tuesday.year, tuesday.month, tuesday.day, 9, 20, tzinfo=there)
    assert due.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (ROME, date(2026, 3, 29), 23),
        (ROME, date(2026, 10, 25), 25),
        (SYDNEY, date(2026, 10, 4), 23),
        (SYDNEY, date(2026, 4, 5), 25),
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_whole_day_has_the_hours_that_its_clock_shows(zone: str, day: date, hours: int) -> None:
    calendar = Calendar(zone, BusinessHours(sun=(("00:00", "24:00"),)), ())
    here = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    week = timedelta(days=3)
    assert calendar.measure_business_time(here - week, here + week) == hours * HOUR


@pytest.mark.parametrize(
    ("span", "day", "minutes"),
    [
        (("02:15", "02:45"), date(2026, 3, 29), 0),  # never shown
        (("02:30", "03:30"), date(2026, 3, 29), 30),
        (("02:15", "02:45"), date(2026, 10, 25), 60),  # shown twice
        (("01:00", "04:00"), date(2026, 10, 25), 240),
    ],
)
def test_a_span_over_the_jump_counts_what_the_clock_shows(
    span: Span, day: date, minutes: int
) -> None:
    calendar = Calendar(ROME, BusinessHours(sun=(span,)), ())
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(ROME))
    assert calendar.measure_business_time(noon - timedelta(days=1), noon) == minutes * MINUTE


def test_a_holiday_is_closed_and_its_neighbours_are_not() -> None:
    calendar = Calendar("UTC", ALWAYS_OPEN, ("2026-12-25",))
    start = datetime(2026, 12, 24, tzinfo=UTC)
    assert calendar.measure_business_time(start, start + timedelta(days=3)) == 2 * DAY


def test_without_any_open_hour_nothing_passes_and_nothing_is_due() -> None:
    calendar = Calendar("UTC", BusinessHours(), ())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert calendar.measure_business_time(start, start + timedelta(days=400)) == 0
    assert calendar.add_business_time(start, 1) is None
    assert calendar.add_business_time(start, 0) == start


def test_years_are_as_exact_as_days() -> None:
    """16 years of an office: every Monday to Friday has seven hours."""
    calendar = Calendar("Asia/Kathmandu", OFFICE, ())
    start = datetime(2010, 1, 4, tzinfo=ZoneInfo("Asia/Kathmandu"))
    weeks = 52 * 16
    assert (
        calendar.measure_business_time(start, start + timedelta(weeks=weeks))
        == weeks * 5 * 7 * HOUR
    )
    last_friday = start + timedelta(weeks=weeks - 1, days=4)
    assert calendar.add_business_time(start, weeks * 35 * HOUR) == last_friday + timedelta(hours=17)


def test_the_ends_of_time_are_no_error() -> None:
    calendar = Calendar(ROME, OFFICE, ())
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert calendar.measure_business_time(first, first + timedelta(days=7)) == 5 * 7 * HOUR
    assert calendar.measure_business_time(last - timedelta(days=7), last) == 5 * 7 * HOUR
    assert calendar.add_business_time(last, 100 * HOUR) is None
    assert Calendar("UTC", ALWAYS_OPEN, ()).add_business_time(last, 100 * HOUR) is None


def test_the_same_settings_share_one_calendar() -> None:
    assert get_calendar(ROME, OFFICE, ()) is get_calendar(ROME, OFFICE, ())
