"""The toast line, which has a place of its own and never covers a row."""

from typing import Final

from textual.timer import Timer

from tui.widgets.fixed_line import StyledLine

TOAST_SECONDS: Final = 8.0
_GLYPHS: Final = {"good": "✓ ", "bad": "! ", "warn": "! ", "plain": "", "dim": "… "}


class Toast(StyledLine):
    """The latest message, shown for a while."""

    _timer: Timer | None = None

    def show_message(self, text: str, kind: str = "plain") -> None:
        """Shows a sentence; `kind` is good, bad, warn, dim (under way) or plain."""
        self.set_parts([(f" {_GLYPHS[kind]}{text}", kind)])
        if self._timer is not None:
            self._timer.stop()
        # A message about something under way stays until that is over.
        self._timer = self.set_timer(TOAST_SECONDS, self.clear) if text and kind != "dim" else None

    def clear(self) -> None:
        """Says nothing."""
        self.set_parts([])
