"""The hits with the highest ticket numbers: enough for a page of the newest tickets.

SQLite's index has documents in the order of their numbers, and reads the newest alone. PostgreSQL's
has not, but the rows of all but the newest tickets are not read.
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

_THEIRS: Final = """(SELECT {numbers} FROM (SELECT theirs.number FROM tickets AS theirs
    WHERE theirs.org_id = {place} AND theirs.customer_id IN ({people}) LIMIT {place}) AS own)"""
_NEWEST_ON_SQLITE: Final = Sql(
    sqlite=f"""SELECT json_array(0, (SELECT json_group_array(number)
        FROM (SELECT {TICKET_NUMBER} AS number FROM ticket_search
            WHERE ticket_search MATCH ? AND rowid BETWEEN ? AND ? AND (rowid & 1) <= ?
            ORDER BY rowid DESC LIMIT ?)), {
        _THEIRS.format(
            numbers="json_group_array(number)",
            place="?",
            people=f'''SELECT rowid & {ID_MASK} FROM people_search
                WHERE people_search MATCH ? AND rowid BETWEEN ? AND ?''',
        )
    })""",
    postgresql="",
    places="match first before notes hits org_id person_match first last hits",
)
_NEWEST_ON_POSTGRESQL: Final = Sql(
    sqlite="",
    postgresql=f"""SELECT json_build_array(first, (SELECT coalesce(json_agg(number), '[]')
        FROM ticket_search WHERE org_id = %s AND number BETWEEN first AND %s
        AND words @@ %s::tsquery AND note <= %s), {
        _THEIRS.format(
            numbers="coalesce(json_agg(number), '[]')",
            place="%s",
            people="SELECT id FROM people_search WHERE org_id = %s AND words @@ %s::tsquery",
        )
    })::text FROM (SELECT greatest(0, least(max(number), %s) - %s) AS first
        FROM ticket_search WHERE org_id = %s) AS span""",
    places="org_id last match notes org_id org_id match hits last span org_id",
)
_decode_hits = msgspec.json.Decoder(tuple[int, list[int], list[int]]).decode


class WindowSize(Struct, frozen=True):
    """The most hits that are listed on SQLite, and the ticket numbers looked at on PostgreSQL."""

    hits: int
    numbers: int


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
    size: WindowSize,
) -> HitWindow | None:
    """Returns a group's newest hits up to the number `last`; None where a name has too many."""
    values = {"org_id": org_id, "notes": notes, "hits": size.hits, "span": size.numbers}
    if reading.dialect == "sqlite":
        bounds = _bind_on_sqlite(org_id, group, words, last)
        text = reading.fetch_value(_NEWEST_ON_SQLITE, **values, **bounds)
    else:
        match = search_index.build_postgres_match(org_id, group)
        text = reading.fetch_value(_NEWEST_ON_POSTGRESQL, **values, match=match, last=last)
    first, newest, theirs = _decode_hits(text)
    if len(theirs) == size.hits:
        return None
    if len(newest) == size.hits and reading.dialect == "sqlite":
        first = min(newest)
    own = () if group.number is None else (group.number,)
    hits = frozenset(it for it in (*newest, *theirs, *own) if first <= it <= last)
    return HitWindow(hits, first, last)


def _bind_on_sqlite(
    org_id: int, group: QueryGroup, words: Mapping[str, Sequence[str]], last: int
) -> dict[str, object]:
    first_rowid, last_rowid = search_index.compute_rowid_bounds(org_id)
    return {
        "match": search_index.build_sqlite_match(group, words),
        "person_match": search_index.build_sqlite_match(group),
        "first": first_rowid,
        "last": last_rowid,
        "before": min(last_rowid, first_rowid + (last + 1 << NUMBER_SHIFT) - 1),
    }
