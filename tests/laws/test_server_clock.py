"""The workstation counts by the server's clock, however its machine's clock is set, or jumps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import clock
from tui.model.context import WorkstationContext
from tui.model.store import Store
from tui.server_clock import ServerClock
from tui.text import formatting

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
FAST = timedelta(hours=3)


class Machine:
    """A machine whose clocks stand until a test moves them, and a server with a right clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds, self.ahead, self.server = 1000.0, timedelta(0), ServerClock()
        monkeypatch.setattr(clock, "read_steady_clock", lambda: self.seconds)
        monkeypatch.setattr(clock, "read_wall_clock", lambda: self.right + self.ahead)

    @property
    def right(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds - 1000)

    def hear(self, delay: float = 0.0) -> None:
        """A heartbeat that was so many seconds under way."""
        self.server.add_heartbeat(self.right.timestamp() - delay, self.seconds)

    def answer(self, took: float = 0.0) -> None:
        """A request whose answer was written halfway."""
        date = int(self.right.timestamp() + took / 2)
        self.server.add_response_date(date, self.seconds, self.seconds + took)
        self.seconds += took

    @property
    def error(self) -> float:
        """By how many seconds the time that is told is wrong."""
        return abs((clock.read_server_time() - self.right).total_seconds())


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine(monkeypatch)
    clock.follow_server(made.server)
    yield made
    clock.follow_server(None)


def test_before_the_server_has_said_anything_the_machine_is_believed(machine: Machine) -> None:
    machine.ahead = FAST
    assert clock.read_server_time() == clock.read_wall_clock()
    assert clock.measure_skew() == timedelta(0)


@pytest.mark.parametrize("ahead", [FAST, -FAST, timedelta(days=400), timedelta(0)])
def test_a_clock_that_is_set_wrong_changes_nothing(machine: Machine, ahead: timedelta) -> None:
    machine.ahead = ahead
    machine.answer(took=0.2)
    assert machine.error <= 0.6
    machine.hear()
    assert machine.error < 0.001
    assert abs(clock.measure_skew() - ahead) < timedelta(milliseconds=1)


@pytest.mark.parametrize("ahead", [timedelta(hours=13), -timedelta(hours=13)])
def test_the_day_of_a_report_is_the_servers(machine: Machine, ahead: timedelta) -> None:
    machine.ahead = ahead
    machine.hear()
    assert WorkstationContext(Store()).now.date() == NOON.date() != clock.read_wall_clock().date()


def test_a_clock_that_jumps_changes_nothing(machine: Machine) -> None:
    machine.hear()
    for hours in (3, -5, 0, 48):
        machine.ahead = timedelta(hours=hours)
        machine.seconds += 7
        assert machine.error < 0.001


def test_heartbeats_that_came_late_count_less_than_one_that_came_soon(machine: Machine) -> None:
    for delay in (2.0, 0.03, 5.0, 0.8):
        machine.hear(delay)
        machine.seconds += 1
    assert machine.error <= 0.03 + 0.001


def test_a_backlog_that_is_heard_after_a_long_sleep_does_not_set_the_clock_back(
    machine: Machine,
) -> None:
    machine.hear()
    machine.seconds += 3600
    for late in range(15, 0, -1):
        machine.hear(delay=3600.0 * late / 15)
    assert machine.error < 0.001


def test_a_steady_clock_that_slept_is_put_right_by_the_next_heartbeat(machine: Machine) -> None:
    machine.hear()
    right = machine.right + timedelta(hours=8)
    machine.server.add_heartbeat(right.timestamp(), machine.seconds)
    assert abs((clock.read_server_time() - right).total_seconds()) < 0.001


def test_a_server_whose_clock_is_set_back_is_followed(machine: Machine) -> None:
    machine.hear()
    for _ in range(16):
        machine.hear(delay=60)
    assert abs(machine.error - 60) < 0.001


def test_answers_narrow_the_bounds_and_contradictions_begin_anew(machine: Machine) -> None:
    for _ in range(20):
        machine.answer(took=0.05)
        machine.seconds += 0.33
    assert machine.error < 0.1
    back = machine.right.timestamp() - 7200
    machine.server.add_response_date(int(back), machine.seconds, machine.seconds)
    assert abs(machine.error - 7200) <= 1


@given(st.lists(st.floats(0, 30), min_size=1, max_size=16), st.floats(-1e6, 1e6))
def test_the_error_is_at_most_the_shortest_delay(delays: list[float], offset: float) -> None:
    server = ServerClock()
    for n, delay in enumerate(delays):
        server.add_heartbeat(n + offset - delay, n)
    assert server.offset is not None
    assert abs(offset - server.offset - min(delays)) < 1e-6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, ""), (5, ""), (-5, ""), (6, "clock here 6s fast"), (-90, "clock here 1m slow"),
        (10_800, "clock here 3h fast"), (-200_000, "clock here 2d slow"),
    ],
)  # fmt: skip
def test_clocks_that_are_apart_are_told(seconds: int, text: str) -> None:
    assert formatting.format_clock_skew(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("header", [None, "", "yesterday", "Sun, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_that_is_none_is_passed_over(header: str | None) -> None:
    assert clock.parse_http_date(header) is None


def test_a_date_is_read() -> None:
    assert clock.parse_http_date("Sun, 29 Nov 2026 12:00:00 GMT") == NOON.timestamp()
