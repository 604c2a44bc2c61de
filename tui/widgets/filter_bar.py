"""The lines that `/` opens; they filter the list while the agent types, and complete what is typed.

Below the field stands what its last word may become, or why the text is no filter.
"""

from typing import ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from common.filters.filter_completion import FilterVocabulary
from tui.keys import KeyContext, list_bindings
from tui.model.filter_hints import SEARCH_PREFIX, FilterHints
from tui.widgets.fixed_line import Part, StyledLine

_NO_HINTS: Final = FilterHints()
_SEARCH_HINT: Final = " enter searches descriptions and messages, too; st:all all tickets"


class FilterBar(Vertical):
    """A text field of one line with the number of matches at its end, and a line of hints."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.FILTER)

    class Changed(Message):
        """The filter's text has changed."""

    class Accepted(Message):
        """The filter was accepted by enter."""

    class Cleared(Message):
        """The filter was cleared by escape."""

    class SaveFilterPressed(Message):
        """The filter is to be saved as a view."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self._slash = StyledLine(id="filter-slash")
        self._input = Input(
            id="filter-input",
            compact=True,
            select_on_focus=False,
            placeholder="words  status:open  p:urgent  @ana  -tag:vip  created:<3d  ?search",
        )
        self._matches = StyledLine(id="filter-matches")
        self._hint_line = StyledLine(id="filter-hints")
        self._hints = _NO_HINTS
        self._refusal = ""
        self.vocabulary = FilterVocabulary()
        """The values that are offered."""

    def compose(self) -> ComposeResult:
        """Returns the slash, the field and the count, and below them the hints."""
        self._slash.set_parts([(" /", "key")])
        self._input.cursor_blink = False
        yield Horizontal(self._slash, self._input, self._matches, id="filter-field")
        yield self._hint_line

    @property
    def text(self) -> str:
        return self._input.value

    @property
    def is_search(self) -> bool:
        """Returns whether the text is a search on the server."""
        return self.text.startswith(SEARCH_PREFIX)

    @property
    def is_typing(self) -> bool:
        return self._input.has_focus

    def open_filter(self, text: str = "") -> None:
        """Shows the field, with this text, and types into it."""
        with self._input.prevent(Input.Changed):
            self._input.value = text
            self._input.cursor_position = len(text)
        self.display = True
        self._input.focus()
        self._find_hints()

    def close_filter(self) -> None:
        """Hides the field; its text is gone."""
        with self._input.prevent(Input.Changed):
            self._input.value = ""
        self._refusal, self._hints = "", _NO_HINTS
        self.display = False

    def show_count(self, text: str) -> None:
        """Says how many matches there are."""
        self._matches.set_parts([], [(text + " ", "dim")])

    def show_refusal(self, sentence: str) -> None:
        """Says below the field why its text is no filter; empty: it is one."""
        self._refusal = sentence
        self._show_hints()

    @on(Input.Changed)
    def _post_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._refusal = ""
        self._find_hints()
        self.post_message(self.Changed())

    @on(Input.Submitted)
    def _post_accepted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())

    def action_accept(self) -> None:
        self.post_message(self.Accepted())

    def action_clear(self) -> None:
        self.post_message(self.Cleared())

    def action_save(self) -> None:
        self.post_message(self.SaveFilterPressed())

    # -- completion

    def action_complete(self) -> None:
        """Takes the marked completion."""
        done = self._hints.complete()
        if done is not None:
            self._input.value = done
            self._input.cursor_position = len(done)

    def action_mark(self, step: int) -> None:
        """Marks another completion."""
        self._hints = self._hints.move_mark(step)
        self._show_hints()

    def on_resize(self) -> None:
        self._show_hints()

    def _find_hints(self) -> None:
        at_end = self._input.cursor_position == len(self.text)
        self._hints = FilterHints.find(self.text, self.vocabulary) if at_end else _NO_HINTS
        self._show_hints()

    def _show_hints(self) -> None:
        if self._refusal:
            self._hint_line.set_parts([(f" ! {self._refusal}", "bad")])
            return
        found, marked = self._hints.found, self._hints.marked
        room = self.size.width - len("  tab completes ") - 1
        parts: list[Part] = []
        for place in range(marked, len(found)):
            text = f" {'▸' if place == marked else ' '}{found[place].text} "
            if parts and cell_len(text) > room:
                parts.append(("…", "dim"))
                break
            room -= cell_len(text)
            parts.append((text, "tab-on" if place == marked else "plain"))
        if found and found[marked].hint and cell_len(found[marked].hint) + 3 < room:
            parts.append((f" {found[marked].hint}", "dim"))
        if self.is_search and not found:
            parts = [(_SEARCH_HINT, "dim")]
        keys: list[Part] = [("tab", "key"), (" completes ", "dim")]
        self._hint_line.set_parts(parts, keys if found else [])
