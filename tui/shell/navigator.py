"""Moves between the screens of the desk. Each of them is in the stack of screens at most once."""

from textual.app import App

from common.people import SUPERVISORS
from tui.messages.requests import ShowMacros, ShowNotifications, ShowTicket
from tui.screens.desk_screen import DeskScreen
from tui.shell.message_router import RouteTable
from tui.shell.screen_set import ScreenSet


class Navigator:
    """Brings screens to the top of an app's stack; the app has them installed by name."""

    def __init__(self, app: App[None], screens: ScreenSet) -> None:
        self._app, self._queue, self._ticket = app, screens.queue, screens.ticket
        self._notices, self._held_mails = screens.notices, screens.held_mails
        self._macros = screens.macros

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            ShowTicket: self.show_ticket,
            ShowNotifications: self.show_notifications,
            ShowMacros: self.show_macros,
        }

    @property
    def desk_screen(self) -> DeskScreen | None:
        """The topmost screen of the desk, which may be below a question; None: signed out."""
        stack = reversed(self._app.screen_stack)
        return next((screen for screen in stack if isinstance(screen, DeskScreen)), None)

    async def show_ticket(self, request: ShowTicket) -> None:
        """Shows a ticket, by default in the order of the queue."""
        await self._bring_to_top(self._ticket, "ticket")
        order = request.order
        if order is None:
            order = self._queue.table.rows.tickets.numbers
        self._ticket.show_ticket(request.number, order)
        if request.compose:
            self._ticket.argument = request.text
            self._ticket.action_verb(request.compose)
            self._ticket.argument = ""  # where it was refused

    async def show_notifications(self, _request: ShowNotifications) -> None:
        """Shows the agent's notifications."""
        await self._bring_to_top(self._notices, "notices")

    async def show_macros(self, _request: ShowMacros) -> None:
        """Shows the macros, to change them."""
        self._ticket.draft_session.save_draft()
        await self._bring_to_top(self._macros, "macros")

    async def open_held_mails(self) -> None:
        """Shows the mails that wait for a supervisor, to supervisors."""
        desk, actor = self.desk_screen, self._held_mails.context.actor
        if desk is None or self._app.screen is not desk:
            return  # a question is answered first
        if actor is None or actor.role not in SUPERVISORS:
            desk.refuse_action("Held mails are for supervisors.")
            return
        self._ticket.draft_session.save_draft()
        await self._bring_to_top(self._held_mails, "held_mails")

    def show_inbox(self) -> None:
        """Redraws what the screen in sight shows of the inbox."""
        desk = self.desk_screen
        if desk is self._notices:
            self._notices.update_content()
        elif desk is not None:
            desk.show_state()

    async def _bring_to_top(self, screen: DeskScreen, name: str) -> None:
        if screen not in self._app.screen_stack:
            await self._app.push_screen(name)
        while self._app.screen is not screen:
            await self._app.pop_screen()
