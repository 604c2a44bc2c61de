"""The one table of keys: bindings, footer and help all derive from it.

Never bound, because terminals deliver something else: ctrl+h, ctrl+i, ctrl+m, ctrl+[, alt+f,
alt+b and alt+enter. No letter is a command while a text field has the focus.
"""

from collections.abc import Iterable
from typing import Final

from textual.binding import Binding, BindingType

from tui.desk_keys import DESK_KEYS
from tui.key_binding import UNBOUND, KeyBinding, KeyContext
from tui.key_names import is_text, label_key
from tui.page_keys import PAGE_KEYS

__all__ = ["KEYS", "KeyBinding", "KeyContext", "find_key", "group_keys_by_context"]

KEYS: Final = DESK_KEYS + PAGE_KEYS


def _index_keys(table: Iterable[KeyBinding]) -> dict[str, KeyBinding]:
    return {key.id: key for key in table}


class _ActiveKeys:
    """The table in use, by id: KEYS, or what the configuration file made of it."""

    by_id = _index_keys(KEYS)


def use_keys(table: Iterable[KeyBinding]) -> None:
    """Has footer and help show these keys."""
    _ActiveKeys.by_id = _index_keys(table)


def list_bindings(context: KeyContext) -> list[BindingType]:
    """Returns the bindings of a screen or widget: its context's part of the table.

    They have the keys of KEYS; the app changes them by their ids.
    """
    return [
        Binding(
            key.keys or UNBOUND, key.action, key.label, show=False, priority=key.priority, id=key.id
        )
        for key in KEYS
        if key.context is context
    ]


def list_footer_keys(*contexts: KeyContext) -> list[KeyBinding]:
    """Returns the labelled keys of these contexts, most important first."""
    table = _ActiveKeys.by_id.values()
    return [key for key in table if key.label and key.keys and key.context in contexts]


def group_keys_by_context() -> dict[KeyContext, list[KeyBinding]]:
    """Returns the whole table by context, as the help shows it."""
    return {
        context: [key for key in _ActiveKeys.by_id.values() if key.context is context]
        for context in KeyContext
    }


def label_command(id_: str, *, is_typing: bool = False) -> str:
    """Returns what one presses for a command now; where it has no key, what one types: `:undo`.

    With `is_typing` it is a key that is no text. Raises KeyError.
    """
    key = find_key(id_)
    if key is None:
        raise KeyError(id_)
    names = [name for name in key.keys.split(",") if name and not (is_typing and is_text(name))]
    return label_key(names[0]) if names else f":{key.command}"


def find_key(id_: str) -> KeyBinding | None:
    """Returns the key with an id, as it is bound now."""
    return _ActiveKeys.by_id.get(id_)
