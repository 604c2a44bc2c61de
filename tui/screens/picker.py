"""A list to choose from: type to narrow it, enter takes the marked line."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.keys import Context, bindings
from tui.model.choices import Choice
from tui.text import formatting
from tui.widgets.fixed_line import Line, Part

LINES = 8


class Picker(ModalScreen[str | None]):
    """Made once, filled for each choice. With `is_free`, what is typed is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.CHOICE)
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._title = Line(id="picker-title")
        self._position = Line(id="picker-position")
        self._input = Input(id="picker-input", compact=True, select_on_focus=False)
        self._lines = [Line(classes="picker-line") for _ in range(LINES)]
        self._choices: list[Choice] = []
        self._found: list[Choice] = []
        self._marked = 0
        self._is_free = False

    def compose(self) -> ComposeResult:
        """A box above the fixed lines."""
        with Vertical(id="picker-box"):
            yield self._title
            yield self._input
            yield from self._lines
            yield self._position

    def offer(self, title: str, choices: list[Choice], *, is_free: bool = False) -> None:
        """What to offer when the screen is pushed."""
        self._choices, self._is_free = choices, is_free
        keys = [("enter", "key"), (" takes it  ", "dim"), ("esc", "key"), (" leaves ", "dim")]
        self._title.say([(f" {title}", "strong")], keys)
        with self._input.prevent(Input.Changed):
            self._input.value = ""
        # As high as all choices need, and no higher while they are narrowed.
        for place, line in enumerate(self._lines):
            line.display = place < max(len(choices), 1)
        self._position.display = len(choices) > LINES
        self._narrow("")

    def on_screen_resume(self) -> None:
        self._input.cursor_blink = False
        self._input.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    @on(Input.Submitted)
    def action_choose(self) -> None:
        """Answer with what is marked, or with what was typed."""
        if self._is_free:
            typed = self._input.value.strip()
            self.dismiss(typed or None)
        elif self._found:
            self.dismiss(self._found[self._marked].value)

    def action_mark(self, step: int) -> None:
        self._marked = max(0, min(self._marked + step, len(self._found) - 1))
        self._show()

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        self._found = [
            choice
            for choice in self._choices
            if all(word in f"{choice.text} {choice.hint}".lower() for word in words)
        ]
        present = [place for place, choice in enumerate(self._found) if choice.is_present]
        self._marked = 0 if words or not present else present[0]
        self._show()

    def _show(self) -> None:
        top = max(0, self._marked - LINES + 1)
        shown = self._found[top : top + LINES]
        for place, line in enumerate(self._lines):
            choice = shown[place] if place < len(shown) else None
            line.say(self._line(choice, is_marked=top + place == self._marked) if choice else [])
        self._position.say([(f"   {self._outside(top)}", "dim")])
        if not self._found and not self._is_free:
            self._lines[0].say([("   Nothing matches.", "dim")])

    def _outside(self, top: int) -> str:
        """Says how many choices lie outside of what is shown; empty: none."""
        above, below = top, len(self._found) - top - LINES
        hints = [f"↑{above} more"] * (above > 0) + [f"↓{below} more"] * (below > 0)
        return "  ".join(hints)

    def _line(self, choice: Choice, *, is_marked: bool) -> list[Part]:
        mark = "▸" if is_marked else " "
        now = "  (now)" if choice.is_present else ""
        style = "tab-on" if is_marked else "plain"
        return [
            (f" {mark} {formatting.fit(choice.text, 28)}", style),
            (f" {choice.hint}{now}", "dim"),
        ]
