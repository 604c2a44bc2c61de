"""Rows of one kind as numpy arrays, so that a year of them is summed in milliseconds.

Everything is an integer: microseconds, ids, ranks. Nobody (an agent that is none) is 0, which no
agent's id is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
"""Integers of any width: rollups hold ids and ranks in fewer bytes than times."""
Flags = NDArray[np.bool_]
NOBODY: Final = 0


class ColumnArrays(NamedTuple):
    """Rows of one kind; `category` is an index into a list of categories kept elsewhere."""

    at: Ints
    number: Ints
    agent: Ints
    category: Ints
    priority: Ints
    value: Ints
    business: Ints

    @property
    def size(self) -> int:
        return len(self.at)

    def select_rows(self, chosen: Flags) -> "ColumnArrays":
        return ColumnArrays(*(column[chosen] for column in self))


def build_columns(rows: Sequence[Sequence[int]]) -> ColumnArrays:
    """Returns the columns of rows of integers."""
    if not rows:
        return EMPTY_COLUMNS
    table = np.array(rows, dtype=np.int64)
    return ColumnArrays(
        *(np.ascontiguousarray(table[:, n]) for n in range(len(ColumnArrays._fields)))
    )


def join_columns(parts: Iterable[ColumnArrays]) -> ColumnArrays:
    """Returns the rows of all parts, concatenated."""
    several = [part for part in parts if part.size]
    if not several:
        return EMPTY_COLUMNS
    if len(several) == 1:
        return several[0]
    return ColumnArrays(*(np.concatenate(same) for same in zip(*several, strict=True)))


def make_ints(values: Iterable[int] = ()) -> Ints:
    return np.fromiter(values, dtype=np.int64)


EMPTY_COLUMNS: Final = ColumnArrays(*(make_ints() for _ in ColumnArrays._fields))
