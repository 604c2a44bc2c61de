"""An editor for a text of settings and free words, which is saved or left."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui.keys import KeyContext, list_bindings
from tui.text import safe_text


class TemplateEditor(TextArea):
    """The text field. Pasted text is cleaned like all text from outside."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.TEMPLATE)

    class SavePressed(Message):
        """The agent wants to save the text."""

    class LeavePressed(Message):
        """The agent leaves the text."""

    def __init__(self) -> None:
        super().__init__(soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
        self.cursor_blink = False

    def open_text(self, text: str, line: int) -> None:
        """Puts a text in, the cursor at the end of a line."""
        self.load_text(text)
        self.move_cursor((line, len(self.document.get_line(line))))
        self.focus()

    async def _on_paste(self, event: events.Paste) -> None:
        # Textual calls the handler of each class by itself: calling `super` would paste twice.
        event.text = safe_text.clean_block(event.text)

    def action_save(self) -> None:
        self.post_message(self.SavePressed())

    def action_leave(self) -> None:
        self.post_message(self.LeavePressed())
