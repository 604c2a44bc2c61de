"""A screen whose figures come from the server, and are kept up to date."""

from textual import on

from tui import clock
from tui.messages.requests import FiguresRequest, ShowToast
from tui.model.context import WorkstationContext
from tui.model.store import StoreChange
from tui.reports.refresh_pace import RefreshPace
from tui.reports.report_requests import AskReport, AskRows, ReportRequestFailed
from tui.screens.desk_screen import DeskScreen


class AutoRefreshScreen(DeskScreen):
    """Sends requests when it appears and after each change, and only while it is in sight."""

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__(context)
        self._pace = RefreshPace()
        self._asked: FiguresRequest | None = None
        self._whose: tuple[int, int] | None = None

    @property
    def target_ticket(self) -> None:
        """None: no verb acts on figures."""
        return

    # Every screen and widget must define what raises NotImplementedError here: Textual's metaclass
    # leaves no room for ABCMeta, so tests/house/test_screens.py checks it instead.
    def build_request(self) -> FiguresRequest | None:
        """Returns the request to send now; None: nothing."""
        raise NotImplementedError

    def update_content(self) -> None:
        """Shows what is known, without asking."""
        raise NotImplementedError

    def clear_content(self) -> None:
        """Clears what belongs to the agent who was signed in before."""

    def store_changed(self, change: StoreChange) -> None:
        if change.numbers or change.everything:
            self.refresh_soon()

    def fetch_missing(self) -> None:
        self.refresh_soon()

    def on_screen_resume(self) -> None:
        me = self.context.store.me
        whose = (me.org_id, me.id) if me else None
        if whose != self._whose:
            self._whose = whose
            self.clear_content()
        self.update_content()
        self.show_state()
        self.refresh_now()

    def minute_passed(self) -> None:
        super().minute_passed()
        self.update_content()
        self.refresh_soon()

    # -- asking

    def refresh_now(self) -> None:
        """Asks at once: what was under way is no longer wanted."""
        self._pace, self._asked = RefreshPace(), None
        self.refresh_soon()

    def refresh_soon(self) -> None:
        """Asks as soon as the pace allows."""
        self._schedule_request(self._pace.request_refresh(_steady_seconds()))

    def send_request(self, asked: FiguresRequest) -> None:
        """Puts a question; its answer is a message to this screen."""
        asked.asker = self
        self.post_message(asked)

    def accept_answer(self, asked: AskReport | AskRows) -> bool:
        """Returns whether the answer to this is still awaited, and schedules the next request."""
        if asked is not self._asked:
            return False
        self._asked = None
        self._schedule_request(self._pace.record_end(_steady_seconds()))
        return True

    def _schedule_request(self, seconds: float | None) -> None:
        if seconds is not None:
            pace = self._pace
            self.set_timer(
                seconds or 0.001, lambda: self._send_next_request() if pace is self._pace else None
            )

    def _send_next_request(self) -> None:
        question = self.build_request() if self.is_current else None
        if question is None or self.context.link.is_offline:
            # Appearing, and a connection that is back, start again.
            self._pace = RefreshPace()
            return
        self._pace.record_start(_steady_seconds())
        self._asked = question
        self.send_request(question)

    @on(ReportRequestFailed)
    def _show_failure(self, outcome: ReportRequestFailed) -> None:
        self.post_message(ShowToast(outcome.sentence, "bad"))
        if outcome.asked is self._asked:
            self._asked = None
            self._schedule_request(self._pace.record_end(_steady_seconds(), failed=True))


def _steady_seconds() -> float:
    return clock.read_steady_clock()
