"""Handles drafts on the server: asked for with a ticket, shown as another terminal left them."""

from typing import Protocol

from common.tickets.replying import MessageKind
from tui.messages.requests import CheckDrafts
from tui.messages.results import DraftReceived
from tui.model.store import StoreChange
from tui.shell.message_router import RouteTable
from tui.shell.navigator import Navigator
from tui.shell.services import HandlerServices


class DraftScreen(Protocol):
    """The screen on which drafts are written."""

    def draft_received(self, number: int, kind: MessageKind | None, before: str) -> None: ...


class DraftHandlers:
    """Compares drafts with the server's, and shows what changed."""

    def __init__(
        self, services: HandlerServices, navigator: Navigator, screen: DraftScreen
    ) -> None:
        self._services, self._navigator, self._screen = services, navigator, screen

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {CheckDrafts: self.check_drafts, DraftReceived: self.show_draft}

    def check_drafts(self, request: CheckDrafts) -> None:
        """Has the drafts to a ticket compared soon."""
        if self._services.session is not None:
            self._services.session.draft_syncer.check_ticket(request.number)

    def show_draft(self, result: DraftReceived) -> None:
        """Shows a draft in its editor, and its sign in the lists."""
        self._screen.draft_received(result.number, result.kind, result.before)
        desk = self._navigator.desk_screen
        if desk is not None:
            desk.store_changed(StoreChange(numbers=frozenset({result.number})))
            desk.show_state()
