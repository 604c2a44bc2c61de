"""Other keys for commands, by the configuration file, and a report of what cannot be meant."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tui.key_binding import UNBOUND
from tui.key_names import is_text, label_key, parse_key
from tui.keys import KEYS, KeyBinding, KeyContext

TOGETHER: Final = (
    (KeyContext.QUEUE, KeyContext.VERBS, KeyContext.LIST, KeyContext.SELF, KeyContext.ANYWHERE),
    (KeyContext.READING, KeyContext.VERBS, KeyContext.SELF, KeyContext.ANYWHERE),
    (KeyContext.NOTICES, KeyContext.LIST, KeyContext.SELF, KeyContext.ANYWHERE),
    (KeyContext.HELD, KeyContext.LIST, KeyContext.ANYWHERE),
    (KeyContext.REPORT, KeyContext.SHEET, KeyContext.ANYWHERE),
    (KeyContext.ROWS, KeyContext.SHEET, KeyContext.ANYWHERE),
    (KeyContext.WALL, KeyContext.ANYWHERE),
    (KeyContext.TEXT, KeyContext.ANYWHERE),
    (KeyContext.COMPOSER, KeyContext.ANYWHERE),
    (KeyContext.HELP,),
    (KeyContext.CHOICE, KeyContext.PALETTE),
    (KeyContext.COLUMNS,),
    (KeyContext.PATH,),
    (KeyContext.PROMPT,),
)
"""Contexts whose keys are live at once: there a key has one meaning."""
_FIXED: Final = frozenset(
    {KeyContext.CHOICE, KeyContext.PALETTE, KeyContext.PATH, KeyContext.PROMPT}
    | {KeyContext.SIGN_IN, KeyContext.FILTER}
)
"""Questions are answered with the same keys everywhere."""
_TYPING: Final = frozenset({KeyContext.COMPOSER})
"""Contexts with a text field, where a letter is text."""


class Keymap(Struct, frozen=True):
    """The table of keys as configured, and a line for each entry that is not used."""

    table: tuple[KeyBinding, ...] = KEYS
    faults: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """Returns a line for the start of the workstation; empty where all is used."""
        count = len(self.faults)
        entries = f"{count} entry" if count == 1 else f"{count} entries"
        return f"{entries} of [keys] not used: deskwire keys check says why." if count else ""

    @property
    def overrides(self) -> dict[str, str]:
        """The ids whose keys are others than at first, with their keys."""
        first = {key.id: key.keys for key in KEYS}
        return {key.id: key.keys or UNBOUND for key in self.table if key.keys != first[key.id]}


NO_CHANGES: Final = Keymap()


def build_keymap(wanted: Mapping[str, str | Sequence[str]]) -> Keymap:
    """Returns the table with these keys. What cannot be used is left out and reported."""
    faults: list[str] = []
    given: dict[str, str] = {}
    known = {key.id: key for key in KEYS}
    for id_, names in wanted.items():
        try:
            given[id_] = _read_keys(known.get(id_), [names] if isinstance(names, str) else names)
        except ValueError as error:
            faults.append(f"{id_}: {error}.")
    while clashes := list(_find_clashes(_apply_keys(given), given)):
        faults += [line for _, line in clashes]
        for id_, _ in clashes:
            given.pop(id_, None)
    return Keymap(_apply_keys(given), tuple(faults))


def _read_keys(key: KeyBinding | None, names: Sequence[str]) -> str:
    """Returns the keys of an entry. Raises ValueError with what is wrong."""
    if key is None:
        raise ValueError("there is no such command; `deskwire keys` lists them")
    if key.context in _FIXED:
        raise ValueError("its key cannot be changed")
    keys = [parse_key(name) for name in names]
    is_typing = key.context in _TYPING or key.priority
    typed = next((it for it in keys if is_typing and is_text(it)), None)
    if typed is not None:
        raise ValueError(f"{label_key(typed)} is text there")
    return ",".join(keys)


def _apply_keys(given: Mapping[str, str]) -> tuple[KeyBinding, ...]:
    return tuple(replace(key, keys=given.get(key.id, key.keys)) for key in KEYS)


def _find_clashes(
    table: Sequence[KeyBinding], given: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yields an entry to leave out, and the reason, for each key with two meanings."""
    seen: set[tuple[str, str]] = set()
    for contexts in TOGETHER:
        bound = defaultdict[str, list[KeyBinding]](list)
        for key in table:
            for name in key.keys.split(",") if key.keys and key.context in contexts else ():
                bound[name].append(key)
        for name, keys in bound.items():
            changed = [key for key in keys if key.id in given]
            if len(keys) > 1 and changed and (changed[-1].id, name) not in seen:
                seen.add((changed[-1].id, name))
                others = " and ".join(key.id for key in keys if key is not changed[-1])
                yield changed[-1].id, f"{changed[-1].id}: {label_key(name)} is {others}, too."
