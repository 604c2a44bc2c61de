"""A choice of columns and order while it is being made. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from common.ticket_columns import ListOrder, TicketColumn
from tui.model.list_settings import REQUIRED_COLUMNS, ColumnList
from tui.text.column_words import start_order


class ColumnChoice(Struct, frozen=True):
    """All columns in their order, those of them that are shown, and the order of the rows."""

    lines: ColumnList
    shown: frozenset[TicketColumn]
    order: ListOrder

    @classmethod
    def begin(cls, columns: ColumnList, order: ListOrder) -> "ColumnChoice":
        """Returns the choice as it is now: these columns first, then the others."""
        rest = (column for column in TicketColumn if column not in columns)
        return cls((*columns, *rest), frozenset(columns), order)

    @property
    def columns(self) -> ColumnList:
        """The shown columns, from left to right."""
        return tuple(column for column in self.lines if column in self.shown)

    def toggle_column(self, column: TicketColumn) -> "ColumnChoice":
        """Shows a column, or leaves it out."""
        return replace(self, shown=self.shown ^ {column})

    def move_column(self, column: TicketColumn, step: int) -> "ColumnChoice":
        """Moves a column by one place; the number stays the first."""
        lines = [*self.lines]
        place = lines.index(column)
        there = place + step
        if column is TicketColumn.NUMBER or not 1 <= there < len(lines):
            return self
        lines[place], lines[there] = lines[there], lines[place]
        return replace(self, lines=tuple(lines))

    def sort_by(self, column: TicketColumn) -> "ColumnChoice":
        """Sorts by a column; where that is so already, in the other direction."""
        is_same = self.order.column is column
        return replace(self, order=self.order.reverse() if is_same else start_order(column))

    def is_required(self, column: TicketColumn) -> bool:
        """Returns whether every list has the column."""
        return column in REQUIRED_COLUMNS
