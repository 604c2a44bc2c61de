"""A text of a mail, to be read: plain lines, wrapped for the screen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.keys import KeyContext, list_bindings
from tui.screens.text_selection import SelectingScreen
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import StyledLine
from tui.widgets.text_page import TextPage


class MailText(SelectingScreen[None]):
    """A page of text; it is made once."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.TEXT)

    def __init__(self) -> None:
        super().__init__()
        self._title = StyledLine(id="mail-text-title")
        self._page = TextPage()
        self._text = ""

    def compose(self) -> ComposeResult:
        """The title, and the text."""
        yield from (self._title, self._page)

    def set_text(self, title: str, text: str) -> None:
        """Sets the text that is shown when the screen is pushed."""
        self._text = text
        self._title.set_parts([(f" {title}", "strong")], [("q", "key"), (" back ", "dim")])
        self._show_lines()

    def on_screen_resume(self) -> None:
        self._page.focus()
        self._show_lines()

    def on_resize(self) -> None:
        self._show_lines()

    def _show_lines(self) -> None:
        width = max(self.size.width - 4, 20)
        self._page.set_lines([[(f" {line}", "plain")] for line in wrap_text(self._text, width)])

    def action_scroll(self, pages: float) -> None:
        self._page.scroll_pages(pages)

    def action_leave(self) -> None:
        self.dismiss()
