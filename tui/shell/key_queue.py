"""One key after the other: what is typed ahead reaches the window that the key before it opened.

Textual hands a key to what has the focus now, and runs what it is bound to later. Keys that come
in one breath (over a slow line, from a macro) would all go to the old window: the words of a reply
would be taken for verbs.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.widgets import Input, TextArea

from tui.shell.key_burst import KeyBurst

_ROUNDS: Final = 4
"""A key's action posts a message, whose handler posts another, which moves the focus."""
_PATIENCE: Final = 2.0
"""Seconds after which a key is given up on: the keyboard must never be dead."""
_LAST_KEYS: Final = 0.5
"""Seconds for which the end of the program waits for keys."""
_READING: Final = 0.01


class KeyQueueApp(App[None]):
    """An app in which a key waits until what the key before it set off is done."""

    def __init__(self, *, ansi_color: bool | None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._typed: deque[events.Key | events.Paste] = deque()
        self._settling: asyncio.Task[None] | None = None
        self._last: events.Key | events.Paste | None = None
        self._burst: KeyBurst | None = None
        self.is_typing_on = False
        """The last key was text for a field that takes none now: its text is being sent."""

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent | events.Paste):
            self.record_activity()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            await self._dispatch_typed_keys()
        else:
            await super().on_event(event)

    def record_activity(self) -> None:
        """Somebody is there: a key, a click, a paste."""

    @property
    def has_unread_keys(self) -> bool:
        """Tells whether the terminal holds keys that have not been read."""
        return False

    async def _dispatch_typed_keys(self) -> None:
        while self._typed and self._settling is None:
            event = self._last = self._typed.popleft()
            if self._swallow_key(event):
                continue
            is_text = self._is_text(event)
            self.is_typing_on = is_text and getattr(self.focused, "read_only", False)
            await super().on_event(event)
            if not is_text:
                self._settling = asyncio.create_task(
                    self._wait_until_settled(), name="a key settles"
                )

    def swallow_burst(self, reason: str) -> None:
        """Lets what is typed on in the same breath go nowhere: it was meant for a text field."""
        self._burst = KeyBurst(reason, self._last.time) if self._last is not None else None

    def report_swallowed_keys(self, burst: KeyBurst) -> None:
        """Says that what was typed has not been taken."""

    def _swallow_key(self, event: events.Key | events.Paste) -> bool:
        if self._burst is None or isinstance(self.focused, Input | TextArea):
            self._burst = None
            return False
        burst, is_taken = self._burst, self._burst.swallow_key(event)
        if is_taken:
            self.report_swallowed_keys(burst)
        if burst.is_over:
            self._burst = None
        return is_taken

    def _is_text(self, event: events.Key | events.Paste) -> bool:
        """Whether it goes into a text field, where it cannot open or close anything."""
        is_printable = isinstance(event, events.Paste) or event.is_printable
        return is_printable and isinstance(self.focused, Input | TextArea)

    async def _wait_until_settled(self) -> None:
        """Wait until all that the key has set off has run."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for _ in range(_ROUNDS):
                    await _drain_ancestors(self.focused or self.screen)
        self._settling = None
        self.call_later(self._dispatch_typed_keys)

    async def await_keys(self) -> None:
        """Waits, for a moment at most, until what was typed has reached its field."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_KEYS):
                # The terminal has no event for "all is read".
                while self.has_unread_keys:  # noqa: ASYNC110 - as said above
                    await asyncio.sleep(_READING)
                await asyncio.sleep(_READING)  # what the reading thread has read comes by the loop
                await _drain_queue(self)
                while self._typed or self._settling is not None:
                    if self._settling is not None:
                        await asyncio.wait({self._settling})
                    await _drain_queue(self)
                await _drain_ancestors(self.focused or self.screen)


async def _drain_ancestors(node: DOMNode) -> None:
    """Wait until the node, and all that it stands in, have taken what is in their queues."""
    for one in node.ancestors_with_self:
        await _drain_queue(one)


async def _drain_queue(pump: MessagePump) -> None:
    is_reached = asyncio.Event()
    if pump.call_later(is_reached.set):
        await is_reached.wait()
