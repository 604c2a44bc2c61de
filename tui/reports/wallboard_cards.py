"""The cards of the wallboard: large figures of now and of today, each with a name."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from common.people import Presence
from common.reports import Figures
from common.tickets.sla import SlaState
from common.wire import TicketView, UserView
from tui.reports.figure_definitions import Unit
from tui.reports.formatted_amounts import NO_VALUE, format_amount, format_percentage

_WEEK: Final = "7 days"
"""The range of ratings: one day has too few for a percentage."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class Card(Struct, frozen=True):
    """One large figure: its name, its large text, and the note below."""

    name: str
    large: str
    note: str = ""
    style: str = "plain"


def make_backlog_cards(backlog: Iterable[TicketView]) -> list[Card]:
    """Returns the cards of the backlog, of its assignment and of SLA targets at risk."""
    tickets = list(backlog)
    states = Counter(ticket.sla.state for ticket in tickets if ticket.sla)
    free = sum(ticket.assignee is None for ticket in tickets)
    breached, at_risk = states[SlaState.BREACHED], states[SlaState.AT_RISK]
    return [
        Card("Backlog", format_amount(len(tickets), Unit.COUNT), "open, in progress"),
        Card("Unassigned", format_amount(free, Unit.COUNT), "nobody has them"),
        Card(
            "Breached",
            format_amount(breached, Unit.COUNT),
            "! SLA" if breached else "SLA",
            _style_count(breached),
        ),
        Card(
            "At risk",
            format_amount(at_risk, Unit.COUNT),
            "due soon",
            "warn" if at_risk else "plain",
        ),
    ]


def make_presence_cards(people: Iterable[UserView]) -> list[Card]:
    """Returns the cards of agents by presence."""
    there = Counter(person.presence for person in people if person.active is not False)
    return [
        Card("Available", format_amount(there[Presence.AVAILABLE], Unit.COUNT), "agents"),
        Card("Busy", format_amount(there[Presence.BUSY], Unit.COUNT), "keep their work"),
        Card("Away", format_amount(there[Presence.AWAY], Unit.COUNT), "agents"),
    ]


def make_today_cards(figures: Figures | None) -> list[Card]:
    """Returns the cards of today's work."""
    if figures is None:
        return [Card(name, NO_VALUE, "today") for name in ("Created", "Resolved", "Response")]
    times = figures.response_time
    large, unit = format_clock_time(times.median)
    said = f"{unit} median, n {times.n:,}" if times.n else "median, today"
    return [
        Card("Created", format_amount(figures.tickets_created, Unit.COUNT), "today"),
        Card("Resolved", format_amount(figures.tickets_resolved, Unit.COUNT), "today"),
        Card("Response", large, said),
    ]


def make_satisfaction_cards(figures: Figures | None) -> list[Card]:
    """Returns the cards of ratings and of SLA targets kept."""
    if figures is None:
        return [Card(name, NO_VALUE, _WEEK) for name in ("Satisfaction", "SLA kept")]
    csat, sla = figures.csat, figures.sla
    return [
        Card("Satisfaction", _format_share(csat.score), f"{_WEEK}, {csat.n:,} rated"),
        Card("SLA kept", _format_share(sla.attained), f"{_WEEK}, {sla.n:,} targets"),
    ]


def format_clock_time(seconds: float | None) -> tuple[str, str]:
    """Returns a time for large digits, and its unit: `4:31` and `min:s`, `2:10` and `h:min`."""
    if seconds is None:
        return NO_VALUE, ""
    if round(seconds) < _HOUR:
        return "{}:{:02d}".format(*divmod(round(seconds), _MINUTE)), "min:s"
    minutes = round(seconds / _MINUTE)
    if minutes * _MINUTE < _DAY:
        return "{}:{:02d}".format(*divmod(minutes, _MINUTE)), "h:min"
    return f"{seconds / _DAY:.1f}", "days"


def _format_share(value: float | None) -> str:
    """Returns a percentage in signs that large digits have."""
    return NO_VALUE if value is None else format_percentage(value).replace(" ", "").lstrip("<>")


def _style_count(number: int) -> str:
    return "bad" if number else "plain"
