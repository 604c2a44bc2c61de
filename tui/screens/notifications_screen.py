"""The agent's notifications, newest first, with the way to their tickets."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from common.wire import TicketView
from tui.keys import KeyContext, list_bindings
from tui.messages.requests import MarkNotificationsRead, ShowTicket
from tui.model.context import WorkstationContext
from tui.model.store import StoreChange
from tui.screens.ticket_actions import TicketActionScreen
from tui.widgets.fixed_line import Part, StyledLine
from tui.widgets.notification_list import NotificationList, NotificationRow


class NotificationsScreen(TicketActionScreen):
    """The list, and how much of it is unread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *list_bindings(KeyContext.NOTICES),
        *list_bindings(KeyContext.SELF),
    ]

    ITEM_ACTIONS: ClassVar[frozenset[str]] = frozenset({"open", "mark", "mark_all"})

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self.heading = StyledLine(id="notices-title")
        self.notices = NotificationList()

    def compose_body(self) -> list[Widget]:
        return [self.heading, self.notices]

    @property
    def target_ticket(self) -> TicketView | None:
        entry = self.notices.selected
        return self.context.store.tickets.get(entry.notice.ticket.number) if entry else None

    @property
    def default_focus(self) -> Widget:
        return self.notices

    def key_contexts(self) -> tuple[KeyContext, ...]:
        return (KeyContext.NOTICES,)

    @property
    def has_item(self) -> bool:
        """Returns whether there is a notification under the cursor."""
        return self.notices.selected is not None

    def on_screen_resume(self) -> None:
        self.notices.focus()
        self.update_content()

    def update_content(self) -> None:
        """Shows what is in the inbox now."""
        inbox = self.context.inbox
        personal = f", {inbox.personal_unread_count} for you" if inbox.personal_unread_count else ""
        count = f" · {inbox.unread} unread{personal}" if inbox.unread else " · all read"
        style = "warn" if inbox.unread else "dim"
        parts: list[Part] = [(" Notifications", "strong"), (count, style)]
        self.heading.set_parts(parts, [("newest first ", "dim")])
        self.notices.show_notifications(inbox.notices)
        self.show_state()

    def store_changed(self, change: StoreChange) -> None:
        """Tickets alone have changed: the board is updated by itself."""
        if change.people or change.everything:
            self.show_state()

    def fetch_missing(self) -> None:
        """Loads nothing: the inbox is read whenever the connection is back."""

    def compose_message(self, kind: str, ticket: TicketView) -> None:
        """Opens the ticket and start writing."""
        typed, self.argument = self.argument, ""
        self.post_message(ShowTicket(ticket.number, kind, typed))

    # -- keys

    def action_open(self) -> None:
        """Opens the ticket that it is about."""
        entry = self._require_selected()
        if entry is not None:
            self.post_message(ShowTicket(entry.notice.ticket.number))

    def action_mark(self) -> None:
        """This one and all older ones have been read."""
        entry = self._require_selected()
        if entry is not None:
            self.post_message(MarkNotificationsRead(entry.number))

    def action_mark_all(self) -> None:
        """Marks all loaded notifications as read."""
        self.post_message(MarkNotificationsRead(self.context.inbox.newest_id))

    def action_copy_name(self) -> None:
        """Copies number and subject of the ticket that it is about, be it loaded or not."""
        entry = self._require_selected()
        if entry is not None:
            self.copy_name(entry.notice.ticket.number, entry.notice.ticket.subject)

    def action_leave(self) -> None:
        self.dismiss()

    def action_notices(self) -> None:
        """Closes the screen by the key that opens it."""
        self.dismiss()

    def _require_selected(self) -> NotificationRow | None:
        entry = self.notices.selected
        if entry is None:
            self.refuse_action("You have no notifications yet.")
        return entry

    @on(NotificationList.RowClicked)
    def _open_clicked(self) -> None:
        self.action_open()
