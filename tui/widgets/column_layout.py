"""The columns of a list in a line so wide: which of them fit, and the cells of each."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

from common.ticket_columns import ListOrder, TicketColumn
from tui.model import countdown
from tui.model.list_settings import REQUIRED_COLUMNS, ColumnList

MARKS_CELLS: Final = 2
"""Cells at the start of a line, for the cursor and the mark of news; a gap is before a column."""
_BROAD_WIDTH: Final = 88
_ROOMY_WIDTH: Final = 72
_NARROW_WIDTH: Final = 56
_LONG_SUBJECT: Final = 60
"""Cells beyond which a subject may be cut where there is something else to show."""
_LEAST_SUBJECT: Final = 8
"""Cells of the subject among the program's own columns, on the smallest screen."""
LEAST_CHOSEN_SUBJECT: Final = 16
"""Cells below which a subject says too little: rather is a chosen column left out."""


class ColumnSpec(Struct, frozen=True):
    """A column's head and its cells: in a list with room, and in a narrow one."""

    head: str
    wide: int
    narrow: int
    is_right: bool = False


SPECS: Final[dict[TicketColumn, ColumnSpec]] = {
    TicketColumn.NUMBER: ColumnSpec("#", 4, 4, is_right=True),
    TicketColumn.PRIORITY: ColumnSpec("P", 1, 1),
    TicketColumn.SUBJECT: ColumnSpec("SUBJECT", 0, 0),
    TicketColumn.STATUS: ColumnSpec("STATUS", 11, 8),
    TicketColumn.ASSIGNEE: ColumnSpec("OWNER", 12, 8),
    TicketColumn.CUSTOMER: ColumnSpec("CUSTOMER", 16, 10),
    TicketColumn.CATEGORY: ColumnSpec("CATEGORY", 12, 8),
    TicketColumn.TAGS: ColumnSpec("TAGS", 16, 8),
    TicketColumn.WAITING_ON: ColumnSpec("WAITS", 11, 8),
    TicketColumn.CHANNEL: ColumnSpec("CHANNEL", 9, 7),
    TicketColumn.SLA_DUE: ColumnSpec("DUE", countdown.WIDTH, countdown.WIDTH, is_right=True),
    TicketColumn.CREATED_AT: ColumnSpec("AGE", 4, 4, is_right=True),
    TicketColumn.UPDATED_AT: ColumnSpec("WHEN", 4, 4, is_right=True),
}
_NAMES: Final = (TicketColumn.ASSIGNEE, TicketColumn.CUSTOMER)
"""Columns that take what whole subjects leave, before the other ones: a name is soon cut."""
_SMALLEST: Final = {TicketColumn.ASSIGNEE: 6}
"""Cells on the smallest lists."""
TIME_COLUMNS: Final = frozenset(
    {TicketColumn.SLA_DUE, TicketColumn.CREATED_AT, TicketColumn.UPDATED_AT}
)
"""Columns that read differently as time passes."""


class ColumnLayout(Struct, frozen=True):
    """The columns with their cells, from left to right, and those for which there is no room."""

    columns: tuple[tuple[TicketColumn, int], ...]
    hidden: ColumnList = ()

    @property
    def subject(self) -> int:
        """The cells of the subject."""
        return next(cells for column, cells in self.columns if column is TicketColumn.SUBJECT)

    @property
    def clock_start(self) -> int:
        """The first cell of a line that changes as time passes; the line's end if none does."""
        start = MARKS_CELLS
        for column, cells in self.columns:
            if column in TIME_COLUMNS:
                return start + 1
            start += 1 + cells
        return start

    def format_heads(self, order: ListOrder | None = None) -> str:
        """The line above the rows, with ▲ or ▼ before the column that they are sorted by."""
        heads = [self._format_head(column, cells, order) for column, cells in self.columns]
        return " " * MARKS_CELLS + "".join(heads) + " "

    def _format_head(self, column: TicketColumn, cells: int, order: ListOrder | None) -> str:
        spec = SPECS[column]
        # The clock's last cell is for its mark.
        cells_of_word = cells - 1 if column is TicketColumn.SLA_DUE else cells
        word = spec.head[:cells_of_word]
        word = word.rjust(cells_of_word) if spec.is_right else word.ljust(cells_of_word)
        is_sorted = order is not None and order.column is column
        mark = ("▼" if order and order.descending else "▲") if is_sorted else " "
        text = mark + word
        if mark != " " and spec.is_right:
            text = f"{mark}{word.lstrip()}".rjust(cells_of_word + 1)
        return text.ljust(cells + 1)


