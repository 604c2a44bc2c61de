"""One ticket: what was written, and the field to write in. Made once, filled for each ticket."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common.tickets.replying import MessageKind
from common.wire import TicketView
from tui.keys import Context, bindings
from tui.messages.requests import Read, ReadHistory, ReadMentionable, ReadOlder, ShowTicket
from tui.model.context import Station
from tui.model.mention_hints import MentionDirectory
from tui.model.store import Change
from tui.screens.draft_session import Writing
from tui.screens.ticket_actions import VerbScreen
from tui.widgets import status_lines
from tui.widgets.composer import Composer
from tui.widgets.conversation import Conversation
from tui.widgets.fixed_line import Line, Rule
from tui.widgets.sla_line import Standing


class TicketScreen(VerbScreen):
    """Conversation above, composer below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Context.READING),
        *bindings(Context.VERBS),
        *bindings(Context.SELF),
    ]

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.number = 0
        self.heading = Line(id="title")
        self.meta = Line(id="meta")
        self.standing = Standing()
        self.rule = Rule(id="ticket-rule")
        self.conversation = Conversation(id="conversation")
        self.not_sent_line = Line(id="not-sent")
        self.directory = MentionDirectory(station.store)
        self.composer = Composer(self.directory)
        self.writing = Writing(station, self.composer)
        self._order: list[int] = []
        self._seen = 0

    def body(self) -> list[Widget]:
        head = [self.heading, self.meta, self.standing, self.rule]
        return [*head, self.conversation, self.not_sent_line, self.composer]

    def show_state(self) -> None:
        """Say anew how things stand, and what could not be sent to this ticket."""
        drafts = self.station.drafts
        said = (
            status_lines.unsent(drafts, self.number) if drafts and not self.composer.is_open else []
        )
        self.not_sent_line.display = bool(said)
        self.not_sent_line.say(said)
        super().show_state()

    def on_mount(self) -> None:
        self.composer.end()
        self.conversation.focus()

    @property
    def target(self) -> TicketView | None:
        return self.station.store.tickets.get(self.number)

    @property
    def home(self) -> Widget:
        return self.composer.page if self.composer.is_open else self.conversation

    def contexts(self) -> tuple[Context, ...]:
        if self.composer.is_typing:
            return (Context.COMPOSER,)
        return (Context.VERBS, Context.READING)

    # -- what is shown

    def open(self, number: int, order: list[int]) -> None:
        """Show this ticket; `order` is the queue it was opened from."""
        self.writing.keep()
        self.number, self._order = number, order
        ticket = self.target
        self._seen = self.station.seen(ticket) if ticket else 0
        self.composer.end()
        self.fill()
        self.conversation.focus()
        self.fetch()

    def fetch(self) -> None:
        if self.number and not self.station.link.is_away:
            self.post_message(Read(self.number))

    def fill(self) -> None:
        """Show what the store believes of the ticket."""
        ticket, store = self.target, self.station.store
        if ticket is None:
            self._fill_none()
            return
        self.heading.say(*status_lines.heading(ticket))
        self.meta.say(status_lines.meta(ticket, store))
        self.standing.show(ticket)
        messages = store.messages.get(self.number)
        older = store.older.get(self.number) is not None
        self.conversation.show(
            ticket,
            messages,
            store.stories.get(self.number, ()),
            has_older=older,
            new_after=self._seen,
            me=self.station.me,
        )
        if messages is not None:
            if self.number not in store.stories and not self.station.link.is_away:
                self.post_message(ReadHistory(self.number))
            self.station.attention.look(ticket)
            self.writing.loaded(ticket)
        self.show_state()

    def _fill_none(self) -> None:
        """A ticket that is not here yet: a resolved one, opened from a notice."""
        self.heading.say([(f" #{self.number} is on its way …", "dim")] if self.number else [])
        self.meta.say([])
        self.standing.show(None)
        self.conversation.show(None, None)

    def store_changed(self, change: Change) -> None:
        if change.everything or change.people or self.number in change.numbers:
            self.fill()
        if change.everything or self._is_forgotten(change):
            self.fetch()

    def _is_forgotten(self, change: Change) -> bool:
        """Returns whether its texts are to be read anew: one of them has been redacted."""
        messages = self.station.store.messages
        return self.number in change.numbers and self.number not in messages

    def on_screen_resume(self) -> None:
        self.fill()

    # -- keys

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Open the composer, with the draft where there is one."""
        self.writing.begin(ticket, MessageKind(kind))
        if not self.station.link.is_away:
            self.post_message(ReadMentionable())
        self.show_state()

    def action_leave(self) -> None:
        """Back to the queue; a draft stays on disk."""
        self.writing.keep()
        self.dismiss()

    def action_step(self, step: int) -> None:
        """Go to the next ticket of the queue without going back to it."""
        place = self._order.index(self.number) + step if self.number in self._order else -1
        if 0 <= place < len(self._order):
            self.writing.keep()
            self.post_message(ShowTicket(self._order[place], order=self._order))
        else:
            self.refuse(
                "This is the last ticket of the queue."
                if step > 0
                else "This is the first ticket of the queue."
            )

    # -- what became of what was written

    def sent(self, number: int, kind: MessageKind) -> None:
        """It has arrived; the conversation has it at its end."""
        self.writing.sent(number, kind)
        if number == self.number and not self.composer.is_open:
            self.conversation.focus()
            self.conversation.action_last()
        self.show_state()

    def not_sent(
        self, number: int, kind: MessageKind, reason: str, *, slug: str = "", read_up_to: int = 0
    ) -> None:
        """The text stays; where others wrote before, their words are shown above it."""
        self.writing.failed(number, kind, reason)
        if slug in {"conversation-advanced", "idempotency-mismatch"}:
            latest = self.station.store.tickets.get(number)
            self.writing.catch_up(number, read_up_to or (latest.last_seq if latest else 0))
            self.conversation.action_last()
        if slug == "conversation-advanced":
            self.toast.tell("Others wrote meanwhile: read it above; ctrl+s sends.", "warn")
        self.show_state()

    # -- messages of the widgets

    @on(Conversation.NearTop)
    def _near_top(self, event: Conversation.NearTop) -> None:
        event.stop()
        self.post_message(ReadOlder(event.number))

    @on(Composer.Edited)
    def _edited(self) -> None:
        self.writing.keep_soon(self.set_timer)

    @on(Composer.Kept)
    def _kept(self) -> None:
        saved = self.writing.keep()
        self.composer.end()
        self.conversation.focus()
        if saved and self.station.unsaved:
            self.toast.tell("The draft cannot be saved: it is kept until you leave.", "warn")
        elif saved:
            self.toast.tell("The draft is kept.", "good")
        self.show_state()

    @on(Composer.Discarded)
    def _discarded(self) -> None:
        self.writing.keep()
        self.writing.remark("discarded · ctrl+z brings it back")
        self.show_state()

    @on(Composer.Looked)
    def _looked(self) -> None:
        self.conversation.focus()
        self.show_keys()

    @on(Composer.SendPressed)
    def _send_pressed(self) -> None:
        reason = self.writing.why_not()
        if reason is not None:
            self.refuse(reason)
            self.show_state()
        elif self.target is not None:
            self.post_message(self.writing.sending(self.target))

    def action_pane(self) -> None:
        """Back to the text."""
        if self.composer.is_open:
            self.composer.page.focus()
            self.show_keys()
