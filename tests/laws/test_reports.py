"""The pure rules of reports: exact distributions, days of a zone, what is encoded is decoded."""

from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.reports import distribution, periods
from server.domain.reports.backlog_growth import FiledTicket
from server.domain.reports.interval_kinds import INTO_BACKLOG, LISTED_KINDS, OUT_OF_BACKLOG
from server.domain.reports.periods import Period, parse_instant, split_period
from server.domain.reports.rollup import (
    IntervalRow,
    compute_rollup,
    decode_rollup,
    encode_rollup,
)
from server.domain.timestamps import to_microseconds
from tests.support import report_reference

HOUR = 3600 * 1_000_000
ROME = ZoneInfo("Europe/Rome")
ZONES = st.sampled_from(
    ["UTC", "Europe/Rome", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Asia/Beirut"]
)
ROWS = st.builds(
    IntervalRow,
    kind=st.sampled_from([int(kind) for kind in (*LISTED_KINDS, *INTO_BACKLOG, *OUT_OF_BACKLOG)]),
    at=st.integers(0, 86_400 * 10**6),
    number=st.integers(1, 10**7),
    agent=st.integers(0, 9999),
    category=st.sampled_from(["a", "b", "c"]),
    priority=st.integers(0, 3),
    value=st.integers(0, 10**15),
    business=st.integers(0, 10**15),
)
FILED = st.builds(
    FiledTicket,
    number=st.integers(1, 10**7),
    at=st.integers(0, 86_400 * 10**6),
    category=st.sampled_from(["a", "d"]),
    priority=st.integers(0, 3),
    counts=st.booleans(),
)


@given(st.lists(st.one_of(st.integers(0, 100), st.integers(0, 2**62)), max_size=60))
def test_a_distribution_is_the_exact_one_rounded_once(values: list[int]) -> None:
    told = distribution.compute_distribution(np.array(values, dtype=np.int64))
    exact = report_reference.distribution([Fraction(value, 1_000_000) for value in values])
    assert told._asdict() == exact


@given(ZONES, st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 500), st.data())
def test_days_weeks_and_months_cover_their_range_without_a_gap(
    zone: str, first: date, hours: int, data: st.DataObject
) -> None:
    start = to_microseconds(parse_instant(first.isoformat(), ZoneInfo(zone))) + data.draw(
        st.integers(0, HOUR)
    )
    whole = Period(start, start + hours * HOUR + data.draw(st.integers(0, HOUR)))
    for unit in ("day", "week", "month"):
        parts = split_period(whole, unit, ZoneInfo(zone))
        assert (parts[0][1].start, parts[-1][1].end) == whole
        assert all(one.end == other.start for (_, one), (_, other) in pairwise(parts))
        assert len({key for key, _ in parts}) == len(parts)


def test_a_day_has_23_or_25_hours_when_it_has() -> None:
    for first, last, lengths in (
        ("2026-03-28", "2026-03-31", [24, 23, 24]),
        ("2026-10-24", "2026-10-27", [24, 25, 24]),
    ):
        whole = Period(
            to_microseconds(parse_instant(first, ROME)), to_microseconds(parse_instant(last, ROME))
        )
        days = split_period(whole, "day", ROME)
        assert [(part.end - part.start) // HOUR for _, part in days] == lengths


def test_weeks_begin_on_monday_and_are_those_of_iso_8601() -> None:
    whole = Period(
        to_microseconds(parse_instant("2025-12-28", ROME)),
        to_microseconds(parse_instant("2026-01-12", ROME)),
    )
    assert [key for key, _ in split_period(whole, "week", ROME)] == [
        "2025-W52",
        "2026-W01",
        "2026-W02",
    ]


def test_what_is_no_instant_is_told_in_words() -> None:
    for text in ("", "now", "2026-01-01T00:00:00", "2026-13-01", "2026-1-1", "0001-01-01"):
        with pytest.raises(ValueError, match="must"):
            parse_instant(text, ROME)
    assert parse_instant("2026-07-01", ROME) == datetime.fromisoformat("2026-06-30T22:00:00Z")


def test_more_periods_than_a_chart_can_show_are_refused() -> None:
    whole = Period(
        to_microseconds(parse_instant("1950-01-01", ROME)),
        to_microseconds(parse_instant("2026-01-01", ROME)),
    )
    with pytest.raises(ValueError, match=str(periods.MAX_PERIODS)):
        split_period(whole, "day", ROME)


@given(st.lists(ROWS, max_size=30), st.lists(FILED, max_size=10))
def test_a_rollup_is_decoded_as_it_was_encoded(
    rows: list[IntervalRow], filed: list[FiledTicket]
) -> None:
    rollup = compute_rollup(rows, filed)
    again = decode_rollup(encode_rollup(rollup), rollup.net)
    assert again.categories == rollup.categories
    assert again.rows.keys() == rollup.rows.keys()
    for kind, columns in rollup.rows.items():
        for ours, theirs in zip(columns, again.rows[kind], strict=True):
            assert np.array_equal(ours, theirs)
    assert np.array_equal(again.ups, rollup.ups)
    assert np.array_equal(again.downs, rollup.downs)
    net = rollup.net
    for by in (net.agent, net.category, net.priority):
        assert sum(by.values()) == net.total
