"""The screens of figures: opened by keys from anywhere, made when they are first wanted.

Part of the app, apart from its lifecycle. Its imports are late: who works tickets should not wait
for reports at the start.
"""

from textual import on
from textual.screen import Screen

from common.people import SUPERVISORS
from tui.messages.requests import FiguresRequest
from tui.shell.message_handlers import MessageHandlers

_CLOSED = "{} for supervisors; f5 shows your own figures."


class ReportHandlers(MessageHandlers):
    """An app with reports and a wallboard; `is_wallboard`: it is nothing else."""

    is_wallboard = False

    def action_reports(self) -> None:
        """The organization's figures."""
        if self._is_open_to_supervisors("Reports are"):
            self._open_report_screen("report")

    def action_own_figures(self) -> None:
        """One's own figures."""
        if self.station.actor is None:
            self.show_toast("Not connected yet.", "bad")
        else:
            self._open_report_screen("own_figures")

    def action_wallboard(self) -> None:
        """Large figures for a screen on the wall."""
        if self._is_open_to_supervisors("The wallboard is"):
            self._open_report_screen("wallboard")

    def _is_open_to_supervisors(self, what: str) -> bool:
        actor = self.station.actor
        is_open = actor is not None and actor.role in SUPERVISORS
        if not is_open:
            self.show_toast(_CLOSED.format(what) if actor else "Not connected yet.", "bad")
        return is_open

    def _open_report_screen(self, name: str) -> None:
        """Put the screen upon the queue, whatever stood there; a question is answered first."""
        if self.screen is not self.desk_screen:
            return
        if not self.is_screen_installed(name):
            self._install_report_screens()
        below = {self.queue, self.get_screen("report")} if name == "wallboard" else {self.queue}
        if self.screen is not self.get_screen(name):
            self.ticket.draft_session.save_draft()
            while self.screen not in below:
                self.pop_screen()
            self.push_screen(name)

    def _install_report_screens(self) -> None:
        from tui.reports.report_requests import ReportScope  # late, as said above
        from tui.screens.report_rows_screen import ReportRowsScreen
        from tui.screens.report_screen import ReportScreen
        from tui.screens.wallboard import WallboardScreen

        made: dict[str, Screen[None]] = {
            "report": ReportScreen(self.station, ReportScope.WHOLE),
            "own_figures": ReportScreen(self.station, ReportScope.OWN),
            "report_rows": ReportRowsScreen(self.station),
            "wallboard": WallboardScreen(self.station, is_alone=self.is_wallboard),
        }
        for name, screen in made.items():
            self.install_screen(screen, name)

    @on(FiguresRequest)
    def _request_figures(self, asked: FiguresRequest) -> None:
        if self.session is not None:
            self.run_task(self._post_answer(asked))

    async def _post_answer(self, asked: FiguresRequest) -> None:
        if self.session is not None:
            outcome = await self.session.answer_figures_request(asked)
            asked.asker.post_message(outcome)
