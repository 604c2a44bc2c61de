"""The counting clock says how long is left, in a column of seven cells, and never lies."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from common.tickets.sla import SlaState
from common.tickets.ticket import WaitingOn
from common.wire import SlaView, TicketView
from tests.support.tickets import NOON, promised, view
from tui.model.countdown import (
    WIDTH,
    choose_clock_style,
    format_sla_cell,
    format_sla_sentence,
    format_time_left,
)
from tui.model.next_sla import RunningSlaTarget, find_next_target

Seconds = st.integers(-(10**10), 10**10)
DAY = timedelta(days=1)
SCALE = {"m": 60, "h": 3600, "d": 86_400}


def ticket(sla: SlaView | None, **fields: object) -> TicketView:
    return view(1, sla=sla, **fields)


def understood(text: str) -> int:
    """The least number of seconds that a reading may stand for."""
    text = text.lstrip("-")
    if ":" in text:
        minutes, seconds = text.split(":")
        return int(minutes) * 60 + int(seconds)
    if "h" in text:
        hours, minutes = text.split("h")
        return int(hours) * 3600 + int(minutes) * 60
    return int(text.removesuffix("d")) * 86_400


@given(Seconds)
def test_a_reading_fits_and_says_what_is_left_to_the_unit_it_names(left: int) -> None:
    text = format_time_left(left)
    assert len(text) < WIDTH
    assert text.startswith("-") == (left <= 0)
    exact = 1 if ":" in text else 60 if "h" in text else 86_400
    if abs(left) < 9999 * 86_400:
        assert understood(text) <= abs(left) < understood(text) + exact


@given(Seconds, st.integers(1, 10**6))
def test_less_time_left_never_reads_as_more(left: int, later: int) -> None:
    now, then = format_time_left(left), format_time_left(left - later)
    if left - later > 0:
        assert understood(then) <= understood(now)
    elif left <= 0:
        assert understood(then) >= understood(now)


@given(st.floats(-(10**6), 10**6), st.sampled_from(SlaState))
def test_the_list_marks_what_is_overdue_whatever_the_server_has_said_yet(
    left: float, state: SlaState
) -> None:
    due = NOON + timedelta(seconds=left)
    shown = ticket(promised(state, resolution_due=due))
    text = format_sla_cell(shown, NOON)
    assert cell_len(text) == WIDTH
    if due <= NOON:
        assert text.strip().startswith("-")
        assert (text[-1], choose_clock_style(shown, NOON)) == ("!", "clock-breached")


@given(st.timedeltas(timedelta(seconds=-3), timedelta(seconds=3)), st.timedeltas(timedelta(0), DAY))
def test_a_clock_is_overdue_from_its_very_instant_on_and_never_before(
    left: timedelta, hour: timedelta
) -> None:
    now = NOON + hour
    nearest = RunningSlaTarget("resolution", now + left)
    assert (nearest.seconds_left(now) <= 0) == (left <= timedelta(0))
    on_the_second = nearest.seconds_left(now.replace(microsecond=0))
    assert nearest.seconds_left(now) == (
        on_the_second if left > timedelta(0) else min(on_the_second, 0)
    )


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (11, "00:11"),
        (0, "-00:00"),
        (-4, "-00:04"),
        (3599, "59:59"),
        (3600, "1h00"),
        (7800, "2h10"),
        (-7800, "-2h10"),
        (2 * 86_400 - 1, "47h59"),
        (3 * 86_400 + 5, "3d"),
        (-(10**12), "-9999d"),
    ],
)
def test_how_a_clock_reads(left: int, text: str) -> None:
    assert format_time_left(left) == text


def test_the_promise_that_breaks_first_is_the_one_that_counts() -> None:
    def at(minutes: int) -> datetime:
        return NOON + timedelta(minutes=minutes)

    shown = ticket(promised(first_response_due=at(30), resolution_due=at(20)))
    nearest = find_next_target(shown)
    assert nearest is not None
    assert (nearest.target, nearest.due) == ("resolution", at(20))
    assert find_next_target(ticket(promised())) is None
    assert find_next_target(ticket(None)) is None


def due(target: str, state: SlaState = SlaState.OK, **left: int) -> SlaView:
    return promised(state, **{f"{target}_due": NOON + timedelta(**left)})


@pytest.mark.parametrize(
    ("sla", "in_list", "in_words"),
    [
        (due("first_response", minutes=12), " 12:00 ", "first response due in 12:00"),
        (due("next_response", SlaState.AT_RISK, seconds=9), " 00:09▴", "next response due in"),
        (due("resolution", SlaState.BREACHED, hours=-3), " -3h00!", "resolution overdue by"),
        (due("resolution", SlaState.BREACHED, hours=3), "  3h00!", "resolution due in 3h00"),
        (
            promised(SlaState.BREACHED),
            "breach!",
            "breached: an SLA target was missed, none runs now",
        ),
        (promised(SlaState.PAUSED), "paused", "the clock is paused, waiting on the customer"),
        (promised(SlaState.MET), "", "all SLA targets met"),
        (None, "", ""),
    ],
)
def test_what_the_list_and_the_head_say(sla: SlaView | None, in_list: str, in_words: str) -> None:
    shown = ticket(sla, waiting_on=WaitingOn.CUSTOMER)
    assert format_sla_cell(shown, NOON) == in_list
    said = format_sla_sentence(shown, NOON)
    assert said.startswith(in_words)
    if sla and find_next_target(shown):
        # What is overdue is breached.
        state = "" if "overdue" in said else f"· {sla.state.replace('_', ' ')}"
        assert said.endswith(state or ")")
