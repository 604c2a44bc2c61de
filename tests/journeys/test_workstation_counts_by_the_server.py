"""On a machine whose clock is hours off, dues, ages and days are those of the server."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui import clock

Sit = Callable[..., Any]


def machine_is(hours: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the machine's own clock."""
    moved = timedelta(hours=hours)
    monkeypatch.setattr(clock, "read_wall_clock", lambda: datetime.now(UTC) + moved)  # noqa: TID251


@pytest.mark.parametrize(("hours", "told"), [(3, "3h fast"), (-3, "3h slow")])
async def test_due_times_and_ages_are_counted_by_the_servers_clock_and_the_difference_is_said(
    desk: Any, sit: Sit, monkeypatch: pytest.MonkeyPatch, hours: int, told: str
) -> None:
    await desk.file("Printer on fire", priority="urgent")
    machine_is(hours, monkeypatch)
    async with sit(desk) as seat:
        await seat.sees("Printer on fire", f"clock here {told}")
        assert due_within_half_an_hour(seat)
        assert "overdue" not in seat.text
        machine_is(0, monkeypatch)
        await seat.sees_no("clock here")
        machine_is(30, monkeypatch)
        await seat.sees("clock here 1d fast")
        assert due_within_half_an_hour(seat)


def due_within_half_an_hour(seat: Any) -> bool:
    """Finds what an urgent ticket of this minute is promised, as the list counts it down.

    Before heartbeats come, the server's time is known to a second only (`tui/server_clock.py`).
    """
    return re.search(r"\b(2[5-9]:\d\d|30:0[01])", seat.line("Printer on fire")) is not None
