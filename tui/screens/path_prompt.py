"""A question for a path: tab completes what is typed, enter takes it."""

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
from tui.model.file_paths import list_completions
from tui.text import formatting
from tui.widgets.fixed_line import Part, StyledLine

_LINES: Final = 5


class PathQuestion:
    """A question for a path: a title, the text to begin with, and a check of the answer.

    `explain_refusal` returns why a path cannot be used, None where it can.
    """

    def __init__(
        self,
        title: str,
        explain_refusal: Callable[[str], str | None],
        *,
        text: str = "",
        folders_only: bool = False,
    ) -> None:
        self.title, self.explain_refusal = title, explain_refusal
        self.text, self.folders_only = text, folders_only


class PathPrompt(ModalScreen[str | None]):
    """A screen with one path; it is made once."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.PATH)
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._title = StyledLine(id="path-title")
        self._input = Input(id="path-input", compact=True, select_on_focus=False)
        self._lines = [StyledLine(classes="path-line") for _ in range(_LINES)]
        self._question = PathQuestion("", lambda _text: None)
        self._found: list[str] = []
        self._marked = 0

    def compose(self) -> ComposeResult:
        """A box above the fixed lines."""
        with Vertical(id="path-box"):
            yield self._title
            yield self._input
            yield from self._lines

    def set_question(self, question: PathQuestion) -> None:
        """Sets the question that is asked when the screen is pushed."""
        self._question = question
        keys = [("enter", "key"), (" takes it  ", "dim"), ("esc", "key"), (" leaves ", "dim")]
        # The keys are read, be the name of the file ever so long.
        self._title.set_parts([(f" {question.title}", "strong")], keys)
        with self._input.prevent(Input.Changed):
            self._input.value = question.text
        self._input.cursor_position = len(question.text)
        self._complete_path(question.text)

    def on_screen_resume(self) -> None:
        self._input.cursor_blink = False
        self._input.focus()

    @on(Input.Changed)
    def _path_changed(self, event: Input.Changed) -> None:
        self._complete_path(event.value)

    def _complete_path(self, text: str) -> None:
        self._found = list_completions(text, folders_only=self._question.folders_only)
        self._marked = 0
        self._show_completions()

    def action_complete(self) -> None:
        """Takes the marked completion; a folder goes on with what is in it."""
        if self._found:
            self._input.value = self._found[self._marked]
            self._input.cursor_position = len(self._input.value)

    def action_mark(self, step: int) -> None:
        self._marked = max(0, min(self._marked + step, len(self._found) - 1))
        self._show_completions()

    @on(Input.Submitted)
    def action_choose(self) -> None:
        """Answers with the path, or says why it cannot be used."""
        reason = self._question.explain_refusal(self._input.value)
        if reason is None:
            self.dismiss(self._input.value)
        else:
            self._lines[0].set_parts([(f" ! {reason}", "bad")])

    def action_cancel(self) -> None:
        self.dismiss(None)

    def _show_completions(self) -> None:
        top = max(0, self._marked - _LINES + 1)
        shown = self._found[top : top + _LINES]
        for place, line in enumerate(self._lines):
            text = shown[place] if place < len(shown) else ""
            is_marked = bool(text) and top + place == self._marked
            line.set_parts(*self._completion_parts(text, is_marked=is_marked))
            line.display = place < max(len(shown), 1)

    def _completion_parts(self, text: str, *, is_marked: bool) -> tuple[list[Part], list[Part]]:
        if not text:
            return [], []
        folder, _, name = text.rstrip("/").rpartition("/")
        name += "/" * text.endswith("/")
        keys: list[Part] = [("tab", "key"), (" completes ", "dim")] if is_marked else []
        room = max(self.size.width - 16 - cell_len(name), 0)
        before = formatting.truncate_text(f"{folder}/", room) if folder and room else ""
        mark = ("▸", "tab-on") if is_marked else (" ", "plain")
        style = "tab-on" if is_marked else "plain"
        return [(" ", "plain"), mark, (f" {before}", "dim"), (name, style)], keys
