"""Opens the screens of figures, and answers their requests.

The screens are made when they are first wanted: who works on tickets does not wait for them at
the start.
"""

from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen

from common.people import SUPERVISORS
from tui.keys import label_command
from tui.messages.requests import FiguresRequest
from tui.screens.queue_screen import QueueScreen
from tui.screens.ticket_screen import TicketScreen
from tui.shell.message_router import RouteTable
from tui.shell.navigator import Navigator
from tui.shell.services import HandlerServices

if TYPE_CHECKING:
    from tui.shell.session import AgentSession

_SUPERVISORS_ONLY = "{} for supervisors; {} shows your own figures."
_NOT_CONNECTED = "Not connected yet."


class ReportHandlers:
    """The reports and the wallboard of an app; `is_wallboard`: the app shows nothing else."""

    def __init__(
        self,
        app: App[None],
        services: HandlerServices,
        navigator: Navigator,
        queue: QueueScreen,
        ticket: TicketScreen,
        *,
        is_wallboard: bool,
    ) -> None:
        self._app, self._services, self._navigator = app, services, navigator
        self._queue, self._ticket, self._is_wallboard = queue, ticket, is_wallboard

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {FiguresRequest: self.request_figures}

    def open_reports(self) -> None:
        """Opens the organization's figures, for supervisors."""
        if self._is_open_to_agent("Reports are"):
            self._open_screen("report")

    def open_own_figures(self) -> None:
        """Opens the agent's own figures."""
        if self._services.context.actor is None:
            self._services.show_toast(_NOT_CONNECTED, "bad")
        else:
            self._open_screen("own_figures")

    def open_wallboard(self) -> None:
        """Opens the large figures for a screen on the wall, for supervisors."""
        if self._is_open_to_agent("The wallboard is"):
            self._open_screen("wallboard")

    def _is_open_to_agent(self, what: str) -> bool:
        actor = self._services.context.actor
        is_open = actor is not None and actor.role in SUPERVISORS
        if not is_open:
            own = label_command("anywhere.own-figures")
            reason = _SUPERVISORS_ONLY.format(what, own) if actor else _NOT_CONNECTED
            self._services.show_toast(reason, "bad")
        return is_open

    def _open_screen(self, name: str) -> None:
        """Puts the screen above the queue, the wallboard above the report that one comes from.

        A question that is open is answered first.
        """
        app = self._app
        if app.screen is not self._navigator.desk_screen:
            return
        if not app.is_screen_installed(name):
            self._install_screens()
        reports = ("report", "own_figures") if name == "wallboard" else ()
        below = {self._queue, *map(app.get_screen, reports)}
        if app.screen is not app.get_screen(name):
            self._ticket.draft_session.save_draft()
            while app.screen not in below:
                app.pop_screen()
            app.push_screen(name)

    def _install_screens(self) -> None:
        from tui.reports.report_requests import ReportScope  # late, as said above
        from tui.screens.report_rows_screen import ReportRowsScreen
        from tui.screens.report_screen import ReportScreen
        from tui.screens.wallboard import WallboardScreen

        context = self._services.context
        made: dict[str, Screen[None]] = {
            "report": ReportScreen(context, ReportScope.WHOLE),
            "own_figures": ReportScreen(context, ReportScope.OWN),
            "report_rows": ReportRowsScreen(context),
            "wallboard": WallboardScreen(context, is_alone=self._is_wallboard),
        }
        for name, screen in made.items():
            self._app.install_screen(screen, name)

    def request_figures(self, request: FiguresRequest) -> None:
        """Asks the server; the answer is a message to the screen that asks."""
        self._services.run_in_session(lambda session: _post_answer(session, request))


async def _post_answer(session: "AgentSession", request: FiguresRequest) -> None:
    request.asker.post_message(await session.answer_figures_request(request))
