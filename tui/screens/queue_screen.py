"""The queue: tabs of tickets, kept up to date; the agent's first screen."""

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widget import Widget

from common.saved_views import SavedView
from common.wire import TicketView
from tui.keys import KeyContext, label_command, list_bindings
from tui.messages.requests import LoadMoreTickets, LoadViews, ShowTicket, ShowToast
from tui.model.context import WorkstationContext
from tui.model.list_settings import ColumnList, ListSettings, load_list_settings
from tui.model.preview_split import PaneSplit, PreviewPosition, arrange_panes
from tui.model.preview_split_file import load_split, save_split
from tui.model.queues import ListPlace, Tab
from tui.model.store import StoreChange
from tui.screens.column_actions import ColumnActions
from tui.screens.filtered_list import FilteredListScreen
from tui.screens.view_actions import ViewActions
from tui.widgets.column_layout import ColumnLayout
from tui.widgets.filter_bar import FilterBar
from tui.widgets.panes import Panes
from tui.widgets.preview import Preview
from tui.widgets.tab_bar import TabBar
from tui.widgets.ticket_table import TicketTable

COUNT_SECONDS: Final = 2.0
"""Seconds between a change and the reading of the counts that the server alone knows."""
FIXED_LINES: Final = 5
"""The lines that are always there: tabs, the line below the list, toast, keys, state."""


