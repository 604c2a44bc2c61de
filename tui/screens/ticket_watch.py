"""Tells colleagues who is at a ticket, and shows who else is: nobody answers the same twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from common.watching import RENEW_SECONDS, WatchTicket
from tui import clock
from tui.messages.requests import AppRequest, ReportWatch
from tui.model.context import WorkstationContext
from tui.widgets.fixed_line import StyledLine

_RECENTLY = timedelta(seconds=RENEW_SECONDS)


class TicketWatch:
    """The agent at one ticket, and the line that names the others."""

    def __init__(
        self, context: WorkstationContext, post: Callable[[AppRequest], object], line: StyledLine
    ) -> None:
        self._context, self._post, self._line = context, post, line
        self._number = 0
        self._typed_at: datetime | None = None
        self._is_typing = False

    def start(self, number: int) -> None:
        """Begins to look at a ticket, and leaves the one before."""
        if number != self._number:
            self.stop()
            self._number = number
            self.renew()
        self.show_watchers()

    def stop(self) -> None:
        """Leaves the ticket."""
        if self._number:
            self._report(WatchTicket(left=True))
        self._number, self._typed_at, self._is_typing = 0, None, False

    def note_typing(self) -> None:
        """Says that the agent writes; at once where that is new."""
        self._typed_at = clock.read_server_time()
        if not self._is_typing:
            self.renew()

    def end_typing(self) -> None:
        """Says at once that the agent writes no more: the text is on its way, or put aside."""
        self._typed_at = None
        if self._is_typing:
            self.renew()

    def renew(self) -> None:
        """Says again that the agent is here, and draws anew who else is."""
        if self._number:
            now = clock.read_server_time()
            typed_at = self._typed_at
            self._is_typing = typed_at is not None and now - typed_at < _RECENTLY
            self._report(WatchTicket(typing=self._is_typing))
            self.show_watchers()

    def show_watchers(self) -> None:
        """Shows who else is at the ticket."""
        now, me = clock.read_server_time(), self._context.agent_id
        words = self._context.watchers.describe(self._number, me, now)
        self._line.display = bool(words)
        self._line.set_parts([(f" ◉ {words}", "warn")] if words else [])

    def _report(self, command: WatchTicket) -> None:
        if self._context.link.is_live:
            self._post(ReportWatch(self._number, command))
