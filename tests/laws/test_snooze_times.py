"""Times as an agent types them: always ahead, in the zone of the desk, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.model.snooze_times import MORNING, SnoozeTimeError, parse_snooze_time

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata")]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
moments = st.builds(
    lambda minutes, zone: (datetime(2026, 1, 1, tzinfo=UTC) + minutes).astimezone(zone),
    st.integers(0, 365 * 24 * 60).map(lambda count: timedelta(minutes=count)),
    st.sampled_from(ZONES),
)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def shown(at: datetime) -> tuple[date, time]:
    return at.date(), at.time().replace(second=0, microsecond=0)


def exists(at: datetime) -> bool:
    """Returns whether the clocks show this time at all."""
    return at.astimezone(UTC).astimezone(at.tzinfo).time() == at.time()


@given(moments, st.text(" 0123456789:dhmwtomorrowmonfrinext-", max_size=14))
def test_whatever_is_typed_means_a_time_ahead_or_is_refused(now: datetime, text: str) -> None:
    try:
        at = parse_snooze_time(text, now)
    except SnoozeTimeError:
        return
    else:
        assert timedelta() < at.astimezone(UTC) - now.astimezone(UTC) <= timedelta(days=366)
        assert at.utcoffset() == at.astimezone(UTC).astimezone(now.tzinfo).utcoffset()


@given(moments, st.integers(1, 300))
def test_days_keep_the_time_of_day(now: datetime, days: int) -> None:
    wanted = now + timedelta(days=days)
    if exists(wanted):
        assert shown(parse_snooze_time(f"{days}d", now)) == shown(wanted)


@given(moments, st.integers(1, 99), st.integers(1, 59))
def test_hours_and_minutes_are_as_long_as_they_are(now: datetime, hours: int, minutes: int) -> None:
    at = parse_snooze_time(f"in {hours}h {minutes}m", now)
    assert at.astimezone(UTC) - now.astimezone(UTC) == timedelta(hours=hours, minutes=minutes)


@given(moments, st.sampled_from(WEEKDAYS), times)
def test_a_weekday_is_the_next_one_and_never_today(now: datetime, day: str, at: time) -> None:
    wanted = parse_snooze_time(f"{day} {at:%H:%M}", now)
    assert 1 <= (wanted.date() - now.date()).days <= 7
    assert WEEKDAYS[wanted.weekday()] == day
    if exists(datetime.combine(wanted.date(), at, tzinfo=now.tzinfo)):
        assert shown(wanted)[1] == at


@given(moments, times)
def test_a_time_alone_is_the_next_such_time(now: datetime, at: time) -> None:
    wanted = parse_snooze_time(f"{at:%H:%M}", now)
    assert (wanted.date() - now.date()).days in {0, 1}
    assert wanted > now


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tomorrow 9", "2026-12-01 09:00"),
        ("TOMORROW", "2026-12-01 09:00"),
        ("tom 9:30 pm", "2026-12-01 21:30"),
        ("mon", "2026-12-07 09:00"),
        ("monday at 8", "2026-12-07 08:00"),
        ("tue", "2026-12-01 09:00"),
        ("3d", "2026-12-03 15:20"),
        ("1w 2d", "2026-12-09 15:20"),
        ("90m", "2026-11-30 16:50"),
        ("next week", "2026-12-07 09:00"),
        ("today 17", "2026-11-30 17:00"),
        ("15", "2026-12-01 15:00"),
        ("16", "2026-11-30 16:00"),
        ("24 dec", "2026-12-24 09:00"),
        ("24 december 8:30", "2026-12-24 08:30"),
        ("1 mar", "2027-03-01 09:00"),
        ("2027-01-04 10", "2027-01-04 10:00"),
    ],
)
def test_what_is_typed_on_a_monday_afternoon(text: str, wanted: str) -> None:
    now = datetime(2026, 11, 30, 15, 20, tzinfo=ZoneInfo("Europe/Rome"))
    assert f"{parse_snooze_time(text, now):%Y-%m-%d %H:%M}" == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Type a time"),
        ("soon", "Type a time"),
        ("25", "Type a time"),
        ("31 feb", "Type a time"),
        ("mon 9 x", "Type a time"),
        ("13 pm", "Type a time"),
        ("today 9", "is over"),
        ("0d", "is over"),
        ("2020-01-01", "is over"),
        ("9999w", "more than a year"),
    ],
)
def test_what_means_no_time_is_refused_with_the_reason(text: str, reason: str) -> None:
    now = datetime(2026, 11, 30, 15, 20, tzinfo=UTC)
    with pytest.raises(SnoozeTimeError, match=reason):
        parse_snooze_time(text, now)


def test_a_time_that_the_clocks_leave_out_is_read_as_so_much_later() -> None:
    now = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Rome"))
    assert f"{parse_snooze_time('tomorrow 2:30', now):%H:%M}" == "03:30"
    assert time(9) == MORNING
