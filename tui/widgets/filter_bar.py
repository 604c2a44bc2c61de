"""The line that `/` opens: it filters while one types."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.keys import Context, bindings
from tui.widgets.fixed_line import Line

SEARCH = "?"
"""A filter that begins so is for the server's full-text search."""


class FilterBar(Horizontal):
    """A text field of one line, with the number of matches at its end."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.FILTER)

    class Changed(Message):
        """Another text."""

    class Accepted(Message):
        """Enter: on with the list."""

    class Cleared(Message):
        """Escape: no filter."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self._slash = Line(id="filter-slash")
        self._input = Input(
            id="filter-input",
            compact=True,
            select_on_focus=False,
            placeholder="words  st:open  p:urgent  @ana  !not  ?search",
        )
        self._matches = Line(id="filter-matches")

    def compose(self) -> ComposeResult:
        """The slash, the field, the count."""
        self._slash.say([(" /", "key")])
        self._input.cursor_blink = False
        yield from (self._slash, self._input, self._matches)

    @property
    def text(self) -> str:
        return self._input.value

    @property
    def is_typing(self) -> bool:
        return self._input.has_focus

    def begin(self) -> None:
        """Show the field and type into it."""
        self.display = True
        self._input.focus()

    def end(self) -> None:
        """Hide the field; its text is gone."""
        with self._input.prevent(Input.Changed):
            self._input.value = ""
        self.display = False

    def count(self, text: str) -> None:
        """Say how many matches there are."""
        self._matches.say([], [(text + " ", "dim")])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())

    def action_accept(self) -> None:
        self.post_message(self.Accepted())

    def action_clear(self) -> None:
        self.post_message(self.Cleared())
