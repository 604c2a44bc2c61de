"""Row sets: many rows of one insert as one parameter, for PostgreSQL.

A statement with a parameter for each value of each row has another text for each number of rows,
and other types for each null among them: it is parsed, bound and prepared anew. With all rows in
one JSON list the text is always the same, and several tables share a statement.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

_INSERT: Final = re.compile(r"INSERT INTO (\S+) \(([^()]+)\) VALUES \(%s(?:, %s)*\)")
_BINARY: Final = frozenset({bytes, bytearray, memoryview})
_ENCODE: Final = msgspec.json.Encoder().encode


class SetStatement(NamedTuple):
    """A statement that writes a whole set, and its only value."""

    text: str
    value: str


class RowSet(Struct, frozen=True):
    """An insert of a whole set: `text` has one place, for a JSON list of objects.

    `columns` are the names of the values of a row.
    """

    text: str
    columns: tuple[str, ...]

    def encode_rows(self, rows: Sequence[Sequence[Any]]) -> SetStatement | None:
        """Returns the statement, or None where a value is binary: JSON has no form for it."""
        if not _BINARY.isdisjoint({type(value) for row in rows for value in row}):
            return None
        value = _ENCODE([dict(zip(self.columns, row, strict=True)) for row in rows]).decode()
        return SetStatement(self.text, value)


@lru_cache(maxsize=1024)
def find_row_set(text: str) -> RowSet | None:
    """Returns an insert for a set of rows; None for a statement that is no plain insert."""
    insert = _INSERT.fullmatch(text)
    if insert is None:
        return None
    table, columns = insert.groups()
    rows = f"json_populate_recordset(NULL::{table}, %s)"
    names = tuple(column.strip('"') for column in columns.split(", "))
    return RowSet(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {rows}", names)


@lru_cache(maxsize=1024)
def combine_sets(texts: tuple[str, ...]) -> str:
    """Returns inserts into different tables as one statement, with their places in that order."""
    *first, last = texts
    named = ", ".join(f"set{n} AS ({text})" for n, text in enumerate(first))
    return f"WITH {named} {last}" if first else last
