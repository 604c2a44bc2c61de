"""Rows ahead: what the jobs of a transaction are going to read, asked for before the first one.

PostgreSQL then answers all of it in one journey. Nobody can tell: rows are given to who runs the
statement that would have read them, and no longer once something is written that it may read.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from server.storage.engine.pending_writes import find_names, find_target

Row = Sequence[Any]
Places = tuple[Any, ...]
"""The values of a statement's places, in their order."""
Receive = Callable[[], Iterable[tuple[Places, Row]]]
"""Waits for the rows of a statement that was sent, each with the values that it is read by."""

ANY_TABLE: Final = "*"
_WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


class _Answers:
    """The rows of one statement, for each values of its places that were asked for."""

    __slots__ = ("by_place", "names", "rows", "unreceived")

    def __init__(self, names: frozenset[str], *, by_place: bool) -> None:
        self.names = names
        self.by_place = by_place
        self.rows: dict[Places, list[Row]] = {}
        self.unreceived: list[Receive] = []

    def wait(self) -> dict[Places, list[Row]]:
        """Returns the rows; waits for them at the first call."""
        for receive in self.unreceived:
            for places, row in receive():
                self.rows.setdefault(places, []).append(row)
        self.unreceived.clear()
        return self.rows


class RowsAhead:
    """The rows of one transaction that were asked for ahead."""

    def __init__(self) -> None:
        self._answers: dict[str, _Answers] = {}
        self._names: set[str] = {ANY_TABLE}
        """The words of all statements that read ahead: their tables are among them."""

    def expect_rows(
        self, text: str, wanted: Iterable[Places], receive: Receive, *, by_place: bool = False
    ) -> None:
        """Expects what the statement reads for the values `wanted`, maybe no rows, and for others.

        With `by_place` its values are also the place of all that it reads (`write_later`). Nothing
        may be asked for twice.
        """
        answers = self._answers.get(text)
        if answers is None:
            answers = self._answers[text] = _Answers(find_names(text), by_place=by_place)
            self._names |= answers.names
        answers.rows.update((places, []) for places in wanted)
        answers.unreceived.append(receive)

    def find_rows(self, text: str, values: Sequence[Any]) -> list[Row] | None:
        """Returns what the statement reads; None where that was not asked for, or has changed."""
        answers = self._answers.get(text)
        if answers is None:
            return None
        rows = answers.wait() if answers.unreceived else answers.rows
        return rows.get(tuple(values))

    def forget_changed(self, text: str, place: Hashable = None) -> None:
        """Forgets what a statement changes, or a row that is read only by its place."""
        table = find_written_table(text) if self._answers else None
        if table is None or table not in self._names:
            return
        for reader, answers in tuple(self._answers.items()):
            if table not in answers.names and table != ANY_TABLE:
                continue
            if place is not None and answers.by_place:
                answers.wait().pop(place, None)  # type: ignore[call-overload]
            else:
                del self._answers[reader]


@lru_cache(maxsize=1024)
def find_written_table(text: str) -> str | None:
    """Returns the table that a statement writes to, None for one that only reads."""
    if not _WRITES.search(text):
        return None
    try:
        return find_target(text)
    except ValueError:
        return ANY_TABLE
