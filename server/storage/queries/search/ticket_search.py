"""The search for tickets by words: reads texts where words are common, else asks the index.

A page needs only the first tickets of a list. Of a word that many tickets have, these are soon
found by reading the list from its beginning; for a word that few have, the index names them all. A
sample of the list's first tickets and the number of hits decide. Between the two, a list with the
newest first needs only the hits with the highest numbers (`hit_window`).
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from common.tickets.replying import MessageKind
from server.domain.text_match import Matcher, TicketTexts
from server.domain.tokenizer import QueryGroup
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.search import hit_window, prefix_words, search_index
from server.storage.queries.search.hit_window import HitWindow, WindowSize
from server.storage.queries.search.search_index import MAX_NUMBER, NO_WORDS
from server.storage.queries.ticket import ticket_lists
from server.storage.queries.ticket.list_shape import ListShape

SAMPLE_SIZE: Final = 24
"""Tickets whose texts are read to estimate how common words are."""
MAX_READ_PER_HIT: Final = 40
"""The most tickets read per ticket found before the index is asked."""
MAX_READ_PER_HIT_AT_LAST: Final = 400
"""The same once the index has said that there are very many hits."""
MAX_HITS: Final = {"sqlite": 60_000, "postgresql": 20_000}
"""The most hits of the index that are worth listing; PostgreSQL reads a row for each."""
NEWEST: Final = WindowSize(hits=2_000, numbers=8_000)
"""The part of the index that is looked at first, for each group."""
COMMON_IN_SAMPLE: Final = 4
"""With so many matches in the sample, the hits of a word are not worth listing."""
FEW_NUMBERS: Final = 500
"""Up to this many numbers are always looked up one by one."""
PLACES_PER_LOOKUP: Final = 2
"""So many places of a list are read in the time that looks up one number."""
PROMISING_MATCHES: Final = 2
"""With this many matches in the sample, the list is read on."""
READABLE_TICKETS: Final = 300
"""Up to this many tickets are read faster than another word is looked up."""
HITS_PER_TEXT: Final = 100
"""So many hits are listed in the time that reads the texts of one ticket."""
_LEAST_READ: Final = 32
_FIRST_READ: Final = 128
_READ_AT_ONCE: Final = 512
_PLACES_AT_ONCE: Final = 8_000
_EVERYTHING: Final = 2**53

_NUMBERS = {
    "sqlite": "IN (SELECT value FROM json_each(?))",
    "postgresql": "= ANY (%s::text::bigint[])",
}
_FURTHER_SQL: Final = """(SELECT {aggregate} FROM user_addresses
    WHERE user_addresses.org_id = users.org_id AND user_addresses.user_id = users.id)"""
_FURTHER: Final = {
    "sqlite": _FURTHER_SQL.format(aggregate="group_concat(address, char(10))"),
    "postgresql": _FURTHER_SQL.format(aggregate="string_agg(address, chr(10))"),
}
"""The customer's further addresses, one a line; null where there are none."""
_TICKETS = Sql(
    sqlite=f"""SELECT json_group_array(json_array(number, subject, description,
        tickets.attachments, external_id, name, email, {_FURTHER["sqlite"]}))
        FROM tickets JOIN users ON users.org_id = tickets.org_id AND users.id = customer_id
        WHERE tickets.org_id = ? AND number {_NUMBERS["sqlite"]}""",
    postgresql=f"""SELECT coalesce(json_agg(json_build_array(number, subject, description,
        tickets.attachments, external_id, name, email, {_FURTHER["postgresql"]}))::text,
        '[]') FROM tickets JOIN users ON users.org_id = tickets.org_id AND users.id = customer_id
        WHERE tickets.org_id = %s AND number {_NUMBERS["postgresql"]}""",
    places="org_id numbers",
)
_MESSAGES = Sql(
    sqlite=f"""SELECT json_group_array(json_array(number, kind, body, attachments)) FROM messages
        WHERE org_id = ? AND number {_NUMBERS["sqlite"]}""",
    postgresql=f"""SELECT coalesce(json_agg(
        json_build_array(number, kind, body, attachments))::text, '[]')
        FROM messages WHERE org_id = %s AND number {_NUMBERS["postgresql"]}""",
    places="org_id numbers",
)
_TicketText = tuple[int, str, str, str | None, str | None, str, str, str | None]
_decode_tickets = msgspec.json.Decoder(list[_TicketText]).decode
_decode_messages = msgspec.json.Decoder(list[tuple[int, str, str, str | None]]).decode
_Places = list[tuple[int, int]]


