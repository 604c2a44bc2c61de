"""The SLA clock of a ticket: the time until its next target is breached.

It counts down wall-clock time, closed hours included: the due time already allows for the
business calendar.
"""

from datetime import datetime
from typing import Final

from common.tickets.sla import SlaState
from common.tickets.ticket import WaitingOn
from common.wire import TicketView
from tui.model.next_sla import find_next_target
from tui.text import formatting

WIDTH: Final = 7
"""Cells of the column: six for the time, one for its mark."""

MARKS: Final = {SlaState.AT_RISK: "▴", SlaState.BREACHED: "!"}
STATES: Final = {state: state.replace("_", " ") for state in SlaState}
_STOPPED_TEXTS: Final = {SlaState.PAUSED: "paused", SlaState.BREACHED: "breach!"}
"""The column's text where no clock runs. Targets that are met need none in a list."""
_WAITING_TEXTS: Final = {
    WaitingOn.CUSTOMER: ", waiting on the customer",
    WaitingOn.THIRD_PARTY: ", waiting on a third party",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_IN_HOURS: Final = 2 * _DAY


def format_time_left(left: int) -> str:
    """Seconds left in at most six cells: `00:11` minutes, `2h10`, `3d`; overdue `-00:04`."""
    size, sign = abs(left), "" if left > 0 else "-"
    if size < _HOUR:
        return f"{sign}{size // _MINUTE:02}:{size % _MINUTE:02}"
    if size < _IN_HOURS:
        return f"{sign}{size // _HOUR}h{size % _HOUR // _MINUTE:02}"
    return f"{sign}{min(size // _DAY, 9999)}d"


def format_sla_cell(ticket: TicketView, now: datetime) -> str:
    """Returns the SLA clock in a list; empty without a target, or where all are met."""
    sla, nearest = ticket.sla, find_next_target(ticket)
    if not sla:
        return ""
    if nearest is None:
        return _STOPPED_TEXTS.get(sla.state, "")
    left = nearest.seconds_left(now)
    mark = MARKS[SlaState.BREACHED] if left <= 0 else MARKS.get(sla.state, " ")
    return f"{format_time_left(left):>{WIDTH - 1}}{mark}"


def format_sla_sentence(ticket: TicketView, now: datetime) -> str:
    """Returns the SLA clock in words: the target, the time left, its due time, and the state."""
    sla, nearest = ticket.sla, find_next_target(ticket)
    if not sla:
        return ""
    state = STATES[sla.state]
    if nearest is None:
        return _describe_stopped_clock(ticket, sla.state)
    left, when = nearest.seconds_left(now), formatting.format_moment(now, nearest.due)
    if left <= 0:
        # That it is breached goes without saying.
        return f"{nearest.target} overdue by {format_time_left(left)[1:]} ({when})"
    return f"{nearest.target} due in {format_time_left(left)} ({when}) · {state}"


def _describe_stopped_clock(ticket: TicketView, state: SlaState) -> str:
    if state is SlaState.BREACHED:
        return "breached: an SLA target was missed, none runs now"
    if state is SlaState.PAUSED:
        return f"the clock is paused{_WAITING_TEXTS.get(ticket.waiting_on, '')}"
    return "all SLA targets met"


def choose_clock_style(ticket: TicketView, now: datetime) -> str:
    """The name of the clock's style."""
    if not ticket.sla:
        return "clock"
    nearest = find_next_target(ticket)
    if ticket.sla.state is SlaState.BREACHED or (nearest and nearest.seconds_left(now) <= 0):
        return "clock-breached"
    return "clock-at_risk" if ticket.sla.state is SlaState.AT_RISK else "clock"
