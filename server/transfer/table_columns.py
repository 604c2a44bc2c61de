"""Maps the columns of a table to the fields of a ticket."""

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
"""The fields to which a column can be mapped."""
MAPPED_FIELDS: Final = ("status", "priority", "category", "assignee", "customer_email")
"""The fields whose values can be mapped."""
REQUIRED_FIELDS: Final = ("subject", "customer_email", "created_at")
VALUE_MEANINGS: Final[Mapped[str, Mapped[str, str]]] = {
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
"""The meanings of words used by other help desks."""


class InvalidMapping(Exception):
    """An invalid `--map`, or a missing column."""


class ColumnMapping(Struct, frozen=True):
    """The columns and the meanings of values by field, as given by `--map`."""

    columns: Mapped[str, str] = {}
    values: Mapped[tuple[str, str], str] = {}

    @classmethod
    def parse_options(cls, maps: Iterable[str]) -> "ColumnMapping":
        """Reads `FIELD=COLUMN` and `FIELD:VALUE=MEANING`. Raises WrongMapping."""
        columns: dict[str, str] = {}
        values: dict[tuple[str, str], str] = {}
        for text in maps:
            left, equals, right = text.partition("=")
            field, colon, value = left.partition(":")
            if not equals or field not in FIELDS:
                raise InvalidMapping(
                    f"--map {text}: it is FIELD=COLUMN; fields: {', '.join(FIELDS)}."
                )
            if not colon:
                columns[field] = right
            elif field in MAPPED_FIELDS and (
                field not in VALUE_MEANINGS or right in VALUE_MEANINGS[field].values()
            ):
                values[field, normalize_label(value)] = right
            else:
                raise InvalidMapping(f"--map {text}: {_explain_meanings(field)}.")
        return cls(columns, values)

    def locate_columns(self, header: Sequence[str]) -> dict[str, int]:
        """Returns the index of each field's column. Raises WrongMapping for a missing column."""
        named = {normalize_label(name): n for n, name in reversed(list(enumerate(header)))}
        found: dict[str, int] = {field: named[field] for field in FIELDS if field in named}
        for field, column in self.columns.items():
            if normalize_label(column) not in named:
                there = ", ".join(header)
                raise InvalidMapping(f"--map {field}={column}: the table's columns are {there}.")
            found[field] = named[normalize_label(column)]
        missing = [field for field in REQUIRED_FIELDS if field not in found]
        if missing:
            says = f"The table has no column for {', '.join(missing)}"
            raise InvalidMapping(f"{says}: name it with --map {missing[0]}=COLUMN.")
        return found

    def translate_value(self, field: str, value: str) -> str:
        """Returns the meaning of a value; unknown values are returned as they are."""
        key = normalize_label(value)
        known = VALUE_MEANINGS.get(field, {}).get(key, value)
        return self.values.get((field, key), known)

    def explain_unknown_value(self, field: str, value: str) -> str:
        """Returns why a value cannot be used and how to map it; empty for a valid one."""
        words = dict.fromkeys(VALUE_MEANINGS[field].values())
        if self.translate_value(field, value) in words:
            return ""
        choices = ", ".join(words)
        hint = f'give it a meaning, as in --map "{field}:{value}={next(iter(words))}"'
        return f'the {field} "{value}" is not one of {choices}: {hint}'


def normalize_label(name: str) -> str:
    """Returns a name without differences in case, blanks and hyphens."""
    return re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")


def _explain_meanings(field: str) -> str:
    if field not in MAPPED_FIELDS:
        return f"values can be mapped only for {', '.join(MAPPED_FIELDS)}"
    meanings = ", ".join(dict.fromkeys(VALUE_MEANINGS[field].values()))
    return f"a value of {field} must be mapped to one of {meanings}"
