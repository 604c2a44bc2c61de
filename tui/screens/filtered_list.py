"""A list with a tab, a filter that is typed, or a search on the server."""

from collections.abc import Collection
from typing import ClassVar

from textual import on
from textual.widget import Widget

from common.bulk import MOST_BULK_TICKETS, BulkResult
from common.filters.filter_parser import parse_entered_filter
from common.filters.filter_terms import FilterError
from common.wire import TicketView
from tui.keys import KeyBinding, KeyContext
from tui.messages.requests import SearchTickets, ShowToast, UndoBulk
from tui.messages.results import SearchResults
from tui.model.context import WorkstationContext
from tui.model.filter_hints import SEARCH_PREFIX, build_vocabulary
from tui.model.queues import Tab
from tui.model.search_query import SearchScope, parse_search
from tui.model.store import StoreChange
from tui.screens.bulk_actions import BulkActions
from tui.screens.list_scope import ListScope
from tui.screens.mail_text import MailText
from tui.screens.ticket_actions import TicketActionScreen
from tui.text import formatting
from tui.widgets import status_lines
from tui.widgets.filter_bar import FilterBar
from tui.widgets.fixed_line import Rule, StyledLine
from tui.widgets.tab_bar import TabBar
from tui.widgets.ticket_table import TicketTable


