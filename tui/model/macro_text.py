"""A macro as one text that is edited: lines of settings, a rule, and the text that is sent. Pure.

The same text can be written in any editor. What is written there is read back exactly, or refused
with the line that is wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import UNSET

from common.macros import ME, CreateMacro, MacroVerbs, MacroView, find_variable_errors
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import UserView

RULE: Final = "---"
_EVERYBODY: Final = "everybody"
_BOTH: Final = "reply or note"
_KINDS: Final = {_BOTH: None, **{kind.value: kind for kind in MessageKind}}
_SETTINGS: Final = {
    "name": "how you find it",
    "for": f"{ME}, or {_EVERYBODY} (supervisors)",
    "use in": ", ".join(_KINDS),
    "status": "open, in progress, resolved, or nothing",
    "waiting on": "agent, customer, third party, or nothing",
    "priority": "low, normal, high, urgent, or nothing",
    "category": "a category, or nothing",
    "tags": "+tag adds one, -tag removes one; commas between them",
    "give to": f"{ME}, a colleague's name, or nothing",
}
"""The settings in their order, with what each may be."""


class MacroTextError(Exception):
    """A line that is wrong; `line` counts from 0, the message is a sentence."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def describe_setting(line: str) -> str:
    """Returns what the setting of a line may be; empty for a line that has none."""
    return _SETTINGS.get(line.partition(":")[0].strip().lower(), "")


def format_macro_text(macro: MacroView | None, users: Mapping[int, UserView]) -> str:
    """Returns a macro as a text to edit; without one, a text to begin with."""
    verbs = macro.verbs if macro else MacroVerbs()
    tags = [*(f"+{tag}" for tag in verbs.add_tags), *(f"-{tag}" for tag in verbs.remove_tags)]
    values = {
        "name": macro.name if macro else "",
        "for": _EVERYBODY if macro and macro.shared else ME,
        "use in": (macro.kind or _BOTH) if macro else MessageKind.REPLY,
        "status": _to_words(verbs.status),
        "waiting on": _to_words(verbs.waiting_on),
        "priority": verbs.priority or "",
        "category": verbs.category or "",
        "tags": ", ".join(tags),
        "give to": _format_assignee(verbs.assign_to or "", users),
    }
    lines = [f"{name}: {value}" for name, value in values.items()]
    return "\n".join([*lines, RULE, macro.body if macro else ""])


def parse_macro_text(text: str, users: Mapping[int, UserView]) -> CreateMacro:
    """Returns the macro that a text describes. Raises MacroTextError."""
    lines = text.split("\n")
    if RULE not in (line.strip() for line in lines):
        raise MacroTextError(len(lines) - 1, f"A line {RULE} must come before the text.")
    rule = next(place for place, line in enumerate(lines) if line.strip() == RULE)
    found = _read_settings(lines[:rule])
    body = "\n".join(lines[rule + 1 :]).rstrip("\n")
    if not body.strip():
        raise MacroTextError(rule, f"Write the text below the line {RULE}.")
    for error in find_variable_errors(body):
        place = next(n for n in range(rule + 1, len(lines)) if find_variable_errors(lines[n]))
        raise MacroTextError(place, f"The text {error.detail}.")
    return _SettingReader(found, users).read_macro(body)


def _read_settings(lines: list[str]) -> dict[str, tuple[int, str]]:
    """Returns the value of each setting, with its line."""
    found: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or name not in _SETTINGS:
            raise MacroTextError(place, f"A line must begin with one of: {', '.join(_SETTINGS)}.")
        if name in found:
            raise MacroTextError(place, f"“{name}” is there twice.")
        found[name] = place, value.strip()
    return found


class _SettingReader:
    """Reads settings as the fields of a macro."""

    def __init__(self, found: Mapping[str, tuple[int, str]], users: Mapping[int, UserView]) -> None:
        self._found, self._users = found, users

    def read_macro(self, body: str) -> CreateMacro:
        added, removed = self._read("tags", _read_tags, ((), ()))
        verbs = MacroVerbs(
            status=self._read("status", lambda text: Status(_to_value(text)), UNSET),
            waiting_on=self._read("waiting on", lambda text: WaitingOn(_to_value(text)), UNSET),
            priority=self._read("priority", lambda text: Priority(text.lower()), UNSET),
            category=self._read("category", str, UNSET),
            add_tags=added,
            remove_tags=removed,
            assign_to=self._read("give to", self._find_assignee, UNSET),
        )
        name = self._read("name", str, "")
        if not name:
            raise MacroTextError(self._found.get("name", (0, ""))[0], "The macro needs a name.")
        return CreateMacro(
            name=name,
            body=body,
            kind=self._read("use in", lambda text: _KINDS[text.lower()], None),
            shared=self._read("for", _read_owner, False),
            verbs=verbs,
        )

    def _read(self, name: str, convert: Callable[[str], Any], default: Any) -> Any:
        place, text = self._found.get(name, (0, ""))
        if not text:
            return default
        try:
            return convert(text)
        except (ValueError, KeyError):
            raise MacroTextError(place, f"“{name}” may be: {_SETTINGS[name]}.") from None

    def _find_assignee(self, text: str) -> str:
        if text.lower() == ME:
            return ME
        found = [user.id for user in self._users.values() if user.name.lower() == text.lower()]
        is_known = text.isdecimal() and int(text) in self._users
        if len(found) != 1 and not is_known:
            raise ValueError(text)
        return str(found[0]) if len(found) == 1 else text


def _read_owner(text: str) -> bool:
    return {ME: False, _EVERYBODY: True}[text.lower()]


def _read_tags(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the tags to add and those to remove."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if any(word.strip("+-") == "" for word in words):
        raise ValueError(text)
    removed = tuple(word[1:].strip() for word in words if word.startswith("-"))
    return tuple(word.removeprefix("+").strip() for word in words if word[0] != "-"), removed


def _format_assignee(to: str, users: Mapping[int, UserView]) -> str:
    """Returns the name, or the id of somebody whose name others have too."""
    person = users.get(int(to)) if to.isdecimal() else None
    same = [user for user in users.values() if person and user.name.lower() == person.name.lower()]
    return person.name if person and len(same) == 1 else to


def _to_words(value: str | Any) -> str:
    return value.replace("_", " ") if value else ""


def _to_value(text: str) -> str:
    return text.lower().replace(" ", "_")
