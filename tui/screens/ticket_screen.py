"""The screen of one ticket, with the composer. It is made once, and filled for each ticket."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common import mail_in_endpoints
from common.watching import RENEW_SECONDS
from common.wire import CustomerRef, Page, TicketView
from tui.keys import KeyContext, list_bindings
from tui.messages.requests import (
    CallEndpoint,
    CheckDrafts,
    LoadHistory,
    LoadOlderMessages,
    LoadTicket,
    ShowTicket,
)
from tui.model.context import WorkstationContext
from tui.model.store import StoreChange
from tui.screens.composing_screen import ComposingScreen
from tui.widgets import status_lines
from tui.widgets.conversation import ConversationPane
from tui.widgets.fixed_line import Rule, StyledLine
from tui.widgets.sla_line import SlaLine


class TicketScreen(ComposingScreen):
    """The conversation above, the composer below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *list_bindings(KeyContext.READING),
        *list_bindings(KeyContext.VERBS),
        *list_bindings(KeyContext.SELF),
    ]

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.heading = StyledLine(id="title")
        self.meta = StyledLine(id="meta")
        self.participants_line = StyledLine(id="participants")
        self.sla_line = SlaLine()
        self.rule = Rule(id="ticket-rule")
        self.not_sent_line = StyledLine(id="not-sent")
        self._order: list[int] = []
        self._seen = 0
        self._message_count = 0

    def compose_body(self) -> list[Widget]:
        head = [self.heading, self.meta, self.participants_line, self.sla_line, self.rule]
        return [*head, self.conversation, self.watchers_line, self.not_sent_line, self.composer]

    def show_state(self) -> None:
        """Says anew how things stand, and what could not be sent to this ticket."""
        drafts = self.context.drafts
        said = (
            status_lines.format_unsent(drafts, self.number)
            if drafts and not self.composer.is_open
            else []
        )
        self.not_sent_line.display = bool(said)
        self.not_sent_line.set_parts(said)
        super().show_state()

    def on_mount(self) -> None:
        self.set_interval(RENEW_SECONDS, self.ticket_watch.renew)
        self.composer.close_editor()
        self.conversation.focus()

    @property
    def target_ticket(self) -> TicketView | None:
        return self.context.store.tickets.get(self.number)

    @property
    def default_focus(self) -> Widget:
        return self.composer.editor if self.composer.is_open else self.conversation

    def key_contexts(self) -> tuple[KeyContext, ...]:
        if self.composer.is_typing:
            return (KeyContext.COMPOSER,)
        return (KeyContext.VERBS, KeyContext.READING)

    # -- what is shown

    def show_ticket(self, number: int, order: list[int]) -> None:
        """Shows this ticket; `order` is the queue it was opened from."""
        self.draft_session.save_draft()
        self.number, self._order = number, order
        self.ticket_watch.start(number)
        ticket = self.target_ticket
        self._seen = self.context.last_seen_seq(ticket) if ticket else 0
        self.composer.close_editor()
        self._show_participants([])
        self._message_count = len(self.context.store.messages.get(number, ()))
        self.update_content()
        self.conversation.focus()
        self.fetch_missing()
        self.people_changed(number)

    def fetch_missing(self) -> None:
        if self.number and not self.context.link.is_offline:
            self.post_message(LoadTicket(self.number))
            self.post_message(CheckDrafts(self.number))

    def update_content(self) -> None:
        """Shows what the store believes of the ticket."""
        ticket, store = self.target_ticket, self.context.store
        if ticket is None:
            self._show_missing_ticket()
            return
        self.heading.set_parts(*status_lines.format_heading(ticket))
        self.meta.set_parts(status_lines.format_ticket_facts(ticket, store))
        self.sla_line.show_ticket(ticket)
        is_loaded = store.has_conversation(self.number)
        older = store.older_cursors.get(self.number) is not None
        self.conversation.show_conversation(
            ticket,
            store.list_messages(self.number),
            store.timelines.get(self.number, ()),
            is_loaded=is_loaded,
            has_older=older,
            new_after=self._seen,
            begun_after=self.draft_session.begun_after if self.composer.is_open else 0,
            me=self.context.agent_id,
        )
        if is_loaded:
            if self.number not in store.timelines and not self.context.link.is_offline:
                self.post_message(LoadHistory(self.number))
            self.context.unread.mark_seen(ticket)
            self.draft_session.set_read_mark(ticket)
        self.show_state()

    def _show_missing_ticket(self) -> None:
        """Shows that the ticket is being loaded: a resolved one, opened from a notification."""
        self.heading.set_parts([(f" Loading #{self.number} …", "dim")] if self.number else [])
        self.meta.set_parts([])
        self.sla_line.show_ticket(None)
        self.conversation.show_conversation(None, ())

    def people_changed(self, number: int) -> None:
        """Reads anew who takes part in the ticket."""
        if number != self.number or self.context.link.is_offline:
            return

        def read(page: Page[CustomerRef]) -> None:
            if number == self.number:
                self._show_participants(page.items)

        self.post_message(
            CallEndpoint.build_reread(
                mail_in_endpoints.LIST_PARTICIPANTS, {"number": number}, then=read
            )
        )

    def _show_participants(self, people: list[CustomerRef]) -> None:
        self.participants_line.display = bool(people)
        self.participants_line.set_parts(status_lines.format_participants(people))

    def store_changed(self, change: StoreChange) -> None:
        if change.everything or change.people or self.number in change.numbers:
            self.update_content()
        if change.everything or self._needs_reload(change):
            self.fetch_missing()
        if change.everything or self._has_new_message():
            self.people_changed(self.number)

    def _has_new_message(self) -> bool:
        """Returns whether somebody wrote since this was last asked: a mail brings participants."""
        before, messages = self._message_count, self.context.store.messages.get(self.number, ())
        self._message_count = len(messages)
        return 0 < before < self._message_count

    def _needs_reload(self, change: StoreChange) -> bool:
        """Returns whether its texts are to be read anew: one of them has been redacted."""
        messages = self.context.store.messages
        return self.number in change.numbers and self.number not in messages

    def on_screen_resume(self) -> None:
        self.update_content()

    # -- keys

    def watchers_changed(self) -> None:
        """Shows anew who else is at the ticket."""
        self.ticket_watch.show_watchers()

    def action_leave(self) -> None:
        """Returns to the queue; a draft stays on disk."""
        self.draft_session.save_draft()
        self.ticket_watch.stop()
        self.dismiss()

    def action_follow(self) -> None:
        """Opens the ticket that this one is merged into, or else the one that it follows."""
        ticket = self.target_ticket
        target = ticket and (ticket.merged_into or ticket.split_from or ticket.followup_of)
        if target:
            self.draft_session.save_draft()
            self.post_message(ShowTicket(target, order=self._order))
        else:
            self.refuse_action(f"#{self.number} is not merged and follows no other ticket.")

    def action_step(self, step: int) -> None:
        """Goes to the next ticket of the queue without going back to it."""
        place = self._order.index(self.number) + step if self.number in self._order else -1
        if 0 <= place < len(self._order):
            self.draft_session.save_draft()
            self.post_message(ShowTicket(self._order[place], order=self._order))
        else:
            self.refuse_action(
                "This is the last ticket of the queue."
                if step > 0
                else "This is the first ticket of the queue."
            )

    # -- messages of the widgets

    @on(ConversationPane.NearTop)
    def _request_older(self, event: ConversationPane.NearTop) -> None:
        event.stop()
        self.post_message(LoadOlderMessages(event.number))

    def action_pane(self) -> None:
        """Moves the focus back to the text."""
        if self.composer.is_open:
            self.composer.editor.focus()
            self.show_keys()