def search_tickets(
    reading: ReadTransaction, shape: ListShape, values: dict[str, Any], groups: Sequence[QueryGroup]
) -> tuple[list[bytes], int]:
    """Returns tickets of a list that match every group of a query, and their seq.

    Each is a row as in `ticket_lists.list_tickets`.
    """
    numbers = _TicketSearch(reading, shape, values, groups).page_numbers()
    chosen = replace(shape.without_filters(), customers=0, assignees=0, cursor=False, among=True)
    written = ticket_lists.encode_numbers(shape.dialect, numbers)
    return ticket_lists.list_tickets(reading, chosen, values | {"numbers": written})


class _TicketSearch:
    def __init__(
        self,
        reading: ReadTransaction,
        shape: ListShape,
        values: dict[str, Any],
        groups: Sequence[QueryGroup],
    ) -> None:
        self._reading = reading
        self._shape = shape
        self._values = values
        self._groups = groups
        self._matcher = Matcher(groups)
        self._known: dict[int, list[bool]] = {}

    @property
    def _page_limit(self) -> int:
        limit: int = self._values["limit"]
        return limit

    def page_numbers(self) -> list[int]:
        """Returns the page's numbers in order."""
        is_looked_at = self._shape.is_indexed or self._shape.is_narrow
        look = self._match_sample() if is_looked_at else []
        matching = sum(map(all, look))
        if matching >= PROMISING_MATCHES:
            found = self._read_list(MAX_READ_PER_HIT, len(look) / matching)
            if found is not None:
                return found
        return self._find_by_index([sum(row[n] for row in look) for n in range(len(self._groups))])

    def _match_sample(self) -> list[list[bool]]:
        """Returns, for each of the first tickets of the unfiltered list, which groups match it."""
        places = self._list_positions(self._shape.without_filters(), self._values, SAMPLE_SIZE)
        return list(self._match_groups([number for _, number in places]).values())

    def _read_list(self, most_for_one: int, for_one: float) -> list[int] | None:
        """Reads the list from its beginning; returns None where too few of its tickets match."""
        found: list[int] = []
        read = 0
        size = min(_FIRST_READ, self._size_of_read(self._page_limit, for_one))
        chunks = self._read_chunks(size, size)
        places = next(chunks, None)
        while places:
            found += self._filter_matching([number for _, number in places])
            read += len(places)
            missing, for_one = self._page_limit - len(found), read / max(1, len(found))
            if missing <= 0:
                break
            if for_one > most_for_one:
                return None
            places = _next_chunk(chunks, self._size_of_read(missing, for_one))
        return found[: self._page_limit]

    @staticmethod
    def _size_of_read(missing: int, for_one: float) -> int:
        """Estimates how many tickets hold the missing matches, from those that were read."""
        return max(_LEAST_READ, min(_READ_AT_ONCE, int(1.2 * missing * for_one)))

    def _find_by_index(self, common: Sequence[int]) -> list[int]:
        """Finds by the index, rarest group first; `common` counts each group's sample matches."""
        found = self._find_newest(common) if self._is_newest_first else None
        return self._find_by_hits(common) if found is None else found

    @property
    def _is_newest_first(self) -> bool:
        """Returns whether the list has about the order of ticket numbers, turned round."""
        shape = self._shape
        has_order = shape.is_indexed and shape.descending and shape.sort != "sla_due"
        return has_order and not self._is_sparse

    @property
    def _is_sparse(self) -> bool:
        """Returns whether the list may have few tickets among many that it is read through."""
        return self._shape.without_filters() != self._shape or not self._shape.is_indexed

    def _find_newest(self, common: Sequence[int]) -> list[int] | None:
        """Finds the page by the newest hits; returns None where it needs older ones."""
        window: HitWindow | None = None
        unasked = []
        for n in sorted(range(len(common)), key=common.__getitem__):
            rough = self._groups[n].without_short_prefixes
            hits = self._find_newest_hits(rough) if common[n] < COMMON_IN_SAMPLE else None
            if hits is not None:
                window = hits if window is None else window.narrow(hits)
            if hits is None or rough != self._groups[n]:
                unasked.append(n)
        if window is None:
            return None
        if window.is_complete:
            return self._take_in_order(set(window.numbers), unasked)
        enough = len(window.numbers) >= self._page_limit
        return self._take_newest(window, unasked) if enough else None

    def _find_newest_hits(self, group: QueryGroup) -> HitWindow | None:
        return hit_window.find_newest_hits(
            self._reading,
            self._values["org_id"],
            group,
            self._words,
            notes=not self._shape.public,
            last=self._values["cursor_number"] if self._shape.cursor else MAX_NUMBER,
            size=NEWEST,
        )

    def _take_newest(self, window: HitWindow, unasked: Sequence[int]) -> list[int] | None:
        """Returns the list's first hits. Reads the texts of tickets outside of the window.

        Returns None where these are many.
        """
        found: list[int] = []
        read = 0
        span = max(window.numbers) - window.first
        walked = _LEAST_READ + 5 * self._page_limit * span // (4 * len(window.numbers))
        for places in self._read_chunks(min(_PLACES_AT_ONCE, walked), _PLACES_AT_ONCE):
            numbers = [it for _, it in places if it in window.numbers or not window.covers(it)]
            for part in _split_numbers(numbers):
                unsure = part if unasked else [it for it in part if not window.covers(it)]
                read += len(unsure)
                if read > READABLE_TICKETS:
                    return None
                wrong = set(unsure).difference(self._filter_matching(unsure))
                found += [it for it in part if it not in wrong]
                if len(found) >= self._page_limit:
                    return found[: self._page_limit]
        return found

    @cached_property
    def _words(self) -> Mapping[str, Sequence[str]]:
        """The words of the query's prefixes, where the index wants them."""
        if self._shape.dialect != "sqlite":
            return NO_WORDS
        return prefix_words.find_prefix_words(self._reading, self._groups)

    def _find_by_hits(self, common: Sequence[int]) -> list[int]:
        numbers: set[int] | None = None
        unasked = []
        for n in sorted(range(len(common)), key=common.__getitem__):
            enough = numbers is not None and len(numbers) <= READABLE_TICKETS
            is_asked = not enough and common[n] < COMMON_IN_SAMPLE
            rough = self._groups[n].without_short_prefixes
            hits = self._find_hits(rough, self._limit_hits(numbers)) if is_asked else None
            if hits is not None:
                numbers = hits if numbers is None else numbers & hits
            if hits is None or rough != self._groups[n]:
                unasked.append(n)
        if numbers is not None:
            return self._take_in_order(numbers, unasked)
        found = (
            self._read_list(MAX_READ_PER_HIT_AT_LAST, MAX_READ_PER_HIT)
            if self._shape.is_indexed
            else None
        )
        return self._find_by_all_hits() if found is None else found

    def _limit_hits(self, found: set[int] | None) -> int:
        """Returns how many hits of a group are worth listing, after those of the ones before."""
        worth = 0 if found is None else HITS_PER_TEXT * len(found)
        return max(MAX_HITS[self._shape.dialect], worth)

    def _find_by_all_hits(self) -> list[int]:
        return self._take_in_order(self._find_all_hits(range(len(self._groups))), [])

    def _find_all_hits(self, groups: Sequence[int]) -> set[int]:
        every = [self._find_hits(self._groups[n], _EVERYTHING) or set() for n in groups]
        return set.intersection(*every)

    def _find_hits(self, group: QueryGroup, at_most: int) -> set[int] | None:
        return search_index.find_numbers(
            self._reading,
            self._values["org_id"],
            group,
            self._words,
            notes=not self._shape.public,
            at_most=at_most,
        )

    def _take_in_order(self, numbers: set[int], unasked: Sequence[int]) -> list[int]:
        """Returns the first of these numbers that also match the groups still to be read for.

        Asks the index for these, too, where the texts that are left cost more than all its hits.
        """
        found: list[int] = []
        read = 0
        whole = [n for n in unasked if self._groups[n].without_short_prefixes == self._groups[n]]
        for ranked in self._rank_numbers(numbers):
            for part in _split_numbers(ranked) if unasked else [ranked]:
                found += self._filter_matching(part, unasked) if unasked else part
                if len(found) >= self._page_limit:
                    return found[: self._page_limit]
                read += len(part)
                left = min(len(numbers) - read, self._estimate_unread(read, len(found)))
                costs_more = left * HITS_PER_TEXT > len(whole) * max(numbers)
                if whole and read > READABLE_TICKETS and costs_more:
                    rest = [n for n in unasked if n not in whole]
                    return self._take_in_order(numbers & self._find_all_hits(whole), rest)
        return found

    def _estimate_unread(self, read: int, found: int) -> int:
        """Estimates how many tickets have to be read for the rest of the page."""
        return (self._page_limit - found) * read // max(1, found)

    def _rank_numbers(self, numbers: set[int]) -> Iterator[list[int]]:
        """Returns those of the numbers that are in the list, in its order.

        Each is looked up, or the list is read where that finds a page sooner.
        """
        if not numbers:
            return
        walked = self._page_limit * max(numbers) // len(numbers)
        is_walked = len(numbers) > max(FEW_NUMBERS, walked // PLACES_PER_LOOKUP)
        if is_walked and not self._is_sparse:
            for places in self._read_chunks(min(_PLACES_AT_ONCE, 2 * walked), _PLACES_AT_ONCE):
                yield [number for _, number in places if number in numbers]
        else:
            written = ticket_lists.encode_numbers(self._shape.dialect, numbers)
            values = self._values | {"numbers": written}
            places = self._list_positions(replace(self._shape, among=True), values, len(numbers))
            yield [number for _, number in places]

    def _read_chunks(self, size: int, largest: int) -> Generator[_Places, int | None, None]:
        """Yields the list from its beginning, in growing chunks."""
        shape, values = self._shape, self._values
        while places := self._list_positions(shape, values, size):
            asked = yield places
            if len(places) < size:
                return
            shape = replace(shape, cursor=True)
            value, number = places[-1]
            values = values | {"cursor_value": value, "cursor_number": number}
            size = asked or min(2 * size, largest)

    def _list_positions(self, shape: ListShape, values: dict[str, Any], limit: int) -> _Places:
        return ticket_lists.list_positions(self._reading, shape, values | {"limit": limit})

    def _filter_matching(self, numbers: list[int], groups: Sequence[int] = ()) -> list[int]:
        """Returns the tickets that match these groups, or all groups."""
        if not groups:
            matched = self._match_groups(numbers)
            return [number for number in numbers if all(matched[number])]
        matcher = Matcher([self._groups[n] for n in groups])
        having = {it.number for it in self._load_texts(numbers) if all(matcher.match_groups(it))}
        return [number for number in numbers if number in having]

    def _match_groups(self, numbers: list[int]) -> dict[int, list[bool]]:
        missing = [number for number in numbers if number not in self._known]
        for ticket in self._load_texts(missing):
            self._known[ticket.number] = self._matcher.match_groups(ticket)
        return {number: self._known[number] for number in numbers}

    def _load_texts(self, numbers: list[int]) -> Iterable[TicketTexts]:
        """Returns the text of each ticket that the caller may read."""
        if not numbers:
            return ()
        org_id, internal = self._values["org_id"], not self._shape.public
        written = ticket_lists.encode_numbers(self._shape.dialect, numbers)
        texts: dict[int, list[str]] = {}
        tickets = self._reading.fetch_value(_TICKETS, org_id=org_id, numbers=written)
        for number, subject, description, files, external_id, name, *addresses in _decode_tickets(
            tickets
        ):
            texts[number] = [
                search_index.build_ticket_text(subject, description, files),
                search_index.build_person_text(name, [it for it in addresses if it]),
            ]
            if external_id is not None and internal:
                texts[number].append(external_id)
        messages = self._reading.fetch_value(_MESSAGES, org_id=org_id, numbers=written)
        for number, kind, body, files in _decode_messages(messages):
            if internal or kind == MessageKind.REPLY.value:
                texts[number].append(search_index.build_message_text(body, files))
        return (TicketTexts(number, said) for number, said in texts.items())


def _next_chunk(chunks: Generator[_Places, int | None, None], size: int) -> _Places | None:
    try:
        return chunks.send(size)
    except StopIteration:
        return None


def _split_numbers(numbers: list[int]) -> list[list[int]]:
    return [numbers[n : n + _LEAST_READ] for n in range(0, len(numbers), _LEAST_READ)]
