"""A screen whose figures come from the server, and follow what happens by themselves."""

from textual import on

from tui import clock
from tui.messages.requests import Ask, Say
from tui.model.context import Station
from tui.model.store import Change
from tui.reports.refresh_pace import Pace
from tui.reports.report_requests import AskReport, AskRows, NotAnswered
from tui.screens.desk_screen import DeskScreen


class LiveScreen(DeskScreen):
    """Asks when it comes into sight and after each change elsewhere, and only while in sight."""

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._pace = Pace()
        self._asked: Ask | None = None
        self._whose: tuple[int, int] | None = None

    @property
    def target(self) -> None:
        """No verb acts upon figures."""
        return

    def question(self) -> Ask | None:
        """What to ask now; None: nothing."""
        raise NotImplementedError

    def fill(self) -> None:
        """Show what is known, without asking."""
        raise NotImplementedError

    def forget(self) -> None:
        """Somebody else sits here now: nothing of what was shown is theirs."""

    def store_changed(self, change: Change) -> None:
        if change.numbers or change.everything:
            self.ask_soon()

    def fetch(self) -> None:
        self.ask_soon()

    def on_screen_resume(self) -> None:
        me = self.station.store.me
        whose = (me.org_id, me.id) if me else None
        if whose != self._whose:
            self._whose = whose
            self.forget()
        self.fill()
        self.show_state()
        self.ask_now()

    def tick(self) -> None:
        super().tick()
        self.fill()
        self.ask_soon()

    # -- asking

    def ask_now(self) -> None:
        """Ask at once: what was under way is no longer wanted."""
        self._pace, self._asked = Pace(), None
        self.ask_soon()

    def ask_soon(self) -> None:
        """Ask as soon as the pace allows."""
        self._after(self._pace.want(_seconds()))

    def put(self, asked: Ask) -> None:
        """Put a question; its answer is a message to this screen."""
        asked.asker = self
        self.post_message(asked)

    def is_awaited(self, asked: AskReport | AskRows) -> bool:
        """Whether the answer to this is still wanted; the pace goes on."""
        if asked is not self._asked:
            return False
        self._asked = None
        self._after(self._pace.end(_seconds()))
        return True

    def _after(self, seconds: float | None) -> None:
        if seconds is not None:
            pace = self._pace
            self.set_timer(seconds or 0.001, lambda: self._ask() if pace is self._pace else None)

    def _ask(self) -> None:
        question = self.question() if self.is_current else None
        if question is None or self.station.link.is_away:
            # Coming into sight, and a connection that is back, begin anew.
            self._pace = Pace()
            return
        self._pace.begin(_seconds())
        self._asked = question
        self.put(question)

    @on(NotAnswered)
    def _not_answered(self, outcome: NotAnswered) -> None:
        self.post_message(Say(outcome.sentence, "bad"))
        if outcome.asked is self._asked:
            self._asked = None
            self._after(self._pace.end(_seconds(), failed=True))


def _seconds() -> float:
    return clock.steady()
