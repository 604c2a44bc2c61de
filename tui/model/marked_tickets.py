"""The tickets that are marked in a list, for what is done to all of them. Pure."""

from collections.abc import Collection, Sequence


class MarkedTickets:
    """Numbers of tickets, and the last one that was marked, from which a range begins."""

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        self._anchor: int | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def toggle(self, number: int) -> None:
        """Marks a ticket, or takes its mark off."""
        self.numbers ^= {number}
        self._anchor = number

    def mark_range(self, order: Sequence[int], number: int) -> None:
        """Marks all tickets between the last mark and this one; both are among them."""
        places = {it: place for place, it in enumerate(order)}
        start = places.get(self._anchor if self._anchor is not None else number, places[number])
        first, last = sorted((start, places[number]))
        self.numbers |= set(order[first : last + 1])
        self._anchor = number

    def mark_all(self, numbers: Collection[int]) -> None:
        """Marks these and no others."""
        self.numbers = set(numbers)
        self._anchor = None

    def clear(self) -> bool:
        """Takes all marks off. False: there were none."""
        had_any = bool(self.numbers)
        self.mark_all(())
        return had_any
