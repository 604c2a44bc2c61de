"""When Kettle & Crane is open, and what it promises: short terms, so that one sees clocks run."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from common.organization import BusinessHours, SlaPolicy
from common.tickets.ticket import Priority

HOURS: Final = BusinessHours(*[(("07:00", "21:00"),)] * 5, *[(("08:00", "20:00"),)] * 2)
_ZONES: Final = ("Europe/London", "Asia/Singapore", "America/Los_Angeles")
_MORNING: Final = 9
"""The earliest hour at which a visitor is let in: so much behind the opening, that the tickets of
the last minutes came in business time, and some nine hours of clocks that run are left."""

TRADE: Final = "wholesale"
"""The category of cafés, who pay for being answered within two minutes."""


def _policy(
    name: str, priority: Priority, first: int, following: int, resolution: int
) -> SlaPolicy:
    return SlaPolicy(name, (priority,), (), first, following, resolution)


POLICIES: Final = (
    SlaPolicy("Trade, urgent", (Priority.URGENT,), (TRADE,), 2, 5, 30),
    _policy("Urgent", Priority.URGENT, 5, 5, 30),
    _policy("High", Priority.HIGH, 15, 15, 60),
    _policy("Normal", Priority.NORMAL, 60, 60, 8 * 60),
    _policy("Low", Priority.LOW, 4 * 60, 4 * 60, 24 * 60),
)


def zone(now: datetime) -> str:
    """Where it is day, whenever somebody looks: the hour lies between 9 and 18 in one of them."""
    hours = {name: now.astimezone(ZoneInfo(name)).hour for name in _ZONES}
    return min(hours, key=lambda name: (hours[name] - _MORNING) % 24)


def first_response(priority: Priority) -> int:
    """The minutes in which such a ticket, if it is not a café's, is to be answered."""
    return next(
        it.first_response_minutes or 0
        for it in POLICIES
        if not it.categories and priority in it.priorities
    )
