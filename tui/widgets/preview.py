"""What the selected ticket says, beside the list where there is room for it."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from common.wire import TicketView
from tui.messages.requests import Read, ReadOlder
from tui.model.context import Station
from tui.widgets.conversation import Conversation
from tui.widgets.fixed_line import Line
from tui.widgets.sla_line import Standing

_DELAY = 0.15
"""A cursor that runs through the list should not load every ticket it passes."""


class Preview(Vertical):
    """A ticket's subject and conversation, a moment after the cursor came to rest on it."""

    def __init__(self, station: Station) -> None:
        super().__init__(id="preview")
        self.conversation = Conversation()
        self._station = station
        self._title = Line(id="preview-title")
        self._standing = Standing()
        self._number: int | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield from (self._title, self._standing, self.conversation)

    def turn_to(self, number: int | None) -> None:
        """Show this ticket soon, and load it where it is not held."""
        self._number = number
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DELAY, self.load)

    def load(self) -> None:
        """Show the ticket now; ask for what is missing."""
        if not self.size:
            return
        self.fill()
        if self._number is not None and not self._station.link.is_away:
            self.post_message(Read(self._number))

    def fill(self) -> None:
        """Show what the store believes of the ticket."""
        store = self._station.store
        ticket = store.tickets.get(self._number or 0)
        self._standing.show(ticket)
        if ticket is None:
            self._title.say([])
            self.conversation.show(None, None)
            return
        self._title.say([(f" #{ticket.number} {ticket.subject}", "strong")])
        self._show(ticket)

    def _show(self, ticket: TicketView) -> None:
        store, number = self._station.store, ticket.number
        self.conversation.show(
            ticket,
            store.messages.get(number),
            store.stories.get(number, ()),
            has_older=store.older.get(number) is not None,
            new_after=self._station.seen(ticket),
            me=self._station.me,
        )

    @on(Conversation.NearTop)
    def _near_top(self, event: Conversation.NearTop) -> None:
        event.stop()
        self.post_message(ReadOlder(event.number))
