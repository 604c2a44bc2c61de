"""Links between merged tickets in an import: either of the two may come first in the source.

Whichever comes first draws the number that the other one will have. The other one finds it in the
link of the first, so that an import can be interrupted in between.
"""

from collections.abc import Iterable, Iterator

from msgspec import UnsetType

from common.tickets.ticket import Ticket
from server.desk.recording.unit_of_work import UnitOfWork
from server.storage.queries.ticket import tickets, transfer_queries
from server.transfer.file_format import EntryKind, TransferEntry
from server.transfer.role_inference import RoleInference


def find_number(work: UnitOfWork, name: str) -> int | None:
    """Returns the number of the ticket with this external id, if it is there."""
    org_id = work.actor.org_id
    known = tickets.find_imported_number(work.writing, org_id, name)
    if known is not None:
        return known
    own = transfer_queries.find_native_ticket(work.writing, org_id, name)
    return own.number if own else None


class MergeLinks:
    """The numbers of linked tickets, in one transaction of an import."""

    def __init__(self, work: UnitOfWork, roles: RoleInference, largest_number: int) -> None:
        self._work = work
        self._roles = roles
        self._largest_number = largest_number
        self._promised: dict[str, int] = {}
        self._current: int | None = None

    def begin_ticket(self, number: int) -> None:
        """Notes the number of the ticket that is imported now, and has no row yet."""
        self._current = number

    def find_numbers(self, names: Iterable[str]) -> tuple[int, ...]:
        """Returns the numbers of tickets that are there, or will come later in the source."""
        found = (self.resolve_number(name) for name in names)
        return tuple(number for number in found if number is not None)

    def resolve_number(self, name: str | UnsetType) -> int | None:
        """Returns the number of a ticket; None where it is neither there nor in the source."""
        if not name:
            return None
        known = find_number(self._work, name) or self._promised.get(name)
        if known is not None or name not in self._roles.names:
            return known
        self._promised[name] = self._draw_number(self._roles.names[name])
        return self._promised[name]

    def find_promised_number(
        self,
        name: str | UnsetType,
        wish: int | UnsetType,
        entries: Iterable[TransferEntry],
        split_from: str | UnsetType,
    ) -> int | None:
        """Returns the number that an earlier ticket of the source is linked to, if one is."""
        if name and name in self._promised:
            return self._promised[name]
        origin = self._find_ticket(split_from) if split_from else None
        links = (*self._list_links(entries), *(origin.split_into if origin else ()))
        numbers = [number for number in links if not self._is_there(number)]
        return wish if wish and wish in numbers else next(iter(numbers), None)

    def _list_links(self, entries: Iterable[TransferEntry]) -> Iterator[int]:
        """Yields the numbers that the tickets named by merges are linked to."""
        for entry in entries:
            if entry.type is EntryKind.MERGE:
                for name in (*entry.tickets, *([entry.into] if entry.into else ())):
                    other = self._find_ticket(name)
                    if other is not None and entry.into:
                        yield from other.merged_from
                    elif other is not None and other.merged_into is not None:
                        yield other.merged_into

    def _find_ticket(self, name: str) -> Ticket | None:
        number = find_number(self._work, name)
        return None if number is None else self._read_ticket(number)

    def _is_there(self, number: int) -> bool:
        return self._read_ticket(number) is not None

    def _read_ticket(self, number: int) -> Ticket | None:
        return tickets.find_ticket(self._work.writing, self._work.actor.org_id, number)

    def _draw_number(self, wish: int | None) -> int:
        """Returns the number wished for if it is free, else one that nobody in the source wants."""
        sequence = self._work.sequence
        if wish is None or not self._is_possible(wish) or self._is_taken(wish):
            wishes = [it for it in self._roles.names.values() if it and self._is_possible(it)]
            sequence.reserve_ticket_number(max(wishes, default=0))
            return sequence.next_ticket_number()
        sequence.reserve_ticket_number(wish)
        return wish

    def _is_possible(self, number: int) -> bool:
        return 0 < number <= self._largest_number

    def _is_taken(self, number: int) -> bool:
        is_drawn = number == self._current or number in self._promised.values()
        return is_drawn or self._is_there(number)
