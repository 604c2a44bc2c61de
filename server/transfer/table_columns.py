"""The columns of a table, and which field of a ticket each of them is."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Mapped
from typing import Final

from msgspec import Struct

FIELDS: Final[tuple[str, ...]] = (
    "external_id",
    "number",
    "subject",
    "description",
    "priority",
    "category",
    "tags",
    "customer_email",
    "customer_name",
    "assignee",
    "status",
    "created_at",
    "first_response_at",
    "resolved_at",
    "closed_at",
    "updated_at",
)
"""The fields that a column of a table can be."""
MAPPED: Final = ("status", "priority", "category", "assignee", "customer_email")
"""Fields whose values can be given a meaning."""
REQUIRED: Final = ("subject", "customer_email", "created_at")
VALUES: Final[Mapped[str, Mapped[str, str]]] = {
    "status": {
        "new": "open",
        "open": "open",
        "assigned": "in_progress",
        "active": "in_progress",
        "in_progress": "in_progress",
        "pending": "in_progress",
        "waiting": "in_progress",
        "on_hold": "in_progress",
        "hold": "in_progress",
        "solved": "resolved",
        "resolved": "resolved",
        "done": "resolved",
        "closed": "closed",
    },
    "priority": {
        "low": "low",
        "minor": "low",
        "p4": "low",
        "normal": "normal",
        "medium": "normal",
        "p3": "normal",
        "high": "high",
        "major": "high",
        "p2": "high",
        "urgent": "urgent",
        "critical": "urgent",
        "p1": "urgent",
    },
}
"""The meanings of words that other desks use."""


class WrongMapping(Exception):
    """A `--map` that cannot be meant, or a table that lacks a column which is needed."""


class Mapping(Struct, frozen=True):
    """Columns by field, and the meaning of values by field, as `--map` gives them."""

    columns: Mapped[str, str] = {}
    values: Mapped[tuple[str, str], str] = {}

    @classmethod
    def of(cls, maps: Iterable[str]) -> "Mapping":
        """Reads `FIELD=COLUMN` and `FIELD:VALUE=MEANING`. Raises WrongMapping."""
        columns: dict[str, str] = {}
        values: dict[tuple[str, str], str] = {}
        for text in maps:
            left, equals, right = text.partition("=")
            field, colon, value = left.partition(":")
            if not equals or field not in FIELDS:
                raise WrongMapping(
                    f"--map {text}: it is FIELD=COLUMN; fields: {', '.join(FIELDS)}."
                )
            if not colon:
                columns[field] = right
            elif field in MAPPED and (field not in VALUES or right in VALUES[field].values()):
                values[field, plain(value)] = right
            else:
                raise WrongMapping(f"--map {text}: {_meanings(field)}.")
        return cls(columns, values)

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """The index of each field's column. Raises WrongMapping for a column that is not there."""
        named = {plain(name): n for n, name in reversed(list(enumerate(header)))}
        found: dict[str, int] = {field: named[field] for field in FIELDS if field in named}
        for field, column in self.columns.items():
            if plain(column) not in named:
                there = ", ".join(header)
                raise WrongMapping(f"--map {field}={column}: the table's columns are {there}.")
            found[field] = named[plain(column)]
        missing = [field for field in REQUIRED if field not in found]
        if missing:
            says = f"The table has no column for {', '.join(missing)}"
            raise WrongMapping(f"{says}: name it by --map {missing[0]}=COLUMN.")
        return found

    def meaning(self, field: str, value: str) -> str:
        """Returns what a value means here; one that nobody knows is handed back."""
        key = plain(value)
        known = VALUES.get(field, {}).get(key, value)
        return self.values.get((field, key), known)

    def unknown_word(self, field: str, value: str) -> str:
        """Returns why a value cannot be used, and how to map it; nothing for one that can."""
        words = dict.fromkeys(VALUES[field].values())
        if self.meaning(field, value) in words:
            return ""
        choices = ", ".join(words)
        hint = f'give it a meaning, as in --map "{field}:{value}={next(iter(words))}"'
        return f'the {field} "{value}" is not one of {choices}: {hint}'


def plain(name: str) -> str:
    """A name without what two tables write differently: case, blanks, hyphens."""
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")


def _meanings(field: str) -> str:
    if field not in MAPPED:
        return f"meanings of values can be given for {', '.join(MAPPED)}"
    return f"a value of {field} means one of {', '.join(dict.fromkeys(VALUES[field].values()))}"