def lay_out_columns(
    width: int,
    digits: int,
    subject: int = 0,
    columns: ColumnList = (),
    *,
    by_change: bool = False,
) -> ColumnLayout:
    """Returns the columns of a line so wide, for numbers and subjects so long.

    Without chosen `columns` they are the program's. Then a narrow line has room for either the
    clock or the age: work is done by the clock, what is looked up (`by_change`) is found by its
    age. Columns are wide only where the subjects are whole, too.
    """
    if columns:
        return _lay_out_chosen(width, digits, subject, columns)
    return _fit_subject(
        width, digits, subject, list_program_columns(width, by_change=by_change), _LEAST_SUBJECT
    )


def list_program_columns(width: int, *, by_change: bool = False) -> ColumnList:
    """Returns the columns of a line so wide where the agent has chosen none."""
    age = TicketColumn.UPDATED_AT if by_change else TicketColumn.CREATED_AT
    times: tuple[TicketColumn, ...] = (TicketColumn.SLA_DUE, age)
    if width < _BROAD_WIDTH:
        times = (age,) if by_change else (TicketColumn.SLA_DUE,)
    return (
        TicketColumn.NUMBER,
        TicketColumn.PRIORITY,
        TicketColumn.SUBJECT,
        TicketColumn.STATUS,
        TicketColumn.ASSIGNEE,
        *times,
    )


def _lay_out_chosen(width: int, digits: int, subject: int, columns: ColumnList) -> ColumnLayout:
    """Leaves columns out from the right until the subject has room."""
    kept = list(columns)
    optional = [column for column in columns if column not in REQUIRED_COLUMNS]
    while True:
        found = _fit_subject(width, digits, subject, kept, _LEAST_SUBJECT)
        if found.subject >= LEAST_CHOSEN_SUBJECT or not optional:
            hidden = tuple(column for column in columns if column not in kept)
            return ColumnLayout(found.columns, hidden)
        kept.remove(optional.pop())


def _fit_subject(
    width: int, digits: int, subject: int, columns: Sequence[TicketColumn], least: int
) -> ColumnLayout:
    """Gives the subject what the others leave; they are wide only if it is whole then.

    Names are as wide as whole subjects let them be.
    """
    wide = {column: SPECS[column].wide for column in columns}
    narrow = {column: SPECS[column].narrow for column in columns}
    if width < _NARROW_WIDTH:
        narrow |= {column: _SMALLEST[column] for column in columns if column in _SMALLEST}
    for cells in (wide, narrow):
        cells[TicketColumn.NUMBER] = max(digits + 1, SPECS[TicketColumn.NUMBER].wide)
    room = width - MARKS_CELLS - 1 - len(columns)
    left = room - sum(wide.values())
    is_wide = width >= _ROOMY_WIDTH and left >= min(subject, _LONG_SUBJECT)
    cells = wide if is_wide else narrow
    spare = room - sum(cells.values()) - max(min(subject, _LONG_SUBJECT), least)
    for column in _NAMES:
        if column in cells and width >= _NARROW_WIDTH:
            more = max(min(wide[column] - cells[column], spare), 0)
            cells[column] += more
            spare -= more
    cells[TicketColumn.SUBJECT] = max(room - sum(cells.values()), least)
    return ColumnLayout(tuple((column, cells[column]) for column in columns))


@lru_cache(maxsize=256)
def find_required_width(
    digits: int,
    usual: int,
    subject: int,
    columns: ColumnList = (),
    *,
    by_change: bool = False,
) -> int:
    """Returns how wide a line must be for a subject so long, short of very long ones.

    `usual` is the length for which the columns are chosen. No column is left out.
    """
    subject = min(subject, _LONG_SUBJECT)
    widths = range(_NARROW_WIDTH, 4 * _BROAD_WIDTH)
    for width in widths:
        found = lay_out_columns(width, digits, usual, columns, by_change=by_change)
        if found.subject >= subject and not found.hidden and _has_whole_names(found):
            return width
    return widths[-1]


def _has_whole_names(layout: ColumnLayout) -> bool:
    return all(cells >= SPECS[column].wide for column, cells in layout.columns if column in _NAMES)
