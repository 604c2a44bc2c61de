"""The incident log: one line at first, then one a minute with the count, and one at the end."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.monitoring.incident_log import SUMMARY_SECONDS, IncidentLog


class Timers:
    """Stands in for a loop's timers: a test says when a minute has passed."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []

    def call_later(self, seconds: float, work: Callable[..., None], *args: Any) -> None:
        self.waiting.append((seconds, work, args))

    def pass_a_minute(self) -> None:
        due, self.waiting = self.waiting, []
        for seconds, work, args in due:
            assert seconds == SUMMARY_SECONDS == 60
            work(*args)


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    timers = Timers()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: timers)
    return timers


def test_677_failures_are_one_line_at_first_and_one_a_minute_with_the_count(
    timers: Timers,
) -> None:
    incidents = IncidentLog()
    with capture_logs() as lines:
        for _ in range(677):
            incidents.report_failure("database unavailable", "disk-full", reason="disk-full")
        assert [(it["event"], it.get("count")) for it in lines] == [("database unavailable", None)]
        timers.pass_a_minute()
        assert (lines[1]["event"], lines[1]["count"]) == ("database unavailable", 676)
        assert lines[1]["reason"] == "disk-full"
        incidents.report_failure("database unavailable", "disk-full", reason="disk-full")
        timers.pass_a_minute()
        assert (lines[2]["count"], lines[2]["total"]) == (1, 678)
    assert len(lines) == 3


def test_what_is_over_is_said_to_be_over_and_the_next_time_is_a_first_one(timers: Timers) -> None:
    incidents = IncidentLog()
    with capture_logs() as lines:
        incidents.report_failure("mail relay unreachable", error="refused")
        timers.pass_a_minute()
        assert len(lines) == 1
        timers.pass_a_minute()
        assert lines[-1] == {
            "event": "incident over",
            "incident": "mail relay unreachable",
            "count": 1,
            "log_level": "info",
        }
        assert timers.waiting == []
        incidents.report_failure("mail relay unreachable", error="refused")
    assert [it["event"] for it in lines] == [
        "mail relay unreachable",
        "incident over",
        "mail relay unreachable",
    ]


def test_each_kind_of_failure_has_its_own_first_line(timers: Timers) -> None:
    incidents = IncidentLog()
    with capture_logs() as lines:
        for _ in range(5):
            incidents.report_failure("database unavailable", "disk-full")
            incidents.report_failure("database unavailable", "database-locked")
            incidents.report_failure("mail relay unreachable")
        assert len(lines) == 3
        timers.pass_a_minute()
    assert [it["count"] for it in lines[3:]] == [4, 4, 4]


def test_a_traceback_is_written_once(timers: Timers) -> None:
    incidents = IncidentLog()
    with capture_logs() as lines:
        for _ in range(3):
            incidents.report_failure("publisher failed", ValueError, exc_info=ValueError("x"))
        timers.pass_a_minute()
    assert ["exc_info" in it for it in lines] == [True, False]


def test_what_fails_once_a_minute_is_one_incident(timers: Timers) -> None:
    incidents = IncidentLog()
    with capture_logs() as lines:
        incidents.report_failure("mail relay unreachable")
        for _ in range(3):
            timers.pass_a_minute()  # just before the next try
            incidents.report_failure("mail relay unreachable")
        timers.pass_a_minute()
    assert [it["event"] for it in lines] == ["mail relay unreachable"] * 4
    assert [it.get("total") for it in lines] == [None, 2, 3, 4]
