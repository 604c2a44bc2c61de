"""The preview of the selected ticket, beside the list where there is room for it."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from common.wire import TicketView
from tui.messages.requests import LoadOlderMessages, LoadTicket
from tui.model.context import WorkstationContext
from tui.widgets.conversation import ConversationPane
from tui.widgets.fixed_line import StyledLine
from tui.widgets.sla_line import SlaLine

_DELAY_SECONDS = 0.15
"""Seconds of delay, so that a moving cursor does not load every ticket it passes."""


class Preview(Vertical):
    """A ticket's subject and conversation, shown a moment after the cursor has stopped on it."""

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(id="preview")
        self.conversation = ConversationPane()
        self._workstation = context
        self._title = StyledLine(id="preview-title")
        self._standing = SlaLine()
        self._number: int | None = None
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield from (self._title, self._standing, self.conversation)

    def show_soon(self, number: int | None) -> None:
        """Shows this ticket soon, and load it where it is not held."""
        self._number = number
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DELAY_SECONDS, self.load_ticket)

    def load_ticket(self) -> None:
        """Shows the ticket now; ask for what is missing."""
        if not self.size:
            return
        self.update_content()
        if self._number is not None and not self._workstation.link.is_offline:
            self.post_message(LoadTicket(self._number))

    def update_content(self) -> None:
        """Shows what the store believes of the ticket."""
        store = self._workstation.store
        ticket = store.tickets.get(self._number or 0)
        self._standing.show_ticket(ticket)
        if ticket is None:
            self._title.set_parts([])
            self.conversation.show_conversation(None, ())
            return
        self._title.set_parts([(f" #{ticket.number} {ticket.subject}", "strong")])
        self._show_conversation(ticket)

    def _show_conversation(self, ticket: TicketView) -> None:
        store, number = self._workstation.store, ticket.number
        self.conversation.show_conversation(
            ticket,
            store.list_messages(number),
            store.timelines.get(number, ()),
            is_loaded=store.has_conversation(number),
            has_older=store.older_cursors.get(number) is not None,
            new_after=self._workstation.last_seen_seq(ticket),
            me=self._workstation.agent_id,
        )

    @on(ConversationPane.NearTop)
    def _request_older(self, event: ConversationPane.NearTop) -> None:
        event.stop()
        self.post_message(LoadOlderMessages(event.number))
