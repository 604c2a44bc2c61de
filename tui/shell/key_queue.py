"""Queues keys: what is typed ahead reaches the window that the key before it opened.

Textual gives a key to what has the focus now, and runs its action later. Keys that come all at once
(over a slow line, from a macro) would all go to the old window: the words of a reply would act as
verbs.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.widgets import Input, TextArea

from tui.shell.key_burst import KeyBurst

_ROUNDS: Final = 4
"""Rounds of waiting: a key's action posts a message, its handler another, which moves the focus."""
_PATIENCE: Final = 2.0
"""Seconds after which a key is given up on: the keyboard must never be dead."""
_LAST_KEYS: Final = 0.5
"""Seconds for which the end of the program waits for keys."""
_READING: Final = 0.01

KeyEvent = events.Key | events.Paste


class KeyQueue:
    """Hands keys to an app one by one: each waits for all that the key before it set off."""

    def __init__(
        self,
        app: App[None],
        dispatch: Callable[[events.Event], Awaitable[None]],
        *,
        has_unread_keys: Callable[[], bool],
        report_swallowed: Callable[[str], object],
    ) -> None:
        """`dispatch` handles a key as Textual does.

        `has_unread_keys` returns whether the terminal holds keys that have not been read.
        `report_swallowed` shows that typed text was dropped, with the reason.
        """
        self._app, self._dispatch = app, dispatch
        self._has_unread_keys, self._report_swallowed = has_unread_keys, report_swallowed
        self._typed: deque[KeyEvent] = deque()
        self._settling: asyncio.Task[None] | None = None
        self._last: KeyEvent | None = None
        self._burst: KeyBurst | None = None

    async def handle_key(self, event: KeyEvent) -> None:
        """Queues a key, and dispatches what need not wait."""
        self._typed.append(event)
        await self._dispatch_typed_keys()

    async def _dispatch_typed_keys(self) -> None:
        while self._typed and self._settling is None:
            event = self._last = self._typed.popleft()
            if self._swallow_key(event):
                continue
            is_text = self._is_text(event)
            await self._dispatch(event)
            if not is_text:
                self._settling = asyncio.create_task(
                    self._wait_until_settled(), name="a key settles"
                )

    def swallow_burst(self, reason: str) -> None:
        """Drops what is typed on at the same pace: it was meant for a text field."""
        self._burst = KeyBurst(reason, self._last.time) if self._last is not None else None

    def _swallow_key(self, event: KeyEvent) -> bool:
        if self._burst is None or isinstance(self._app.focused, Input | TextArea):
            self._burst = None
            return False
        burst, is_taken = self._burst, self._burst.swallow_key(event)
        if is_taken:
            self._report_swallowed(burst.reason)
        if burst.is_over:
            self._burst = None
        return is_taken

    def _is_text(self, event: KeyEvent) -> bool:
        """Returns whether a key is text for a field, where it cannot open or close anything."""
        is_printable = isinstance(event, events.Paste) or event.is_printable
        return is_printable and isinstance(self._app.focused, Input | TextArea)

    async def _wait_until_settled(self) -> None:
        """Waits until all that the key has set off has run."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                for _ in range(_ROUNDS):
                    await _drain_ancestors(self._app.focused or self._app.screen)
        self._settling = None
        self._app.call_later(self._dispatch_typed_keys)

    async def await_keys(self) -> None:
        """Waits, for a moment at most, until what was typed has reached its field."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_KEYS):
                # The terminal has no event for "all is read".
                while self._has_unread_keys():  # noqa: ASYNC110 - as said above
                    await asyncio.sleep(_READING)
                await asyncio.sleep(_READING)  # what the reading thread has read comes by the loop
                await _drain_queue(self._app)
                while self._typed or self._settling is not None:
                    if self._settling is not None:
                        await asyncio.wait({self._settling})
                    await _drain_queue(self._app)
                await _drain_ancestors(self._app.focused or self._app.screen)


async def _drain_ancestors(node: DOMNode) -> None:
    """Waits until the node and its ancestors have handled what is in their message queues."""
    for one in node.ancestors_with_self:
        await _drain_queue(one)


async def _drain_queue(pump: MessagePump) -> None:
    is_reached = asyncio.Event()
    if pump.call_later(is_reached.set):
        await is_reached.wait()
