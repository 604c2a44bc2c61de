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
ANY_TABLE: Final = "*"
_WRITES: Final = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


class _Answers:
    """The rows of one statement, for each values of its places that were asked for."""

    __slots__ = ("by_place", "names", "receive", "rows")

    def __init__(
        self,
        names: frozenset[str],
        rows: dict[Places, list[Row]],
        receive: Callable[[], Iterable[tuple[Places, Row]]],
        *,
        by_place: bool,
    ) -> None:
        self.names = names
        self.rows = rows
        self.receive: Callable[[], Iterable[tuple[Places, Row]]] | None = receive
        self.by_place = by_place

    def wait(self) -> dict[Places, list[Row]]:
        """Returns the rows; waits for them at the first call."""
        if self.receive is not None:
            for places, row in self.receive():
                self.rows.setdefault(places, []).append(row)
            self.receive = None
        return self.rows


class RowsAhead:
    """The rows of one transaction that were asked for ahead."""

    def __init__(self) -> None:
        self._answers: dict[str, _Answers] = {}

    def expect_rows(
        self,
        text: str,
        wanted: Iterable[Places],
        receive: Callable[[], Iterable[tuple[Places, Row]]],
        *,
        by_place: bool = False,
    ) -> None:
        """Expects what the statement reads for the values `wanted`, maybe no rows, and for others.

        With `by_place` its values are also the place of all that it reads (`write_later`).
        """
        rows: dict[Places, list[Row]] = {places: [] for places in wanted}
        self._answers[text] = _Answers(find_names(text), rows, receive, by_place=by_place)

    def find_rows(self, text: str, values: Sequence[Any]) -> list[Row] | None:
        """Returns what the statement reads; None where that was not asked for, or has changed."""
        answers = self._answers.get(text)
        return None if answers is None else answers.wait().get(tuple(values))

    def forget_changed(self, text: str, place: Hashable = None) -> None:
        """Forgets what a statement changes, or a row that is read only by its place."""
        if not self._answers:
            return
        table = find_written_table(text)
        if table is None:
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
