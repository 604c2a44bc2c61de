"""The lines of a ticket's SLA clock and of the reason for its assignment."""

import re
from itertools import zip_longest

from rich.cells import cell_len
from textual.geometry import Region, Size
from textual.strip import Strip

from common.wire import TicketView
from tui import clock
from tui.model import countdown
from tui.model.next_sla import find_next_target
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import Part, StyledText
from tui.widgets.seconds_ticker import SecondsTicker
from tui.widgets.ticket_row import FLAG, is_flagged

_LINES = 3
_STYLES = {"clock": "plain", "clock-at_risk": "warn", "clock-breached": "bad"}


_HOUR = re.compile(r" \([^)]*\)")
"""The hour at which a target is due: left out where it would cut the state."""


class SlaLine(StyledText):
    """One line for the clock and up to three for the reason, as many as have something to say."""

    def __init__(self) -> None:
        super().__init__()
        self._ticket: TicketView | None = None
        self._lines: list[list[Part]] = []
        self._ticking = SecondsTicker(self.set_timer, self._tick_clock)

    def show_ticket(self, ticket: TicketView | None) -> None:
        """Shows how this ticket stands now."""
        self._ticket = ticket
        self._show_lines()
        if ticket is not None and find_next_target(ticket):
            self._ticking.ensure_running()

    def on_resize(self) -> None:
        self._show_lines()

    def _show_lines(self) -> None:
        """Draws the lines anew that read differently now."""
        before, self._lines = self._lines, self._build_lines(self.size.width)
        if len(self._lines) != self.size.height:
            self.refresh(layout=True)
        for place, (old, new) in enumerate(zip_longest(before, self._lines)):
            if old != new:
                self.refresh(Region(0, place, self.size.width, 1))

    def _build_lines(self, width: int) -> list[list[Part]]:
        if self._ticket is None:
            return []
        lines = [_format_clock(self._ticket, width), *format_routing_reason(self._ticket, width)]
        return [line for line in lines if line]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns the number of lines in this width."""
        return len(self._build_lines(width))

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def draw_line(self, place: int) -> Strip:
        """Draws the clock, or a line of the reason."""
        return self.draw_parts(self._lines[place] if place < len(self._lines) else [])

    def _tick_clock(self) -> bool:
        if not self.size or not self.screen.is_current:
            return False  # it starts again when it is shown again
        self._show_lines()
        return self._ticket is not None and find_next_target(self._ticket) is not None


def _format_clock(ticket: TicketView, width: int) -> list[Part]:
    now = clock.read_server_time()
    said = countdown.format_sla_sentence(ticket, now)
    if width <= cell_len(said):
        said = _HOUR.sub("", said)
    return [(f" {said}", _STYLES[countdown.choose_clock_style(ticket, now)])] if said else []


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
