"""A list to choose from: typing filters it, enter takes the marked line.

Where nothing has the typed words, the lines that have their letters in order are offered.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.keys import KeyContext, list_bindings
from tui.model.choices import PickerOption
from tui.model.fuzzy_match import find_matches
from tui.text import formatting
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import Part, StyledLine

VISIBLE_LINES = 8
_DETAIL_LINES: Final = 2
"""Lines for a hint that is cut."""
_TEXT_CELLS: Final = 28
"""The usual cells of a choice's text; its hint stands behind them."""
Suggest = Callable[[str], list[PickerOption]]
"""Returns the choices for a text that is being typed."""


def find_matching(choices: list[PickerOption], text: str) -> list[PickerOption]:
    """Returns the choices in whose line all typed words are; the one so called is the only one.

    Those that have the words in their text come before those that have them in the hint alone.
    """
    words = text.lower().split()
    named = [choice for choice in choices if words and choice.text.lower() == " ".join(words)]
    found = named or [
        choice
        for choice in choices
        if all(word in f"{choice.text} {choice.hint}".lower() for word in words)
    ]
    found.sort(key=lambda choice: not all(word in choice.text.lower() for word in words))
    return found or find_matches(text, [(choice, choice.text) for choice in choices])


class Picker(ModalScreen[str | None]):
    """A screen with options; it is made once. With `is_free`, the typed text is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.CHOICE)
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._title = StyledLine(id="picker-title")
        self._position = StyledLine(id="picker-position")
        self._details = [StyledLine(classes="picker-detail") for _ in range(_DETAIL_LINES)]
        self._input = Input(id="picker-input", compact=True, select_on_focus=False)
        self._lines = [StyledLine(classes="picker-line") for _ in range(VISIBLE_LINES)]
        self._choices: list[PickerOption] = []
        self._found: list[PickerOption] = []
        self._marked = 0
        self._is_free = False
        self._suggest: Suggest | None = None

    def compose(self) -> ComposeResult:
        """A box above the fixed lines."""
        with Vertical(id="picker-box"):
            yield self._title
            yield self._input
            yield from self._lines
            yield self._position
            yield from self._details

    def set_choices(
        self,
        title: str,
        choices: list[PickerOption],
        *,
        is_free: bool = False,
        typed: str = "",
        suggest: Suggest | None = None,
    ) -> None:
        """Sets the choices that are offered when the screen is pushed.

        With `suggest`, a text that is typed has the choices that it returns.
        """
        self._choices, self._is_free, self._suggest = choices, is_free, suggest
        keys = [("enter", "key"), (" takes it  ", "dim"), ("esc", "key"), (" leaves ", "dim")]
        self._title.set_parts([(f" {title}", "strong")], keys)
        with self._input.prevent(Input.Changed):
            self._input.value = typed
            self._input.cursor_position = len(typed)
        # As high as all options need, also while they are filtered.
        for place, line in enumerate(self._lines):
            line.display = place < max(len(choices), 1)
        self._position.display = len(choices) > VISIBLE_LINES
        self._narrow_choices(typed)
        self._arrange_details()

    def on_screen_resume(self) -> None:
        self._input.cursor_blink = False
        self._input.focus()

    def on_resize(self) -> None:
        self._arrange_details()
        self._show_choices()

    @on(Input.Changed)
    def _narrow_to_input(self, event: Input.Changed) -> None:
        self._narrow_choices(event.value)

    @on(Input.Submitted)
    def _submit(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Answers with what is marked, or with what was typed."""
        if self._is_free:
            typed = self._input.value.strip()
            self.dismiss(typed or None)
        elif self._found:
            self.dismiss(self._found[self._marked].value)

    def action_mark(self, step: int) -> None:
        self._marked = max(0, min(self._marked + step, len(self._found) - 1))
        self._show_choices()

    def action_cancel(self) -> None:
        self.dismiss(None)

    @property
    def choices(self) -> list[PickerOption]:
        """All choices, in their order."""
        return self._choices

    @property
    def marked(self) -> PickerOption | None:
        """The marked choice; None: nothing matches."""
        return self._found[self._marked] if self._found else None

    @property
    def typed(self) -> str:
        return self._input.value

    def type_text(self, text: str) -> None:
        """Replaces what was typed."""
        self._input.value = text
        self._input.cursor_position = len(text)

    def sort_choices(self, text: str) -> list[PickerOption]:
        """Returns the choices that match, best first."""
        if self._suggest is not None and text.strip():
            return self._suggest(text)
        return find_matching(self._choices, text)

    def _narrow_choices(self, text: str) -> None:
        words = text.split()
        self._found = self.sort_choices(text)
        present = [place for place, choice in enumerate(self._found) if choice.is_present]
        self._marked = 0 if words or not present else present[0]
        self._show_choices()

    def _show_choices(self) -> None:
        top = max(0, self._marked - VISIBLE_LINES + 1)
        shown = self._found[top : top + VISIBLE_LINES]
        cells = self._text_cells if shown else 0
        for place, line in enumerate(self._lines):
            is_marked = top + place == self._marked
            choice = shown[place] if place < len(shown) else None
            line.set_parts(_build_parts(choice, cells, is_marked=is_marked) if choice else [])
        self._position.set_parts([(f"   {self._describe_hidden(top)}", "dim")])
        if not self._found and not self._is_free:
            self._lines[0].set_parts([(f"   {self._explain_none()}", "dim")])

        self._show_detail()

    def _arrange_details(self) -> None:
        """Makes room for the longest hint that is cut, so that the box keeps its height."""
        needed = max((len(self._wrap_cut_hint(one)) for one in self._choices), default=0)
        for place, line in enumerate(self._details):
            line.display = place < needed
        self._show_detail()

    def _show_detail(self) -> None:
        """Shows the marked choice's hint in full where its line cuts it."""
        lines = self._wrap_cut_hint(self.marked) if self.marked else []
        for place, line in enumerate(self._details):
            line.set_parts([(f"   {lines[place]}", "plain")] if place < len(lines) else [])

    def _wrap_cut_hint(self, choice: PickerOption) -> list[str]:
        """Returns the lines of a hint that has no room beside its text; none: it has."""
        width, hint = self.app.size.width, _format_hint(choice)
        if self._text_cells + cell_len(hint) + len(" ▸  ") <= width:
            return []
        return wrap_text(hint, max(width - len("    "), 1))

    def _explain_none(self) -> str:
        if self._choices or self.typed.strip():
            return "Nothing matches."
        return "There is none yet: type one." if self._suggest else "There is none."

    def _describe_hidden(self, top: int) -> str:
        """Says how many choices lie outside of what is shown; empty: none."""
        above, below = top, len(self._found) - top - VISIBLE_LINES
        hints = [f"↑{above} more"] * (above > 0) + [f"↓{below} more"] * (below > 0)
        return "  ".join(hints)

    @property
    def _text_cells(self) -> int:
        """The cells of the texts: more for long ones, fewer for long hints, where that helps."""
        lines = [*self._choices, *self._found]  # what is typed may have choices of its own
        least, most = sorted((max(cell_len(one.text) for one in lines), _TEXT_CELLS))
        hint = max(cell_len(_format_hint(one)) for one in lines)
        spare = self.app.size.width - len(" ▸  ") - hint
        return max(least, min(most, spare))


def _format_hint(choice: PickerOption) -> str:
    return f"{choice.hint}  (now)" if choice.is_present else choice.hint


def _build_parts(choice: PickerOption, cells: int, *, is_marked: bool) -> list[Part]:
    """Returns the parts of a choice's line, with so many cells for its text."""
    mark = "▸" if is_marked else " "
    style = "off" if choice.is_dead else "plain"
    if is_marked:
        style = "tab-on"
    return [
        (f" {mark} {formatting.fit_text(choice.text, cells)}", style),
        (f" {_format_hint(choice)}", "dim"),
    ]
