"""What the wallboard shows: large figures of now and of today, each with a word on it."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from common.people import Presence
from common.reports import Figures
from common.tickets.sla import SlaState
from common.wire import TicketView, UserView
from tui.reports.figure_definitions import Unit
from tui.reports.formatted_amounts import NOTHING, amount, percentage

_WEEK: Final = "7 days"
"""In one day too few rate for a percentage."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class Card(Struct, frozen=True):
    """One large figure: its name, what is drawn large, and what stands below it."""

    name: str
    large: str
    note: str = ""
    style: str = "plain"


def now(backlog: Iterable[TicketView]) -> list[Card]:
    """The backlog, who has it, and which promises are in danger."""
    tickets = list(backlog)
    states = Counter(ticket.sla.state for ticket in tickets if ticket.sla)
    free = sum(ticket.assignee is None for ticket in tickets)
    breached, at_risk = states[SlaState.BREACHED], states[SlaState.AT_RISK]
    return [
        Card("Backlog", amount(len(tickets), Unit.COUNT), "open, in progress"),
        Card("Unassigned", amount(free, Unit.COUNT), "nobody has them"),
        Card(
            "Breached", amount(breached, Unit.COUNT), "! SLA" if breached else "SLA", _bad(breached)
        ),
        Card("At risk", amount(at_risk, Unit.COUNT), "due soon", "warn" if at_risk else "plain"),
    ]


def present(people: Iterable[UserView]) -> list[Card]:
    """Who is there."""
    there = Counter(person.presence for person in people if person.active is not False)
    return [
        Card("Available", amount(there[Presence.AVAILABLE], Unit.COUNT), "agents"),
        Card("Busy", amount(there[Presence.BUSY], Unit.COUNT), "keep their work"),
        Card("Away", amount(there[Presence.AWAY], Unit.COUNT), "agents"),
    ]


def today(figures: Figures | None) -> list[Card]:
    """What has been done today."""
    if figures is None:
        return [Card(name, NOTHING, "today") for name in ("Created", "Resolved", "Response")]
    times = figures.response_time
    large, unit = clock_like(times.median)
    said = f"{unit} median, n {times.n:,}" if times.n else "median, today"
    return [
        Card("Created", amount(figures.tickets_created, Unit.COUNT), "today"),
        Card("Resolved", amount(figures.tickets_resolved, Unit.COUNT), "today"),
        Card("Response", large, said),
    ]


def satisfied(figures: Figures | None) -> list[Card]:
    """What customers think, and how many promises were kept."""
    if figures is None:
        return [Card(name, NOTHING, _WEEK) for name in ("Satisfaction", "SLA kept")]
    csat, sla = figures.csat, figures.sla
    return [
        Card("Satisfaction", _share(csat.score), f"{_WEEK}, {csat.n:,} rated"),
        Card("SLA kept", _share(sla.attained), f"{_WEEK}, {sla.n:,} targets"),
    ]


def clock_like(seconds: float | None) -> tuple[str, str]:
    """A time that large digits can show, and its unit: `4:31` and `min:s`, `2:10` and `h:min`."""
    if seconds is None:
        return NOTHING, ""
    if round(seconds) < _HOUR:
        return "{}:{:02d}".format(*divmod(round(seconds), _MINUTE)), "min:s"
    minutes = round(seconds / _MINUTE)
    if minutes * _MINUTE < _DAY:
        return "{}:{:02d}".format(*divmod(minutes, _MINUTE)), "h:min"
    return f"{seconds / _DAY:.1f}", "days"


def _share(value: float | None) -> str:
    """A percentage in the signs that large digits have."""
    return NOTHING if value is None else percentage(value).replace(" ", "").lstrip("<>")


def _bad(number: int) -> str:
    return "bad" if number else "plain"
