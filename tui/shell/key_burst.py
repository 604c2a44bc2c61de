"""Drops keys that were typed for a field that did not open, so that they act on nothing else.

An agent who writes a reply presses `r` and goes on typing without a look at the screen. Where the
reply is refused, the letters would act as commands.
"""

from typing import Final

from textual import events

_GAP_SECONDS: Final = 0.8
"""A key within so many seconds of the one before belongs to the same burst."""
_SENTENCE: Final = 3
"""After so many keys the burst is a sentence, in which people pause to think."""
_SENTENCE_GAP_SECONDS: Final = 2.0
_MOVES: Final = frozenset({"up", "down", "left", "right", "home", "end", "pageup", "pagedown"})
_TYPED: Final = frozenset({"enter", "tab", "shift+tab", "backspace", "delete"})


class KeyBurst:
    """Keys that follow a refusal at the pace of typing; `reason` is why it was refused."""

    def __init__(self, reason: str, at: float) -> None:
        """`at` is the time of the refused key, as Textual stamps its events."""
        self.reason = reason
        self.count = 0
        self.is_over = False
        self._last = at

    def swallow_key(self, event: events.Key | events.Paste) -> bool:
        """Returns whether the key belongs to the burst, and so goes nowhere."""
        gap = _SENTENCE_GAP_SECONDS if self.count >= _SENTENCE else _GAP_SECONDS
        key = event.key if isinstance(event, events.Key) else ""
        self.is_over = self.is_over or event.time - self._last > gap or _is_command(key)
        if self.is_over:
            return False
        if key == "escape":
            # It was meant to leave the field, unless it comes right after the refusal.
            self.is_over = True
            return self.count > 0
        if not _is_typed(event):
            return False
        self.count, self._last = self.count + 1, event.time
        return True


def _is_command(key: str) -> bool:
    """Returns whether the key is none that people type in a text."""
    is_function_key = key[:1] == "f" and key[1:].isdecimal()
    return key in _MOVES or key.startswith("ctrl+") or is_function_key


def _is_typed(event: events.Key | events.Paste) -> bool:
    """Returns whether a key is text. A modifier alone is not, and does not end a burst either."""
    return isinstance(event, events.Paste) or event.is_printable or event.key in _TYPED
