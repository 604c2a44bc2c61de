"""The rows of a list and the cursor in it: plain data, no drawing."""

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    """What stands in a row: a ticket, a notice."""

    @property
    def number(self) -> int: ...


Item = TypeVar("Item", bound=Numbered)


class Rows(Generic[Item]):
    """Items, mostly tickets, in order. The cursor is an item's number: no change moves it.

    Where nobody has put it, it goes back to the first row when its item sinks below the first
    page: so the list does not scroll away under somebody who has only looked at it.

    A ticket that left the list under the cursor may stay as its `ghost` until the cursor goes, so
    that nobody acts on the neighbour that slid into its place.
    """

    def __init__(self) -> None:
        self.tickets: list[Item] = []
        self.cursor: int | None = None
        self.is_chosen = False
        """Somebody has put the cursor there; else it began on the first row."""
        self.ghost: int | None = None
        self._place: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.tickets)

    def place(self, number: int | None) -> int | None:
        """In which row a ticket stands."""
        return None if number is None else self._place.get(number)

    @property
    def selected(self) -> Item | None:
        place = self.place(self.cursor)
        return None if place is None else self.tickets[place]

    @property
    def chosen(self) -> int | None:
        """The ticket that somebody has put the cursor on; where it is to be found again."""
        return self.cursor if self.is_chosen else None

    def choose(self) -> None:
        """Somebody means the ticket under the cursor: it stays there from now on."""
        self.is_chosen = self.cursor is not None

    def start(self, tickets: list[Item], cursor: int | None) -> None:
        """Show another list, with the cursor on this ticket or on the first."""
        self.cursor, self.ghost = cursor, None
        self._put(tickets)
        self.is_chosen = self.place(cursor) is not None
        if not self.is_chosen:
            self._step_aside(0)

    def update(
        self, tickets: list[Item], latest: Mapping[int, Item], *, hold: bool, page: int
    ) -> bool:
        """Take the list as it is now; `page` rows can be seen. True: rows came, went or moved."""
        before, place = self._order(), self.place(self.cursor) or 0
        self.ghost = None
        self._put(tickets)
        now = self.place(self.cursor)
        if now is None:
            ghost = latest.get(self.cursor) if hold and self.cursor is not None else None
            self._haunt(ghost, place) if ghost else self._step_aside(place)
        elif now >= page and not self.is_chosen:
            self._step_aside(0)
        return before != self._order()

    def stand(self, place: int) -> bool:
        """Put the cursor on a row. True: the ghost it left has gone, and rows moved."""
        if not self.tickets:
            return False
        self._step_aside(place)
        self.choose()
        if self.ghost is None or self.ghost == self.cursor:
            return False
        gone, self.ghost = self.ghost, None
        self._put([ticket for ticket in self.tickets if ticket.number != gone])
        return True

    def lay_ghost(self) -> bool:
        """Let the ghost go, and the cursor to its neighbour. True: there was one."""
        if self.ghost is None:
            return False
        place = self.place(self.ghost) or 0
        return self.stand(place + 1 if place + 1 < len(self) else place - 1) or self._vanish()

    def _vanish(self) -> bool:
        self.start([], None)
        return True

    def _put(self, tickets: list[Item]) -> None:
        self.tickets = tickets
        self._place = {ticket.number: place for place, ticket in enumerate(tickets)}

    def _order(self) -> list[int]:
        return list(self._place)

    def _haunt(self, ghost: Item, place: int) -> None:
        self.ghost = ghost.number
        place = min(place, len(self))
        self._put([*self.tickets[:place], ghost, *self.tickets[place:]])

    def _step_aside(self, place: int) -> None:
        if self.tickets:
            self.cursor = self.tickets[max(0, min(place, len(self) - 1))].number
        else:
            self.cursor, self.is_chosen = None, False
