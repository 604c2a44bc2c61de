"""Pending writes: what a transaction changes later, in as few statements as there are tables.

A job says what to write and goes on; the rows go to the database together, those of all jobs of one
commit. Nobody can tell: before a statement that names a table, what is pending for that table is
run, in the order in which it was given. A row with a `place` is waited for only by who reads that
place.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from server.storage.engine.row_sets import SetStatement, combine_sets, find_row_set

ROWS_AT_ONCE: Final = 64
"""Rows of one insert: one statement, and one switch of threads, for all of them."""
_TARGET: Final = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WORD: Final = re.compile(r"\w+")


class PendingCursor(Protocol):
    """The methods of both drivers' cursors that run pending writes."""

    def execute(self, query: str, params: Sequence[Any], /) -> object: ...

    def executemany(self, query: str, params: Sequence[Sequence[Any]], /) -> object: ...


class _Run:
    """Rows of one statement, one after the other."""

    __slots__ = ("places", "rows", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows: list[Sequence[Any]] = []
        self.places: set[Hashable] = set()


class PendingWrites:
    """The writes of one transaction that have not been run, by table."""

    def __init__(self, open_cursor: Callable[[], PendingCursor], *, as_sets: bool = False) -> None:
        self._open_cursor = open_cursor
        self._as_sets = as_sets
        """True where several rows are one parameter (`row_sets`)."""
        self._runs: dict[str, list[_Run]] = {}

    def add_row(self, text: str, values: Sequence[Any], place: Hashable = None) -> None:
        """Adds a row of values for a statement that writes; several of one statement run as one."""
        table = find_target(text)
        runs = self._runs.setdefault(table, [])
        if not runs or runs[-1].text != text:
            runs.append(_Run(text))
        last = runs[-1]
        last.rows.append(values)
        last.places.add(place)
        if len(last.rows) == ROWS_AT_ONCE:
            self._run_table(table)

    def run_for(self, text: str) -> None:
        """Runs what is pending for the tables that a statement names."""
        if self._runs:
            for table in self._runs.keys() & find_names(text):
                self._run_table(table)

    def run_for_place(self, text: str, place: Hashable) -> None:
        """Does the same for a statement that reads one place of each of its tables only."""
        for table in self._runs.keys() & find_names(text):
            if any(place in run.places or None in run.places for run in self._runs[table]):
                self._run_table(table)

    def run_all(self) -> None:
        """Runs everything."""
        if self._as_sets:
            self._run_sets()
        for table in list(self._runs):
            self._run_table(table)

    def _run_sets(self) -> None:
        """Runs the tables that get one set of rows each, all of them as one statement."""
        found = {
            table: _encode_set(runs[0]) for table, runs in self._runs.items() if len(runs) == 1
        }
        sets = {table: it for table, it in sorted(found.items()) if it is not None}
        if not sets:
            return
        for table in sets:
            del self._runs[table]
        text = combine_sets(tuple(it.text for it in sets.values()))
        self._open_cursor().execute(text, [it.value for it in sets.values()])

    def _run_table(self, table: str) -> None:
        cursor = self._open_cursor()
        for run in self._runs.pop(table):
            found = _encode_set(run) if self._as_sets and len(run.rows) > 1 else None
            if found is not None:
                cursor.execute(found.text, [found.value])
                continue
            for text, rows in _as_few_statements(run):
                if len(rows) == 1:
                    cursor.execute(text, rows[0])
                else:
                    cursor.executemany(text, rows)


def _encode_set(run: _Run) -> SetStatement | None:
    row_set = find_row_set(run.text)
    return None if row_set is None else row_set.encode_rows(run.rows)


def _as_few_statements(run: _Run) -> Iterator[tuple[str, list[Sequence[Any]]]]:
    """Yields the statements of a run: an insert has all its rows in one."""
    if len(run.rows) > 1 and run.text.endswith(")") and " VALUES " in run.text:
        yield repeat_values(run.text, len(run.rows)), [[it for row in run.rows for it in row]]
    else:
        yield run.text, run.rows


@lru_cache(maxsize=1024)
def repeat_values(text: str, rows: int) -> str:
    """Returns an insert of one row as an insert of several."""
    head, values = text.rsplit(" VALUES ", 1)
    return f"{head} VALUES {', '.join([values] * rows)}"


@lru_cache(maxsize=1024)
def find_target(text: str) -> str:
    """Returns the table that a statement writes to. Raises ValueError for one that only reads."""
    found = _TARGET.match(text)
    if found is None:
        raise ValueError(text)
    return found[1]


@lru_cache(maxsize=4096)
def find_names(text: str) -> frozenset[str]:
    """Returns every word of a statement: its tables are among them."""
    return frozenset(_WORD.findall(text))
