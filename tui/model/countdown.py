"""The counting clock of a ticket: how long until the nearest promise to its customer breaks.

Due instants are counted down as time on the wall, closed hours included: what a calendar leaves
out is in the due instant already.
"""

from datetime import datetime
from typing import Final

from common.tickets.sla import SlaState
from common.tickets.ticket import WaitingOn
from common.wire import TicketView
from tui.model.next_sla import running
from tui.text import formatting

WIDTH: Final = 7
"""Cells of the column: six of time, one of its mark."""

MARKS: Final = {SlaState.AT_RISK: "▴", SlaState.BREACHED: "!"}
STATES: Final = {state: state.replace("_", " ") for state in SlaState}
_AT_REST: Final = {SlaState.PAUSED: "paused", SlaState.BREACHED: "breach!"}
"""What the column says where nothing counts. Kept promises need no word in a list."""
_WAITS: Final = {
    WaitingOn.CUSTOMER: ", waiting on the customer",
    WaitingOn.THIRD_PARTY: ", waiting on a third party",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_IN_HOURS: Final = 2 * _DAY


def reading(left: int) -> str:
    """Seconds left in at most six cells: `00:11` minutes, `2h10`, `3d`; overdue `-00:04`."""
    size, sign = abs(left), "" if left > 0 else "-"
    if size < _HOUR:
        return f"{sign}{size // _MINUTE:02}:{size % _MINUTE:02}"
    if size < _IN_HOURS:
        return f"{sign}{size // _HOUR}h{size % _HOUR // _MINUTE:02}"
    return f"{sign}{min(size // _DAY, 9999)}d"


def cell(ticket: TicketView, now: datetime) -> str:
    """The clock in the list; empty where nothing was promised, or all is kept."""
    sla, nearest = ticket.sla, running(ticket)
    if not sla:
        return ""
    if nearest is None:
        return _AT_REST.get(sla.state, "")
    left = nearest.left(now)
    mark = MARKS[SlaState.BREACHED] if left <= 0 else MARKS.get(sla.state, " ")
    return f"{reading(left):>{WIDTH - 1}}{mark}"


def sentence(ticket: TicketView, now: datetime) -> str:
    """The clock in words: which promise, how long, until when, and how they all stand."""
    sla, nearest = ticket.sla, running(ticket)
    if not sla:
        return ""
    state = STATES[sla.state]
    if nearest is None:
        return _resting(ticket, sla.state)
    left, when = nearest.left(now), formatting.moment(now, nearest.due)
    how = f"due in {reading(left)}" if left > 0 else f"overdue by {reading(left)[1:]}"
    return f"{nearest.target} {how} ({when}) · {state}"


def _resting(ticket: TicketView, state: SlaState) -> str:
    if state is SlaState.BREACHED:
        return "breached: a promise was broken, none runs now"
    if state is SlaState.PAUSED:
        return f"the clock is paused{_WAITS.get(ticket.waiting_on, '')}"
    return "all promises met"


def kind(ticket: TicketView, now: datetime) -> str:
    """The name of the clock's style."""
    if not ticket.sla:
        return "clock"
    nearest = running(ticket)
    if ticket.sla.state is SlaState.BREACHED or (nearest and nearest.left(now) <= 0):
        return "clock-breached"
    return "clock-at_risk" if ticket.sla.state is SlaState.AT_RISK else "clock"
