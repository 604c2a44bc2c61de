"""A filter as it is understood: terms, all of which a ticket must match. See docs/filters.md."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from common.filters.filter_fields import FilterField, FilterMark

FILTER_LIMIT: Final = 1_000
"""Characters of a filter's text."""
MOST_TERMS: Final = 30
"""Terms of a filter."""
MOST_VALUES: Final = 30
"""Values of a term."""


class TextValue(Struct, frozen=True):
    """A text; with `begins`, the beginning of one."""

    text: str
    begins: bool = False


class NumberValue(Struct, frozen=True):
    """The number of a ticket, or the id of a person."""

    number: int


SpanOrder: TypeAlias = Literal["<", ">"]
SpanUnit: TypeAlias = Literal["m", "h", "d", "w"]
CalendarOrder: TypeAlias = Literal["", "<", "<=", ">", ">="]


class SpanValue(Struct, frozen=True):
    """A distance from now, in minutes, hours, days of 24 hours, or weeks; `<3d` is within it."""

    order: SpanOrder
    count: int
    unit: SpanUnit


class CalendarValue(Struct, frozen=True):
    """A part of the calendar, from the begin of `first` to the end of `last`.

    Both are as they are written, such as `2026-11-30` or `last-week`. With an `order`, they are the
    same, and the value is the time before or after.
    """

    first: str
    last: str
    order: CalendarOrder = ""


FilterValue: TypeAlias = FilterMark | TextValue | NumberValue | SpanValue | CalendarValue


class FilterTerm(Struct, frozen=True):
    """One condition: the field has one of the values or, negated, none of them."""

    field: FilterField
    values: tuple[FilterValue, ...]
    negated: bool = False


class TicketFilter(Struct, frozen=True):
    """A filter; without terms every ticket matches."""

    terms: tuple[FilterTerm, ...] = ()


class FilterError(Exception):
    """A text that is no filter: a sentence that says what to do, and the place.

    `position` is the index of the character that the sentence is about, from 0.
    """

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.sentence, self.position = sentence, position

    @property
    def located_sentence(self) -> str:
        """The sentence with its place, counted from 1."""
        return f"at character {self.position + 1}: {self.sentence}"
