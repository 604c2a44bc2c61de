"""Handles who looks at a ticket or writes to it: says so to colleagues, and shows theirs."""

from typing import Protocol

from tui import clock
from tui.messages.requests import ReportWatch
from tui.messages.results import WatchReceived
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices


class WatchedScreen(Protocol):
    """The screen of a ticket, which names who else is at it."""

    def watchers_changed(self) -> None: ...


class WatchHandlers:
    """Sends where the agent is, and takes where colleagues are."""

    def __init__(self, services: HandlerServices, screen: WatchedScreen) -> None:
        self._services, self._screen = services, screen

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {ReportWatch: self.report_watch, WatchReceived: self.show_watch}

    def report_watch(self, request: ReportWatch) -> None:
        """Tells colleagues where the agent is; that it could not be told is no news."""
        self._services.run_in_session(
            lambda session: session.api_tasks.report_watch(request.number, request.command)
        )

    def show_watch(self, result: WatchReceived) -> None:
        """Shows who else is at the ticket."""
        self._services.context.watchers.note(result.watch, clock.read_server_time())
        self._screen.watchers_changed()