class QueueScreen(FilteredListScreen):
    """Tabs, the list, and, where there is room, a preview of the selected ticket."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *list_bindings(KeyContext.QUEUE),
        *list_bindings(KeyContext.VERBS),
        *list_bindings(KeyContext.SELF),
    ]

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self._view_actions = ViewActions(self, self)
        self._count_timer: Timer | None = None
        self.preview = Preview(context)
        self.panes = Panes(Vertical(self.heads, self.table, id="list"), self.preview)
        self.split = load_split()
        self.list_scope.kept = load_list_settings()
        self._column_actions = ColumnActions(self, self)

    def compose_body(self) -> list[Widget]:
        """Returns tabs, panes, and the line that shows which part of the queue is in sight."""
        return [self.tabs, self.panes, self.rule, self.filter_bar]

    def on_mount(self) -> None:
        self.filter_bar.close_filter()
        self.table.list_news = self.context.list_unread
        self.table.draft_sign = self.context.draft_marker
        self.table.focus()
        self.show_list()

    def store_changed(self, change: StoreChange) -> None:
        """Lists and preview show what the store believes now."""
        super().store_changed(change)
        if change.numbers:
            self._refresh_counts_soon()
        if change.everything:
            self._update_preview()
        elif self.target_ticket is not None and self.target_ticket.number in change.numbers:
            # It is not loaded any more: one of its texts was redacted.
            is_held = self.target_ticket.number in self.context.store.messages
            (self.preview.update_content if is_held else self.preview.load_ticket)()

    def fetch_missing(self) -> None:
        self.preview.load_ticket()
        self.post_message(LoadViews())

    def on_screen_resume(self) -> None:
        """Shows what changed while another screen covered this one."""
        if self.table.latest is not self.context.store.tickets:
            self.show_list(self.table.rows.chosen_number)
        selected = [] if self.target_ticket is None else [self.target_ticket.number]
        self.store_changed(StoreChange(numbers=frozenset(self.table.visible_numbers + selected)))

    def minute_passed(self) -> None:
        super().minute_passed()
        self.context.store.pass_time()
        self.table.repaint_ages()

    # -- the panes

    def show_list(self, cursor: int | None = None) -> None:
        """Shows the list; its subjects say how wide it is, but not while one types a filter."""
        if not self.filter_bar.is_typing:
            self.table.measure_subjects(self.list_scope.list_tickets())
        super().show_list(cursor)
        if not self.filter_bar.is_typing:
            self._arrange_panes()
        if self.list_scope.needs_first_page and not self.filter_bar.is_typing:
            self._request_more()

    def on_resize(self) -> None:
        super().on_resize()
        self._arrange_panes()

    def _arrange_panes(self) -> None:
        """Gives the list what its subjects need, and the preview what is left."""
        width, height = self.size.width, max(self.size.height - FIXED_LINES, 0)
        if self.panes.lay_out(arrange_panes(self.split, width, height, self.table.content_extent)):
            self._update_preview()
            if not self.preview.display and self.preview.has_focus_within:
                self.table.focus()

    def preview_columns(self, columns: ColumnList) -> tuple[ColumnLayout, int]:
        """Returns how these columns would be laid out here, and how wide the list would be."""
        width, height = self.size.width, max(self.size.height - FIXED_LINES, 0)
        extent = self.table.measure_extent(columns)
        place = arrange_panes(self.split, width, height, extent)
        beside = place.preview if place.position is PreviewPosition.RIGHT else 0
        room = width - beside - self.table.styles.scrollbar_size_vertical
        return self.table.lay_out_in(room, columns), room

    def show_list_again(self) -> None:
        """Shows the list with other columns or in another order; the cursor stays."""
        self.show_list(self.table.rows.chosen_number)

    def action_columns(self) -> None:
        """Chooses the columns and the order of this list."""
        self._column_actions.choose_columns()

    def action_sort(self) -> None:
        """Orders the list by the next thing; the cursor stays with its ticket."""
        self._column_actions.sort_list()

    def action_grow(self, step: int) -> None:
        """Moves the border between list and preview."""
        before = self.panes.place
        if before.position is PreviewPosition.OFF:
            key = label_command("queue.position")
            self.refuse_action(f"The preview is hidden. Press {key} to show it.")
            return
        self._apply_split(self.split.resize_preview(step, before))
        if self.panes.place == before:
            size = "large" if step > 0 else "small"
            self.refuse_action(f"The preview is as {size} as it can be here.")

    def action_position(self) -> None:
        """Puts the preview elsewhere; the last time round, it is placed by itself."""
        self._apply_split(self.split.next_position())
        wish, place = self.split.position, self.panes.place.position
        has_room = wish in {PreviewPosition.AUTO, place}
        why = "" if has_room else "; there is no room here"
        self.post_message(ShowToast(f"Preview: {wish.description}{why}.", "plain"))

    def _apply_split(self, split: PaneSplit) -> None:
        self.split = split
        self._arrange_panes()
        save_split(split)

    # -- the list's own keys

    def action_tab(self, name: str) -> None:
        """Shows another queue; its cursor is where it was left."""
        self.show_place(Tab(name))

    def action_tab_at(self, number: int) -> None:
        """Shows the tab with this number: the first saved view is the sixth."""
        places = self.list_places()
        if number <= len(places):
            self.show_place(places[number - 1])
        else:
            save, key = label_command("filter.save"), label_command("queue.filter")
            self.refuse_action(f"There is no such view yet: {save} in a filter ({key}) saves one.")

    def action_turn(self, step: int) -> None:
        places = self.list_places()
        now = places.index(self.list_scope.place)
        self.show_place(places[(now + step) % len(places)])

    def action_go(self) -> None:
        """Chooses a tab or view by typing."""
        self._view_actions.choose_place()

    def action_view(self, what: str) -> None:
        """Saves, changes or deletes a view."""
        self._view_actions.run_action(what)

    def list_places(self) -> list[ListPlace]:
        """Returns the tabs and views in their order."""
        return [*Tab, *self.context.views.views]

    def show_place(self, place: ListPlace) -> None:
        """Shows a tab or a saved view; its cursor is where it was left."""
        reason = "" if isinstance(place, Tab) else self.context.views.explain_unreadable(place)
        if reason:
            self.refuse_action(reason)
            return
        self.list_scope.remember_cursor(self.table.rows.chosen_number)
        cursor = self.list_scope.select_place(place)
        self.close_filter_bar()
        self.show_list(cursor)

    @on(TabBar.TabClicked)
    def _show_clicked(self, message: TabBar.TabClicked) -> None:
        self.show_place(message.place)

    @on(FilterBar.SaveFilterPressed)
    def _save_filter(self) -> None:
        """Keeps the filter, and asks for a name; a search or what is no filter is not kept."""
        is_redefining = self.list_scope.is_redefining
        if self.is_typing_search:
            self.refuse_input("A search is not kept: enter begins it.")
            return
        if self.accept_filter_bar() and not is_redefining:
            self.action_view("save")

    def redefine_view(self, text: str) -> None:
        """Gives the view the filter that was typed for it."""
        self._view_actions.redefine(text)

    def keep_in_view(self, settings: ListSettings) -> bool:
        """Keeps columns and order in the view. False: it is none, or not the agent's to change."""
        return self._view_actions.keep_settings(settings)

    def views_loaded(self, before: Mapping[int, SavedView]) -> None:
        """Shows the views as they were last read; `before` are those that were known."""
        self.context.store.lists.keep_lists(self.context.views.list_sources())
        place = self.list_scope.place
        if not isinstance(place, Tab) and place not in self.context.views.views:
            self._leave_deleted_view(before[place].name if place in before else "")
        elif not isinstance(place, Tab) and self.context.views.views[place] != before.get(place):
            self.show_list(self.table.rows.chosen_number)
        self.show_list_status()

    def _leave_deleted_view(self, name: str) -> None:
        """Shows the open tickets instead; a filter on the view can be typed on."""
        reason = f"The view “{name}” has been deleted."
        is_typing, text = self.filter_bar.is_typing, self.filter_bar.text
        is_redefining = self.list_scope.is_redefining
        self._column_actions.cancel_choice()
        self.show_place(Tab.OPEN)
        if is_typing and is_redefining:
            self.refuse_input(reason)
            return
        if is_typing:
            self.open_filter_bar(text)
            self.filter_text_changed()
        self.post_message(ShowToast(reason, "warn"))

    def _refresh_counts_soon(self) -> None:
        """Reads the counts that the server alone knows, a moment after a change."""
        if self._count_timer is None and self.context.views.has_paged:
            self._count_timer = self.set_timer(COUNT_SECONDS, self._refresh_counts)

    def _refresh_counts(self) -> None:
        self._count_timer = None
        if self.context.link.is_live:
            self.post_message(LoadViews())

    def action_open(self) -> None:
        """Opens the selected ticket."""
        if self.target_ticket is None:
            self.refuse_action("No ticket is selected.")
        else:
            self.table.rows.pin_cursor()
            self.post_message(ShowTicket(self.target_ticket.number))

    def action_unread(self, step: int) -> None:
        """Moves to the next ticket with news."""
        rows, unread = self.table.rows, self.context.list_unread()
        place, numbers = rows.find_place(rows.cursor) or 0, rows.tickets.numbers
        around = (numbers[place + 1 :] + numbers[:place])[::step]
        found = next((number for number in around if number in unread), None)
        if found is None:
            self.refuse_action("There is nothing new in this list.")
        else:
            self.table.move_cursor_to(found)

    def action_pane(self) -> None:
        """Moves the focus between the list and the pane beside it."""
        is_beside = self.table.has_focus and bool(self.preview.size)
        self.table.rows.pin_cursor()
        (self.preview.conversation if is_beside else self.table).focus()

    def action_leave(self) -> None:
        """Leaves a search, then the program."""
        if self.list_scope.found is not None or self.list_scope.text:
            self.action_clear()
        else:
            self._leave_program()

    def _leave_program(self) -> None:
        drafts = self.context.draft_count
        if not drafts:
            self.app.exit()
            return
        words = "1 draft is" if drafts == 1 else f"{drafts} drafts are"
        lost = self.context.unsaved_draft_count
        fate = f"{lost} cannot be saved and will be LOST" if lost else "kept on disk"
        self.show_confirmation(
            f"{words} unsent ({fate}). Leave?", lambda yes: self.app.exit() if yes else None
        )

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Opens the ticket and start writing."""
        typed, self.argument = self.argument, ""
        self.post_message(ShowTicket(ticket.number, kind, typed))

    # -- messages of the list

    @on(TicketTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self.show_keys()
        self._update_preview()

    def _update_preview(self) -> None:
        self.preview.show_soon(self.table.rows.cursor)

    @on(TicketTable.RowClicked)
    def _open_clicked(self) -> None:
        self.action_open()

    @on(TicketTable.NearListEnd)
    def _request_more(self) -> None:
        self.post_message(LoadMoreTickets(self.list_scope.source, self.list_scope.order))
