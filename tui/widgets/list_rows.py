"""The rows of a list and the cursor in it: plain data, no drawing."""

from collections.abc import Mapping, Sequence
from typing import Generic

from tui.model.numbered_list import Item, NumberedList


class ListRows(Generic[Item]):
    """Items, mostly tickets, in order. The cursor is an item's number: no change moves it.

    A cursor that the agent has not moved goes back to the first row when its item falls below the
    first page, so that the list does not scroll by itself.

    A ticket that left the list under the cursor may stay as its `ghost` until the cursor moves, so
    that the agent does not act on the neighbour that takes its place.
    """

    def __init__(self) -> None:
        self.tickets: NumberedList[Item] = NumberedList([], {})
        self.cursor: int | None = None
        self.is_chosen = False
        """Returns whether the agent has put the cursor there; else it started on the first row."""
        self.ghost: int | None = None

    def __len__(self) -> int:
        return len(self.tickets)

    def find_place(self, number: int | None) -> int | None:
        """Returns the row of a ticket."""
        return None if number is None else self.tickets.find_place(number)

    @property
    def selected(self) -> Item | None:
        place = self.find_place(self.cursor)
        return None if place is None else self.tickets[place]

    @property
    def chosen_number(self) -> int | None:
        """The ticket that the agent has put the cursor on; None where it is there by default."""
        return self.cursor if self.is_chosen else None

    def pin_cursor(self) -> None:
        """Keeps the cursor on its ticket from now on, because the agent has chosen it."""
        self.is_chosen = self.cursor is not None

    def set_items(self, tickets: Sequence[Item], cursor: int | None) -> None:
        """Shows another list, with the cursor on this ticket or on the first."""
        self.cursor, self.ghost = cursor, None
        self._index_items(tickets)
        self.is_chosen = self.find_place(cursor) is not None
        if not self.is_chosen:
            self._place_cursor(0)

    def update_items(
        self, tickets: Sequence[Item], latest: Mapping[int, Item], *, hold: bool, page: int
    ) -> bool:
        """Takes the list as it is now; `page` rows can be seen. True: rows came, went or moved."""
        before, place = self.tickets.numbers, self.find_place(self.cursor) or 0
        self.ghost = None
        self._index_items(tickets)
        now = self.find_place(self.cursor)
        if now is None:
            ghost = latest.get(self.cursor) if hold and self.cursor is not None else None
            self._insert_ghost(ghost, place) if ghost else self._place_cursor(place)
        elif now >= page and not self.is_chosen:
            self._place_cursor(0)
        return before != self.tickets.numbers

    def move_cursor(self, place: int) -> bool:
        """Puts the cursor on a row. True: the ghost it left has gone, and rows moved."""
        if not self.tickets:
            return False
        self._place_cursor(place)
        self.pin_cursor()
        if self.ghost is None or self.ghost == self.cursor:
            return False
        gone, self.ghost = self.ghost, None
        self.tickets = self.tickets.remove_number(gone)
        return True

    def remove_ghost(self) -> bool:
        """Lets the ghost go, and the cursor to its neighbour. True: there was one."""
        if self.ghost is None:
            return False
        place = self.find_place(self.ghost) or 0
        return (
            self.move_cursor(place + 1 if place + 1 < len(self) else place - 1)
            or self._clear_items()
        )

    def _clear_items(self) -> bool:
        self.set_items([], None)
        return True

    def _index_items(self, tickets: Sequence[Item]) -> None:
        self.tickets = (
            tickets if isinstance(tickets, NumberedList) else NumberedList.list_all(tickets)
        )

    def _insert_ghost(self, ghost: Item, place: int) -> None:
        self.ghost = ghost.number
        self.tickets = self.tickets.insert_item(min(place, len(self)), ghost)

    def _place_cursor(self, place: int) -> None:
        if self.tickets:
            self.cursor = self.tickets.numbers[max(0, min(place, len(self) - 1))]
        else:
            self.cursor, self.is_chosen = None, False
