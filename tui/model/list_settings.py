"""The columns and the order of each list, as the agent has chosen them on this machine."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from common.ticket_columns import ListOrder, TicketColumn
from tui.model.state_file import load_state, save_state

_NAME: Final = "lists.json"
REQUIRED_COLUMNS: Final = (TicketColumn.NUMBER, TicketColumn.SUBJECT)
"""Columns of every list: they say which ticket it is, and carry the marks."""
ColumnList = tuple[TicketColumn, ...]


class ListSettings(Struct, frozen=True):
    """The choice for one list. No columns: those of the program; no sort: the list's own order."""

    columns: tuple[str, ...] = ()
    sort: str = ""

    @property
    def known_columns(self) -> ColumnList:
        """The columns that this version knows, in their order; those of every list among them."""
        return complete_columns(self.columns)

    @property
    def order(self) -> ListOrder | None:
        """The order; None where none is chosen, or one that this version does not know."""
        with suppress(ValueError):
            return ListOrder.parse(self.sort)
        return None


def complete_columns(names: Sequence[str]) -> ColumnList:
    """Returns the columns with these names, and those that no list lacks; none for no names."""
    known = [TicketColumn(name) for name in names if name in set(TicketColumn)]
    if not known:
        return ()
    rest = [column for column in known if column is not TicketColumn.NUMBER]
    missing = [] if TicketColumn.SUBJECT in rest else [TicketColumn.SUBJECT]
    return tuple(dict.fromkeys([TicketColumn.NUMBER, *missing, *rest]))


def load_list_settings(folder: Path | None = None) -> dict[str, ListSettings]:
    """Returns the choice for each list as it was left, by the list's name."""
    return load_state(_NAME, dict[str, ListSettings], folder) or {}


def save_list_settings(settings: dict[str, ListSettings], folder: Path | None = None) -> bool:
    """Writes the choices for the next start. False: they could not be written."""
    return save_state(_NAME, settings, folder)
