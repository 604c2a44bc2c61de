"""How a ticket stands: its counting clock, and why it is with whom it is, or waits."""

from textual.app import ComposeResult
from textual.containers import Vertical

from common.wire import TicketView
from tui import clock, countdown
from tui.promise import running
from tui.widgets.line import Line, Part
from tui.widgets.ticket_row import FLAG, is_flagged
from tui.widgets.ticking import Ticking

_STYLES = {"clock": "plain", "clock-at_risk": "warn", "clock-breached": "bad"}


class Standing(Vertical):
    """Two lines, each there only while it has something to say."""

    def __init__(self) -> None:
        super().__init__()
        self._clock, self._routing = Line(), Line()
        self._ticket: TicketView | None = None
        self._ticking = Ticking(self.set_timer, self._count)

    def compose(self) -> ComposeResult:
        """The clock, the reason."""
        yield from (self._clock, self._routing)

    def show(self, ticket: TicketView | None) -> None:
        """Show how this ticket stands now."""
        self._ticket = ticket
        routing = reason(ticket) if ticket else []
        self._routing.say(routing)
        self._routing.display = bool(routing)
        self._say_clock()
        self._clock.display = bool(self._clock.text)
        if ticket is not None and running(ticket):
            self._ticking.wake()

    def _say_clock(self) -> None:
        ticket, now = self._ticket, clock.now()
        said = countdown.sentence(ticket, now) if ticket else ""
        style = _STYLES[countdown.kind(ticket, now)] if ticket else "plain"
        self._clock.say([(f" {said}", style)] if said else [])

    def _count(self) -> bool:
        if not self.size or not self.screen.is_current:
            return False  # whoever shows it again wakes it
        self._say_clock()
        return self._ticket is not None and running(self._ticket) is not None


def reason(ticket: TicketView) -> list[Part]:
    """Why it went to whom, or why it waits, as the server says it."""
    if not ticket.routing:
        return []
    flag: list[Part] = [(f" {FLAG}", "warn")] if is_flagged(ticket) else []
    word = "why it waits" if ticket.assignee is None else "routing"
    return [*flag, (f" {word}: ", "dim"), (ticket.routing.detail, "plain")]
