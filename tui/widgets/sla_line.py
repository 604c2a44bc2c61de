"""The lines of a ticket's SLA clock and of the reason for its assignment."""

import re

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical

from common.wire import TicketView
from tui import clock
from tui.model import countdown
from tui.model.next_sla import find_next_target
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import Part, StyledLine
from tui.widgets.seconds_ticker import SecondsTicker
from tui.widgets.ticket_row import FLAG, is_flagged

_LINES = 3
_STYLES = {"clock": "plain", "clock-at_risk": "warn", "clock-breached": "bad"}


_HOUR = re.compile(r" \([^)]*\)")
"""The hour at which a target is due: left out where it would cut the state."""


class SlaLine(Vertical):
    """One line for the clock and up to three for the reason; empty ones are hidden."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = StyledLine()
        self._routing = [StyledLine() for _ in range(_LINES)]
        self._ticket: TicketView | None = None
        self._ticking = SecondsTicker(self.set_timer, self._tick_clock)

    def compose(self) -> ComposeResult:
        """Returns the line of the clock and that of the reason."""
        yield from (self._clock, *self._routing)

    def show_ticket(self, ticket: TicketView | None) -> None:
        """Shows how this ticket stands now."""
        self._ticket = ticket
        self._show_routing()
        self._show_clock()
        self._clock.display = bool(self._clock.text)
        if ticket is not None and find_next_target(ticket):
            self._ticking.ensure_running()

    def on_resize(self) -> None:
        self._show_routing()
        self._show_clock()

    def _show_routing(self) -> None:
        lines = format_routing_reason(self._ticket, self.size.width) if self._ticket else []
        for place, line in enumerate(self._routing):
            line.set_parts(lines[place] if place < len(lines) else [])
            line.display = place < len(lines)

    def _show_clock(self) -> None:
        ticket, now = self._ticket, clock.read_server_time()
        said = countdown.format_sla_sentence(ticket, now) if ticket else ""
        if self.size.width <= cell_len(said):
            said = _HOUR.sub("", said)
        style = _STYLES[countdown.choose_clock_style(ticket, now)] if ticket else "plain"
        self._clock.set_parts([(f" {said}", style)] if said else [])

    def _tick_clock(self) -> bool:
        if not self.size or not self.screen.is_current:
            return False  # it starts again when it is shown again
        self._show_clock()
        return self._ticket is not None and find_next_target(self._ticket) is not None


def format_routing_reason(ticket: TicketView, width: int) -> list[list[Part]]:
    """Returns the server's reason for the assignee, or for waiting."""
    if not ticket.routing:
        return []
    flag = f"{FLAG} " if is_flagged(ticket) else ""
    lines = wrap_text(f"{flag}{ticket.routing.detail}", max(width - 2, 20))
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], lines[_LINES - 1] + " …"]
    style = "warn" if flag else "dim"
    return [[(f" {line}", style)] for line in lines]
