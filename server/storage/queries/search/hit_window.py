"""The hits with the highest ticket numbers, on SQLite: enough for a page of the newest tickets.

The index has documents in the order of their numbers, so that it reads the newest alone.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from server.domain.tokenizer import QueryGroup
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.search import search_index
from server.storage.queries.search.search_index import (
    ID_MASK,
    MAX_NUMBER,
    NUMBER_SHIFT,
    TICKET_NUMBER,
)

_NEWEST: Final = Sql(
    sqlite=f"""SELECT json_array(
        (SELECT json_group_array(number) FROM (SELECT {TICKET_NUMBER} AS number FROM ticket_search
            WHERE ticket_search MATCH ? AND rowid BETWEEN ? AND ? AND (rowid & 1) <= ?
            ORDER BY rowid DESC LIMIT ?)),
        (SELECT json_group_array(number) FROM (SELECT theirs.number FROM tickets AS theirs
            WHERE theirs.org_id = ? AND theirs.customer_id IN (SELECT rowid & {ID_MASK}
            FROM people_search WHERE people_search MATCH ? AND rowid BETWEEN ? AND ?) LIMIT ?)))""",
    postgresql="",
    places="match first before notes hits org_id person_match first last hits",
)
_decode_hits = msgspec.json.Decoder(tuple[list[int], list[int]]).decode


class HitWindow(Struct, frozen=True):
    """All hits from the ticket number `first` to `last`."""

    numbers: frozenset[int]
    first: int
    last: int

    @property
    def is_complete(self) -> bool:
        """Returns whether there are no other hits."""
        return self.first == 0 and self.last == MAX_NUMBER

    def covers(self, number: int) -> bool:
        """Returns whether the ticket is a hit if and only if it is among the numbers."""
        return self.first <= number <= self.last

    def narrow(self, other: "HitWindow") -> "HitWindow":
        """Returns the hits of both, as far as both windows reach."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        numbers = frozenset(it for it in self.numbers & other.numbers if first <= it <= last)
        return HitWindow(numbers, first, last)


def find_newest_hits(
    reading: ReadTransaction,
    org_id: int,
    group: QueryGroup,
    words: Mapping[str, Sequence[str]],
    *,
    notes: bool,
    last: int,
    at_most: int,
) -> HitWindow | None:
    """Returns a group's newest hits up to the number `last`; None where a name has too many."""
    first_rowid, last_rowid = search_index.compute_rowid_bounds(org_id)
    text = reading.fetch_value(
        _NEWEST,
        match=search_index.build_sqlite_match(group, words),
        person_match=search_index.build_sqlite_match(group),
        first=first_rowid,
        last=last_rowid,
        before=min(last_rowid, first_rowid + (last + 1 << NUMBER_SHIFT) - 1),
        notes=notes,
        org_id=org_id,
        hits=at_most,
    )
    newest, theirs = _decode_hits(text)
    if len(theirs) == at_most:
        return None
    first = min(newest) if len(newest) == at_most else 0
    own = () if group.number is None else (group.number,)
    return HitWindow(frozenset((*newest, *theirs, *own)), first, last)