class FilteredListScreen(TicketActionScreen):
    """The list, the lines above and below it, and the filter line that `/` opens."""

    ITEM_ACTIONS: ClassVar[frozenset[str]] = frozenset({"open"})

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.list_scope = ListScope(context.store, context.views)
        self.tabs = TabBar()
        self.heads = StyledLine(id="heads")
        self.table = TicketTable(context.store.tickets)
        self.rule = Rule(id="rule")
        self.filter_bar = FilterBar()
        self._bulk_actions = BulkActions(self, self.table.marks)

    @property
    def target_ticket(self) -> TicketView | None:
        """The ticket under the cursor, as the store has it now."""
        selected = self.table.selected
        return self.context.store.tickets.get(selected.number, selected) if selected else None

    @property
    def default_focus(self) -> Widget:
        return self.table

    def key_contexts(self) -> tuple[KeyContext, ...]:
        """Returns the filter's keys while it has the focus, the list's otherwise."""
        if self.filter_bar.is_typing:
            return (KeyContext.FILTER,)
        return (KeyContext.QUEUE, KeyContext.VERBS)

    def list_usable_keys(self) -> list[KeyBinding]:
        """Leaves out what a search cannot have done, or many tickets while some are marked."""
        keys = super().list_usable_keys()
        if self.filter_bar.is_typing and self.is_typing_search:
            return [key for key in keys if key.action != "save"]
        if not self.table.marks.numbers:
            return keys
        return [key for key in keys if not key.verb or key.verb in self._bulk_actions.verbs]

    @property
    def has_item(self) -> bool:
        """Returns whether there is a ticket under the cursor, or a field has the keys."""
        return self.target_ticket is not None or self.filter_bar.is_typing

    # -- what is shown

    def show_list(self, cursor: int | None = None) -> None:
        """Shows the list from its start, or from the ticket given."""
        self.table.me = self.context.agent_id
        self.table.by_change = self.list_scope.is_paged
        self.table.chosen_columns = self.list_scope.columns
        self.table.empty = self.list_scope.describe_empty_list(
            is_loaded=self.context.actor is not None, is_offline=self.context.link.is_offline
        )
        tickets = self.list_scope.list_tickets()
        self.table.latest = self.context.store.tickets
        self.table.has_more = self.list_scope.has_more
        self.table.set_items(tickets, cursor)
        self.show_column_heads()
        self.show_list_status()
        self.show_keys()

    def store_changed(self, change: StoreChange) -> None:
        """Rows come, go and change; a cursor that was moved stays with its ticket."""
        if change.everything:
            self.show_list(self.table.rows.chosen_number)
            return
        selected = self.target_ticket
        hold = selected is None or not self._is_own_change(selected)
        tickets = self.list_scope.list_tickets()
        self.table.update_items(tickets, change.numbers, hold=hold)
        self.table.has_more = self.list_scope.has_more
        self.show_list_status()
        if change.people or change.organization or self._is_target_changed(selected, change):
            self.show_keys()

    def _is_target_changed(self, before: TicketView | None, change: StoreChange) -> bool:
        """Returns whether other keys may be live: each is tried by the rules, which takes time."""
        target = self.target_ticket
        return target is not before or (target is not None and target.number in change.numbers)

    def _is_own_change(self, ticket: TicketView) -> bool:
        """Returns whether the agent changed the ticket last; what is not sent yet counts."""
        is_pending = ticket.number in self.context.store.pending.numbers
        return is_pending or self.context.unread.is_own_change(ticket)

    def show_list_status(self) -> None:
        """Says anew what stands above and below the list."""
        self._show_tabs()
        found = self.list_scope.describe_count(len(self.table.rows))
        scope = self.list_scope
        self.rule.set_parts(
            *status_lines.format_list_rule(
                found,
                self._describe_arrangement(),
                scope.text,
                self.table.news_outside,
                len(self.table.marks),
            )
        )
        self.filter_bar.show_count(found)
        self.show_standing()

    @on(TicketTable.ColumnsChanged)
    def _show_new_columns(self) -> None:
        self.show_column_heads()
        self.show_list_status()

    def show_column_heads(self) -> None:
        """Says what the columns are, and by which of them the list is sorted."""
        heads = self.table.columns.format_heads(self.list_scope.shown_order)
        self.heads.set_parts([(heads, "dim")])

    def _show_tabs(self) -> None:
        scope = self.list_scope
        labels = [status_lines.label_tab(tab, scope.count_place(tab)) for tab in Tab]
        for view in self.context.views.views.values():
            count = scope.count_place(view.id)
            labels.append(status_lines.label_view(view, count, labels[-1]))
        active = scope.place if scope.found is None else None
        self.tabs.set_tabs(labels, active, self.size.width)

    def _describe_arrangement(self) -> str:
        """Returns the order, and how many of the chosen columns have no room."""
        hidden = len(self.table.columns.hidden)
        more = f" · {formatting.format_noun_count(hidden, 'column')} hidden" if hidden else ""
        return self.list_scope.order_text + more

    def action_verb(self, verb: str) -> None:
        """Runs a verb on the selected ticket, and keeps the cursor on it when others come above."""
        self.table.rows.pin_cursor()
        if self.table.marks.numbers:
            self._bulk_actions.start(verb)
        else:
            super().action_verb(verb)

    # -- marks

    def action_toggle_mark(self) -> None:
        """Marks the ticket under the cursor, or takes its mark off, and moves on."""
        ticket = self.target_ticket
        if ticket is None:
            self.refuse_action("No ticket is selected.")
            return
        self.table.marks.toggle(ticket.number)
        self.table.action_move(1)
        self._show_marks({ticket.number})

    def action_mark_range(self) -> None:
        """Marks all tickets from the last mark to the cursor."""
        ticket = self.target_ticket
        if ticket is None:
            self.refuse_action("No ticket is selected.")
            return
        before = set(self.table.marks.numbers)
        self.table.marks.mark_range(self.table.rows.tickets.numbers, ticket.number)
        self._show_marks(self.table.marks.numbers ^ before)

    def action_mark_all(self) -> None:
        """Marks all tickets of the list, as far as they are loaded."""
        numbers = self.table.rows.tickets.numbers
        self.table.marks.mark_all(numbers[:MOST_BULK_TICKETS])
        if len(numbers) > MOST_BULK_TICKETS:
            said = f"The first {MOST_BULK_TICKETS} are marked: more cannot be changed at once."
            self.post_message(ShowToast(said, "warn"))
        elif self.table.has_more:
            said = "What is loaded is marked; scroll to the end to load the rest."
            self.post_message(ShowToast(said, "warn"))
        self._show_marks(self.table.marks.numbers)

    def _show_marks(self, numbers: Collection[int]) -> None:
        self.table.repaint_rows(numbers)
        self.show_list_status()
        self.show_keys()

    def _clear_marks(self) -> bool:
        """Takes all marks off. False: there were none."""
        numbers = set(self.table.marks.numbers)
        self.table.marks.clear()
        self._show_marks(numbers)
        return bool(numbers)

    def action_undo_bulk(self) -> None:
        """Undoes the last bulk change, as one."""
        self.post_message(UndoBulk())

    def show_bulk_results(self, title: str, refused: list[BulkResult]) -> None:
        """Keeps the marks of what was refused, and lists the reasons."""
        before = set(self.table.marks.numbers)
        self.table.marks.mark_all([it.number for it in refused])
        self._show_marks(before | self.table.marks.numbers)
        if refused and self.app.screen is self:
            page = self.app.get_screen("mail_text", MailText)
            page.set_text(title, "\n".join(map(self._describe_refusal, refused)))
            self.app.push_screen(page)

    def _describe_refusal(self, result: BulkResult) -> str:
        ticket = self.context.store.tickets.get(result.number)
        subject = f" {ticket.subject}" if ticket else ""
        return f"#{result.number}{subject}: {result.problem.detail if result.problem else ''}"

    # -- filter and search

    def action_filter(self) -> None:
        """Types a filter, or goes on with the one that there is."""
        self.open_filter_bar(self.list_scope.text)
        self.enter_typed_filter()

    def enter_typed_filter(self) -> None:
        """Enters the filter that was typed behind the command's name, if there is one."""
        typed, self.argument = self.argument, ""
        if typed:
            self.open_filter_bar(typed)
            self.filter_text_changed()
            self.accept_filter_bar()

    def open_filter_bar(self, text: str) -> None:
        """Opens the field for a filter, with this text in it."""
        store = self.context.store
        self.list_scope.remember_cursor(self.table.rows.chosen_number)
        self.filter_bar.vocabulary = build_vocabulary(
            store.organization, store.users.values(), store.tickets.values()
        )
        self.filter_bar.open_filter(text)
        self.rule.add_class("-covered")
        self.show_keys()

    def close_filter_bar(self) -> None:
        """Closes the field; the list has the focus."""
        self.filter_bar.close_filter()
        self.rule.remove_class("-covered")
        self.table.focus()

    def action_clear(self) -> None:
        """Takes the marks off, or ends filter and search; the cursor stays on its ticket."""
        if self._clear_marks():
            return
        if self.list_scope.text or self.list_scope.found is not None:
            self._show_whole_queue(self.table.rows.cursor)

    def _show_whole_queue(self, cursor: int | None) -> None:
        self.close_filter_bar()
        self.list_scope.select_place(self.list_scope.place)
        self.show_list(cursor)

    @on(FilterBar.Changed)
    def filter_text_changed(self) -> None:
        """Filters by what the field has now, or says why it is no filter."""
        text = self.filter_bar.text
        self.show_keys()
        if text.startswith(SEARCH_PREFIX):
            return
        try:
            self.list_scope.type_filter(text)
        except FilterError as error:
            self.filter_bar.show_refusal(error.located_sentence)
        else:
            self.show_list()

    @property
    def is_typing_search(self) -> bool:
        """Returns whether the field has a search on the server; a view's filter is none."""
        return self.filter_bar.is_search and not self.list_scope.is_redefining

    @on(FilterBar.Accepted)
    def accept_filter_bar(self) -> bool:
        """Keeps the filter, or begins the search. False: the text is none, and is left."""
        text = self.filter_bar.text
        scope: SearchScope | None = None
        try:
            if self.is_typing_search:
                words = text.replace(SEARCH_PREFIX, " ", 1)  # its place counts in what is wrong
                scope = parse_search(words, self.list_scope.source.tab)
            else:
                parse_entered_filter(text)
        except FilterError as error:
            self.filter_bar.show_refusal(error.located_sentence)
            return False
        self.close_filter_bar()
        self.list_scope.accept_filter()
        if self.list_scope.is_redefining:
            self.redefine_view(self.list_scope.text)
            return True
        if scope is not None:
            self.post_message(SearchTickets(scope))
        self.show_list()
        return True

    @on(FilterBar.Cleared)
    def _filter_cleared(self) -> None:
        self._show_whole_queue(self.list_scope.select_place(self.list_scope.place))

    # Every screen and widget must define what raises NotImplementedError here: Textual's metaclass
    # leaves no room for ABCMeta, so tests/house/test_screens.py checks it instead.
    def redefine_view(self, text: str) -> None:
        """Gives the view the filter that was typed."""
        raise NotImplementedError

    def show_search_results(self, result: SearchResults) -> None:
        """Shows what the server's search has found."""
        self.list_scope.show_found(result.scope, result.numbers, has_more=result.has_more)
        self.show_list()
