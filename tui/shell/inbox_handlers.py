"""Handles the agent's inbox: what has arrived, and what has been read."""

from collections.abc import Callable

from tui.messages.requests import MarkNotificationsRead
from tui.messages.results import InboxLoaded, InboxMarkedRead
from tui.model import inbox
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices


class InboxHandlers:
    """Keeps the inbox of the context up to date."""

    def __init__(self, services: HandlerServices, show_inbox: Callable[[], None]) -> None:
        """`show_inbox` redraws what the screen in sight shows of the inbox."""
        self._services, self._show_inbox = services, show_inbox

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            MarkNotificationsRead: self.mark_read,
            InboxLoaded: self.update_inbox,
            InboxMarkedRead: self.update_read_mark,
        }

    def mark_read(self, request: MarkNotificationsRead) -> None:
        """Marks notifications as read at the server, up to the id that the request names."""
        up_to = request.up_to
        self._services.run_in_session(
            lambda session: session.api_tasks.mark_notifications_read(up_to)
        )

    def update_inbox(self, result: InboxLoaded) -> None:
        """Takes the inbox as the server has it; what is new for this agent is also a toast."""
        added = self._services.context.inbox.load_page(result.inbox)
        if added:
            self._services.show_toast(inbox.summarize_notifications(added), "warn")
        self._show_inbox()

    def update_read_mark(self, result: InboxMarkedRead) -> None:
        """Takes how far the agent has read."""
        self._services.context.inbox.mark_read(result.mark)
        self._show_inbox()
