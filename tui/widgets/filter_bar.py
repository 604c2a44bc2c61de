"""The line that `/` opens; it filters the list while the agent types."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.keys import KeyContext, list_bindings
from tui.widgets.fixed_line import StyledLine

SEARCH_PREFIX = "?"
"""The first character of a search on the server."""


class FilterBar(Horizontal):
    """A text field of one line, with the number of matches at its end."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.FILTER)

    class Changed(Message):
        """The filter's text has changed."""

    class Accepted(Message):
        """The filter was accepted by enter."""

    class Cleared(Message):
        """The filter was cleared by escape."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self._slash = StyledLine(id="filter-slash")
        self._input = Input(
            id="filter-input",
            compact=True,
            select_on_focus=False,
            placeholder="words  st:open  p:urgent  @ana  !not  ?search",
        )
        self._matches = StyledLine(id="filter-matches")

    def compose(self) -> ComposeResult:
        """Returns the slash, the field and the count."""
        self._slash.set_parts([(" /", "key")])
        self._input.cursor_blink = False
        yield from (self._slash, self._input, self._matches)

    @property
    def text(self) -> str:
        return self._input.value

    @property
    def is_typing(self) -> bool:
        return self._input.has_focus

    def open_filter(self) -> None:
        """Shows the field and type into it."""
        self.display = True
        self._input.focus()

    def close_filter(self) -> None:
        """Hides the field; its text is gone."""
        with self._input.prevent(Input.Changed):
            self._input.value = ""
        self.display = False

    def show_count(self, text: str) -> None:
        """Says how many matches there are."""
        self._matches.set_parts([], [(text + " ", "dim")])

    @on(Input.Changed)
    def _post_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _post_accepted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())

    def action_accept(self) -> None:
        self.post_message(self.Accepted())

    def action_clear(self) -> None:
        self.post_message(self.Cleared())
