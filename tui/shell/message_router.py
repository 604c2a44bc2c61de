"""Routes messages to handlers that are no part of the app's class.

Textual finds a handler among the attributes of the app's classes. The app has one, for all
requests and results, and this table finds the object that handles the message.
"""

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

from textual.message import Message

MessageHandler = Callable[[Any], Awaitable[None] | None]
RouteTable = Mapping[type[Message], MessageHandler]


class MessageRouter:
    """Calls the handler of a message's class, or of its nearest base class that has one."""

    def __init__(self, *tables: RouteTable) -> None:
        """Joins the tables. Raises ValueError where two of them handle one class."""
        self._handlers: dict[type, MessageHandler] = {}
        for table in tables:
            twice = self._handlers.keys() & table.keys()
            if twice:
                raise ValueError(f"handled twice: {twice}")
            self._handlers |= table

    def find_handler(self, kind: type[Message]) -> MessageHandler | None:
        """Returns the handler of messages of this class; None: they are handled elsewhere."""
        handled = (base for base in kind.__mro__ if base in self._handlers)
        return next((self._handlers[base] for base in handled), None)

    async def handle_message(self, message: Message) -> None:
        """Handles a message; one without a handler, such as a screen's own answer, passes by."""
        handler = self.find_handler(type(message))
        if handler is not None:
            waiting = handler(message)
            if isawaitable(waiting):
                await waiting
