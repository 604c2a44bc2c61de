"""Opening hours and SLA of Kettle & Crane: short targets, so that a visitor sees clocks run."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from common.organization import BusinessHours, SlaPolicy
from common.tickets.ticket import Priority

BUSINESS_HOURS: Final = BusinessHours(*[(("07:00", "21:00"),)] * 5, *[(("08:00", "20:00"),)] * 2)
_ZONES: Final = ("Europe/London", "Asia/Singapore", "America/Los_Angeles")
_EARLIEST_HOUR: Final = 9
"""The earliest local hour of a demo. Tickets of the last two hours are then in business hours, and
about nine business hours are left."""

WHOLESALE_CATEGORY: Final = "wholesale"
"""The category of cafés, which have a response target of two minutes."""


def _make_policy(
    name: str, priority: Priority, first: int, following: int, resolution: int
) -> SlaPolicy:
    return SlaPolicy(name, (priority,), (), first, following, resolution)


SLA_POLICIES: Final = (
    SlaPolicy("Trade, urgent", (Priority.URGENT,), (WHOLESALE_CATEGORY,), 2, 5, 30),
    _make_policy("Urgent", Priority.URGENT, 5, 5, 30),
    _make_policy("High", Priority.HIGH, 15, 15, 60),
    _make_policy("Normal", Priority.NORMAL, 60, 60, 8 * 60),
    _make_policy("Low", Priority.LOW, 4 * 60, 4 * 60, 24 * 60),
)


def choose_timezone(now: datetime) -> str:
    """Returns a time zone in which it is now between 9:00 and 19:00."""
    hours = {name: now.astimezone(ZoneInfo(name)).hour for name in _ZONES}
    return min(hours, key=lambda name: (hours[name] - _EARLIEST_HOUR) % 24)


def find_first_response_minutes(priority: Priority) -> int:
    """Returns the response target in minutes of a priority, except for cafés."""
    return next(
        it.first_response_minutes or 0
        for it in SLA_POLICIES
        if not it.categories and priority in it.priorities
    )
