"""The field in which replies and notes are written; the two cannot be mistaken for each other."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from common.tickets.replying import MessageKind
from common.wire import TicketView
from tui import safe_text
from tui.keys import Context, bindings


class Page(TextArea):
    """The text itself. What is pasted is made safe like all text from outside."""

    async def _on_key(self, event: events.Key) -> None:
        if self.read_only and event.is_printable:
            # It is being sent: what is typed on is neither text nor a verb.
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the handler of each class itself: one that calls `super` pastes twice.
        event.text = safe_text.block(event.text)


class Composer(Vertical):
    """Writing a reply (PUBLIC, a heavy border) or a NOTE (dashed)."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.COMPOSER)

    class Edited(Message):
        """The text is another."""

    class SendPressed(Message):
        """Send it."""

    class Kept(Message):
        """Leave it; the draft is kept."""

    class Looked(Message):
        """Read the conversation for a moment."""

    def __init__(self) -> None:
        super().__init__(id="composer")
        self.kind = MessageKind.REPLY
        self.page = Page(soft_wrap=True, tab_behavior="focus", show_line_numbers=False)

    def compose(self) -> ComposeResult:
        self.page.cursor_blink = False
        yield self.page

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def text(self) -> str:
        return self.page.text

    @property
    def is_typing(self) -> bool:
        return self.page.has_focus

    def begin(self, ticket: TicketView, kind: MessageKind, text: str) -> None:
        """Open with a draft, or with nothing."""
        self.kind = kind
        is_note = kind is MessageKind.NOTE
        self.set_class(is_note, "-note")
        to_whom = ticket.customer.name
        said = "NOTE · colleagues only" if is_note else f"REPLY · PUBLIC · to {to_whom}"
        # Content, not text: a name is no markup. It stands last: it may be long.
        self.border_title = Content(said)
        self.fill(text)
        self.display = True
        self.page.focus()

    def fill(self, text: str) -> None:
        """Put a text in, the cursor at its end."""
        with self.page.prevent(TextArea.Changed):
            self.page.load_text(text)
        self.page.move_cursor(self.page.document.end)

    def end(self) -> None:
        """Close, without asking."""
        self.freeze(is_sending=False)
        self.display = False

    def freeze(self, *, is_sending: bool) -> None:
        """While it is being sent, the text stays as it is."""
        self.page.read_only = is_sending

    def remark(self, text: str) -> None:
        """What stands at the lower border."""
        self.border_subtitle = Content(text)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited())

    def action_send(self) -> None:
        self.post_message(self.SendPressed())

    def action_keep(self) -> None:
        self.post_message(self.Kept())

    def action_look(self) -> None:
        self.post_message(self.Looked())
