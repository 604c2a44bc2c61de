"""Names of keys and of the commands behind them, as people write them.

A command's id is its part of the screen and its action: `ticket.claim`, `list.page-next`. It is
the same in the configuration file, in `deskwire keys`, and in the palette.
"""

import re
from typing import Final

LABELS: Final = {
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "percent_sign": "%",
    "equals_sign": "=",
    "plus": "+",
    "minus": "-",
    "at": "@",
    "colon": ":",
    "semicolon": ";",
    "comma": "comma",
    "full_stop": ".",
    "underscore": "_",
    "vertical_line": "|",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}
"""The terminal library's names of keys, and what stands on them."""
_NAMES: Final = {label: name for name, label in LABELS.items()}
_NAMED: Final = frozenset(
    {*LABELS, "tab", "enter", "space", "home", "end", "insert", "delete", "backspace"}
    | {f"f{number}" for number in range(1, 25)}
)
_MODIFIERS: Final = ("ctrl", "alt", "shift")

NEVER_ARRIVE: Final = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter in some terminals",
    "ctrl+left_square_bracket": "esc",
    "alt+f": "ctrl+→",
    "alt+b": "ctrl+←",
    "alt+enter": "enter",
    "ctrl+enter": "enter",
}
"""Keys that terminals turn into another one."""

_ACTION: Final = re.compile(r"(?:app\.)?(\w+)(?:\('?([^')]*)'?\))?")
_STEPS: Final = {
    "1": "next",
    "-1": "previous",
    "0.5": "half-next",
    "-0.5": "half-previous",
    "True": "yes",
    "False": "no",
}
_RANGES: Final = {"0": "today", "1": "7-days", "2": "30-days", "3": "90-days"}
_SCROLLS: Final = {
    "0": "line-next",
    "-0.01": "line-previous",
    "0.9": "page-next",
    "-0.9": "page-previous",
    "-99": "start",
    "99": "end",
}


def name_command(action: str) -> str:
    """Returns the name of a bound action: `claim` for `verb('claim')`, `move-next`, `tab-mine`."""
    found = _ACTION.fullmatch(action)
    if found is None:
        raise ValueError(f"{action} is no action")
    function, argument = found[1], found[2] or ""
    if function == "verb":
        return argument.replace("_", "-")
    words = {"scroll": _SCROLLS, "range": _RANGES}.get(function, _STEPS)
    word = words.get(argument, argument)
    return "-".join(filter(None, (function, word))).replace("_", "-")


def label_key(key: str) -> str:
    """Returns a key as people write it: `/` for `slash`, `ctrl+]`."""
    *modifiers, last = key.split("+")
    return "+".join([*modifiers, LABELS.get(last, last)])


def parse_key(text: str) -> str:
    """Returns the terminal library's name of a key. Raises ValueError with a sentence."""
    modifiers = text.split("+")
    last = modifiers.pop() or ("+" if text else "")
    modifiers = [name for name in modifiers if name]
    name = _NAMES.get(last, last)
    is_known = len(name) == 1 or name in _NAMED
    if not is_known or any(it not in _MODIFIERS for it in modifiers):
        raise ValueError(f"no key is called {text!r}")
    key = "+".join([*modifiers, name])
    if key in NEVER_ARRIVE:
        raise ValueError(f"{text} never arrives: terminals send {NEVER_ARRIVE[key]}")
    return key


def is_text(key: str) -> bool:
    """Returns whether a key is a letter or sign, which in a text field is text."""
    return len(key) == 1 or key in _SIGNS


_SIGNS: Final = LABELS.keys() - {"escape", "pagedown", "pageup", "left", "right", "up", "down"} | {
    "space"
}
