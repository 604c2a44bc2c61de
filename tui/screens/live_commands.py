"""Finds the commands that are live on a screen, and the widget that carries each out."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct
from textual.dom import DOMNode
from textual.screen import Screen

from common.wire import TicketView
from tui.keys import KeyBinding, KeyContext, find_key
from tui.model.choices import PickerOption
from tui.model.context import WorkstationContext

_MOVING: Final = frozenset({KeyContext.LIST, KeyContext.SHEET, KeyContext.TEXT})
"""Contexts of keys that move: nobody looks for these by name."""
_SCREENS: Final = frozenset(
    {KeyContext.QUEUE, KeyContext.READING, KeyContext.SELF, KeyContext.ANYWHERE}
)
"""Contexts of a whole screen: what is done with its ticket is named before them."""
_MOVES: Final = ("move", "first", "last", "page", "palette", "command")


class LiveCommand(Struct, frozen=True):
    """A command with its key, and where its action runs."""

    key: KeyBinding
    node: DOMNode


def list_live_commands(screen: Screen[Any]) -> list[LiveCommand]:
    """Returns what can be asked for on a screen: of the focused widget first, then further out."""
    found: dict[str, LiveCommand] = {}
    nodes = [*(screen.focused or screen).ancestors_with_self]
    for node in nodes:
        for key in _list_keys(node):
            found.setdefault(key.id, LiveCommand(key, node))
    return list(found.values())


def _list_keys(node: DOMNode) -> Iterator[KeyBinding]:
    for kind in type(node).__mro__:
        for binding in vars(kind).get("BINDINGS", ()):
            key = find_key(getattr(binding, "id", None) or "")
            if key is not None:
                yield key


def list_palette_options(
    commands: list[LiveCommand], context: WorkstationContext, ticket: TicketView | None
) -> list[PickerOption]:
    """Returns a line for each command: its name, key and meaning, or why it is not available.

    What can be done with the ticket comes before the screen's own, what is not available last.
    """
    keys = [
        command.key
        for command in commands
        if command.key.context not in _MOVING and not command.key.command.startswith(_MOVES)
    ]
    keys.sort(key=_rank_key)
    options = [_build_option(key, context, ticket) for key in keys]
    return sorted(options, key=lambda option: option.is_dead)


def _rank_key(key: KeyBinding) -> int:
    if key.context is KeyContext.VERBS:
        return 1
    return 2 if key.context in _SCREENS else 0


def _build_option(
    key: KeyBinding, context: WorkstationContext, ticket: TicketView | None
) -> PickerOption:
    reason = context.explain_unavailable(key.verb, ticket) if key.verb else None
    hint = f"· {reason}" if reason else key.says.replace("`", "")
    keys = "" if key.keys == "" else key.first_key
    return PickerOption(key.id, key.command, f"{keys:<7}{hint}", is_dead=reason is not None)
