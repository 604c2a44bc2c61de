"""A list of numbered items that are looked up only when they are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Generic, Protocol, TypeVar, overload


class Numbered(Protocol):
    """An item with a number: a ticket, a notification, a mail."""

    @property
    def number(self) -> int: ...


Item = TypeVar("Item", bound=Numbered)


class NumberedList(Sequence[Item], Generic[Item]):
    """Numbers in an order, and where their items are.

    A hundred thousand tickets are listed by copying their numbers; a ticket is read when its row is
    drawn, as it is then.
    """

    def __init__(
        self, numbers: list[int], items: Mapping[int, Item], highest: int | None = None
    ) -> None:
        """Takes `numbers` over: nobody may change them. `highest` is at least every number."""
        self.numbers, self.items = numbers, items
        self._highest = highest
        self._places: dict[int, int | None] = {}

    @classmethod
    def list_all(cls, items: Iterable[Item]) -> "NumberedList[Item]":
        """Returns these items in this order."""
        known = {item.number: item for item in items}
        return cls(list(known), known)

    @cached_property
    def highest_number(self) -> int:
        """A number that none exceeds; 0 for an empty list."""
        return max(self.numbers, default=0) if self._highest is None else self._highest

    def find_place(self, number: int) -> int | None:
        """Returns the place of a number; None where it is not in the list."""
        if number not in self._places:
            try:
                self._places[number] = self.numbers.index(number)
            except ValueError:
                self._places[number] = None
        return self._places[number]

    def insert_item(self, place: int, item: Item) -> "NumberedList[Item]":
        """Returns a list with one more item, which need not be among the others' items."""
        numbers = [*self.numbers[:place], item.number, *self.numbers[place:]]
        items = self.items if item.number in self.items else {**self.items, item.number: item}
        return NumberedList(numbers, items)

    def remove_number(self, number: int) -> "NumberedList[Item]":
        """Returns a list without one number."""
        numbers = [one for one in self.numbers if one != number]
        return NumberedList(numbers, self.items, self._highest)

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        if isinstance(place, slice):
            return [self.items[number] for number in self.numbers[place]]
        return self.items[self.numbers[place]]

    def __len__(self) -> int:
        return len(self.numbers)
