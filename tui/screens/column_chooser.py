"""The choice of a list's columns and order; each step is shown in the list at once."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from common.ticket_columns import TicketColumn
from tui.keys import KeyContext, label_command, list_bindings
from tui.model.column_choice import ColumnChoice
from tui.text.column_words import COLUMN_HINTS, COLUMN_NAMES, describe_order
from tui.text.formatting import fit_text
from tui.widgets.fixed_line import Part, StyledLine

_OTHER_LINES: Final = 9
"""Lines of the screen beside the list of columns: those around it, and the list's own heads."""
_COLUMNS: Final = len(TicketColumn)

ApplyColumns = Callable[[ColumnChoice | None], str]
"""Shows a choice in the list, None: the list's own; returns why that cannot be, or nothing."""


class ColumnChooser(ModalScreen[bool]):
    """The columns, one a line; it is made once. The answer says whether the choice is kept."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.COLUMNS)
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._title = StyledLine(id="columns-title")
        self._lines = [StyledLine(classes="columns-line") for _ in range(_COLUMNS)]
        self._foot = StyledLine(id="columns-foot")
        self._marked = 0
        self._choice: ColumnChoice | None = None
        self._read_choice: Callable[[], ColumnChoice]
        self._apply: ApplyColumns = lambda _choice: ""

    def compose(self) -> ComposeResult:
        """A box above the fixed lines."""
        with Vertical(id="columns-box"):
            yield self._title
            yield from self._lines
            yield self._foot

    def set_choice(
        self, title: str, read_choice: Callable[[], ColumnChoice], apply: ApplyColumns
    ) -> None:
        """Sets the list whose columns are chosen when the screen is pushed."""
        done, cancel = label_command("columns.done"), label_command("columns.cancel")
        keys: list[Part] = [(done, "key"), (" keeps it  ", "dim")]
        keys += [(cancel, "key"), (" leaves it as it was ", "dim")]
        self._title.set_parts([(f" {title}", "strong")], keys)
        self._read_choice, self._apply, self._marked = read_choice, apply, 0
        self._choice = read_choice()
        self._show_choice("")

    def on_screen_resume(self) -> None:
        self._show_choice("")

    def on_resize(self) -> None:
        self._show_choice("")

    @property
    def _column(self) -> TicketColumn:
        return self._require_choice().lines[self._marked]

    def _require_choice(self) -> ColumnChoice:
        if self._choice is None:  # the app pushes it with a choice alone
            raise RuntimeError("There is nothing to choose.")
        return self._choice

    # -- keys

    def action_mark(self, step: int) -> None:
        self._marked = max(0, min(self._marked + step, _COLUMNS - 1))
        self._show_choice("")

    def action_toggle_column(self) -> None:
        """Shows the column, or leaves it out, unless every list has it or it has no room."""
        choice = self._require_choice()
        if choice.is_required(self._column):
            self._show_choice(f"Every list shows the {COLUMN_NAMES[self._column]}.")
        else:
            self._try_choice(choice.toggle_column(self._column))

    def action_sort(self) -> None:
        """Sorts by the column; again: in the other direction."""
        self._try_choice(self._require_choice().sort_by(self._column))

    def action_shift(self, step: int) -> None:
        """Moves the column to the left or to the right; the mark stays on it."""
        column = self._column
        self._try_choice(self._require_choice().move_column(column, step))
        self._marked = self._require_choice().lines.index(column)
        self._show_choice("")

    def action_default(self) -> None:
        """Takes the list's own columns and order."""
        reason = self._apply(None)
        self._choice = self._read_choice()
        self._show_choice(reason)

    def action_done(self) -> None:
        """Keeps what is shown."""
        self.dismiss(True)

    def action_cancel(self) -> None:
        """Leaves everything as it was."""
        self.dismiss(False)

    def _try_choice(self, choice: ColumnChoice) -> None:
        reason = self._apply(choice)
        if not reason:
            self._choice = choice
        self._show_choice(reason)

    # -- what is shown

    def _show_choice(self, reason: str) -> None:
        choice = self._choice
        if choice is None:
            return
        room = max(min(_COLUMNS, self.app.size.height - _OTHER_LINES), 3)
        top = max(0, min(self._marked - room // 2, _COLUMNS - room))
        for place, line in enumerate(self._lines):
            line.display = place < room
            if place < room:
                line.set_parts(self._build_line(choice, top + place))
        hidden = [f"↑{top} more"] * (top > 0)
        hidden += [f"↓{_COLUMNS - room - top} more"] * (top + room < _COLUMNS)
        said: Part = (f" ! {reason}", "bad") if reason else (f" {_describe_keys()}", "dim")
        self._foot.set_parts([said], [("  ".join(hidden) + " ", "dim")] if hidden else [])

    def _build_line(self, choice: ColumnChoice, place: int) -> list[Part]:
        column = choice.lines[place]
        mark, box = "▸" if place == self._marked else " ", "✓" if column in choice.shown else " "
        is_sorted = choice.order.column is column
        arrow = ("▼" if choice.order.descending else "▲") if is_sorted else " "
        hint = describe_order(choice.order) if is_sorted else COLUMN_HINTS.get(column, "")
        style = "tab-on" if place == self._marked else "plain"
        name = f" {mark} {box} {arrow} {fit_text(COLUMN_NAMES[column], 14)}"
        return [(name, style), (f" {hint}", "dim")]


def _describe_keys() -> str:
    names = ("toggle-column", "sort", "shift-next", "shift-previous", "default")
    show, sort, right, left, default = (label_command(f"columns.{name}") for name in names)
    steps = (f"{show} shows or hides", f"{sort} sorts, again: reversed", f"{right} {left} move")
    return " · ".join((*steps, f"{default} default"))
