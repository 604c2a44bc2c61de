"""A yes-or-no question on the toast line; enter never means yes."""

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from tui.keys import KEYS, KeyContext, list_bindings
from tui.widgets.fixed_line import StyledLine

_ANSWER_KEYS: Final = {
    name for key in KEYS if key.context is KeyContext.PROMPT for name in key.keys.split(",")
}
_RESOLVE_KEY: Final = "x"
"""The key that asks; pressed twice, it asks once."""


class Confirm(ModalScreen[bool]):
    """A screen with one question; it is made once."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.PROMPT)
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._line = StyledLine(id="question")

    def compose(self) -> ComposeResult:
        """Returns the question alone: everything else stays readable."""
        yield self._line

    def set_question(self, question: str) -> None:
        """Sets the question that is asked when the screen is pushed."""
        keys = [("  y", "key"), (" yes  ", "plain"), ("n", "key"), (" no ", "plain")]
        self._line.set_parts([(f" ? {question}", "warn")], keys)

    def on_key(self, event: events.Key) -> None:
        """Takes any other key as "no": a `y` in a word that follows must not be an answer."""
        if event.key not in _ANSWER_KEYS and event.key != _RESOLVE_KEY:
            event.stop()
            self.dismiss(False)

    def action_answer(self, is_yes: bool) -> None:  # noqa: FBT001 - an action's argument
        self.dismiss(is_yes)
