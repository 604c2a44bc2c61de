"""Choosing the columns and the order of the queue's lists."""

from collections.abc import Callable
from typing import Protocol

from common.ticket_columns import ListOrder, TicketColumn
from tui.keys import label_command
from tui.messages.requests import ShowToast
from tui.model.column_choice import ColumnChoice
from tui.model.list_settings import ColumnList, ListSettings, complete_columns, save_list_settings
from tui.screens.column_chooser import ColumnChooser
from tui.screens.dialogs import DialogScreen
from tui.screens.list_scope import ListScope
from tui.text.column_words import COLUMN_NAMES, describe_order, start_order
from tui.widgets.column_layout import ColumnLayout


class ColumnListScreen(Protocol):
    """The screen whose list it is."""

    list_scope: ListScope

    def preview_columns(self, columns: ColumnList) -> tuple[ColumnLayout, int]: ...

    def show_list_again(self) -> None: ...

    def keep_in_view(self, settings: ListSettings) -> bool: ...


class ColumnActions:
    """The keys that change columns and order. A choice is shown at once, and kept on the disk."""

    def __init__(self, screen: DialogScreen, lists: ColumnListScreen) -> None:
        self._screen, self._lists = screen, lists

    @property
    def _scope(self) -> ListScope:
        return self._lists.list_scope

    def choose_columns(self) -> None:
        """Opens the choice, or takes the columns that were typed behind the command's name."""
        typed, self._screen.argument = self._screen.argument, ""
        if typed:
            self._take_typed_columns(typed)
            return

        def answered(is_kept: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_kept:
                self._keep()
            else:
                self._show(None)

        chooser = self._screen.app.get_screen("columns", ColumnChooser)
        title = f"Columns and order of {self._scope.list_name}"
        chooser.set_choice(title, self._read_choice, self._apply)
        self._screen.app.push_screen(chooser, answered)
        self._screen.show_keys()

    def cancel_choice(self) -> None:
        """Closes a choice that is open: its list is no more."""
        chooser = self._screen.app.screen
        if isinstance(chooser, ColumnChooser):
            chooser.dismiss(False)

    def sort_list(self) -> None:
        """Sorts by the next usual order, or by the column typed behind the command's name."""
        typed, self._screen.argument = self._screen.argument, ""
        order = self._read_order(typed) if typed else self._scope.next_order()
        if typed and order is None:
            names = ", ".join(COLUMN_NAMES.values())
            self._screen.refuse_action(f"Sort by one of these: {names}.")
            return
        column = order.column if order else TicketColumn.UPDATED_AT
        if order is None or self._scope.explain_order_refusal(column):
            self._screen.refuse_action(self._scope.explain_order_refusal(column))
            return
        self._show(ListSettings(self._scope.settings.columns, str(order)))
        self._keep()
        self._screen.post_message(
            ShowToast(f"The list is ordered: {describe_order(order)}.", "good")
        )

    def _read_order(self, typed: str) -> ListOrder | None:
        column = find_column(typed)
        if column is None:
            return None
        now = self._scope.order
        return now.reverse() if now.column is column else start_order(column)

    def _take_typed_columns(self, typed: str) -> None:
        words = typed.replace(",", " ").split()
        found = [find_column(word) for word in words]
        unknown = [word for word, column in zip(words, found, strict=True) if column is None]
        columns = complete_columns([column for column in found if column is not None])
        if unknown:
            reason = f"No column is called {unknown[0]}: {', '.join(COLUMN_NAMES.values())}."
        else:
            reason = self._explain_no_room(columns)
        if reason:
            self._screen.refuse_action(reason)
        else:
            self._show(ListSettings(columns, self._scope.settings.sort))
            self._keep()

    # -- steps of a choice

    def _read_choice(self) -> ColumnChoice:
        shown = self._scope.columns
        if not shown:
            shown = tuple(column for column, _ in self._lists.preview_columns(())[0].columns)
        return ColumnChoice.begin(shown, self._scope.order)

    def _apply(self, choice: ColumnChoice | None) -> str:
        if choice is None:
            self._show(ListSettings())
            return ""
        before = self._read_choice()
        is_added = len(choice.columns) > len(before.columns)
        reason = self._explain_no_room(choice.columns) if is_added else ""
        if choice.order != before.order:
            reason = reason or self._scope.explain_order_refusal(choice.order.column)
        if reason:
            return reason
        kept = self._scope.settings
        columns = kept.columns if choice.columns == before.columns else choice.columns
        sort = kept.sort if choice.order == before.order else str(choice.order)
        self._show(ListSettings(columns, sort))
        return ""

    def _explain_no_room(self, columns: ColumnList) -> str:
        layout, width = self._lists.preview_columns(columns)
        if not layout.hidden:
            return ""
        names = " and ".join(COLUMN_NAMES[column] for column in layout.hidden)
        key = label_command("queue.position")
        return f"No room for {names}: the list is {width} wide. Leave another out, or press {key}."

    def _show(self, settings: ListSettings | None) -> None:
        self._scope.try_settings(settings)
        self._lists.show_list_again()

    def _keep(self) -> None:
        """Keeps the choice in the view where the agent may change it, otherwise on this machine."""
        chosen = self._scope.settings
        is_in_view = self._lists.keep_in_view(chosen)
        self._scope.keep_settings(None if is_in_view else chosen)
        if not save_list_settings(self._scope.kept):
            said = "It could not be saved: the next start has the former columns and order."
            self._screen.post_message(ShowToast(said, "warn"))


def find_column(word: str) -> TicketColumn | None:
    """Returns the column that a word names, by its name on the screen or on the wire."""
    wanted = word.strip().lower().replace("_", " ")
    tests: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: bool(wanted) and name.startswith(wanted),
    )
    for test in tests:
        for column, name in COLUMN_NAMES.items():
            if test(name) or test(column.replace("_", " ")):
                return column
    return None
