"""The wallboard: large figures for a screen on the wall. It wants no hand, and is never old."""

from datetime import date
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Grid
from textual.widget import Widget

from common.reports import Figures
from tui.keys import Context, bindings
from tui.messages.requests import Ask
from tui.model.context import Station
from tui.model.queues import Tab
from tui.model.store import Change
from tui.reports import wallboard_cards
from tui.reports.date_ranges import PRESETS, Preset, earlier
from tui.reports.report_requests import AskReport, ReportCame, Scope
from tui.screens.auto_refresh import LiveScreen
from tui.widgets.figure_tile import Tile
from tui.widgets.fixed_line import Line

_TILES: Final = 12
_DAY, _WEEK = PRESETS[:2]


class WallboardScreen(LiveScreen):
    """What stands in the store at once; what the server counts within two seconds."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Context.WALL)

    def __init__(self, station: Station, *, is_alone: bool = False) -> None:
        super().__init__(station)
        self._is_alone = is_alone
        self.heading = Line(id="title")
        self.tiles = [Tile() for _ in range(_TILES)]
        self.grid = Grid(*self.tiles, id="wall")
        self.figures: dict[int, Figures] = {}

    def body(self) -> list[Widget]:
        return [self.heading, self.grid]

    @property
    def home(self) -> Widget:
        return self.grid

    def contexts(self) -> tuple[Context, ...]:
        return (Context.WALL,)

    @property
    def today(self) -> date:
        return self.station.now.date()

    # -- what is asked: today, then the week, in turn

    def _asking(self, preset: Preset) -> AskReport:
        span = preset.at(self.today)
        return AskReport(span, earlier(span, self.station.now), Scope.TOTAL)

    def question(self) -> Ask | None:
        return self._asking(_DAY)

    @on(ReportCame)
    def _came(self, outcome: ReportCame) -> None:
        asked, report = outcome.asked, outcome.report
        if asked.span == _DAY.at(self.today) and self.is_awaited(asked):
            self.put(self._asking(_WEEK))
        self.figures[report.span.days] = report.total
        self.fill()

    # -- what is shown

    def forget(self) -> None:
        self.figures.clear()

    def store_changed(self, change: Change) -> None:
        super().store_changed(change)
        self.fill()

    def show_state(self) -> None:
        super().show_state()
        self._head()

    def fill(self) -> None:
        store = self.station.store
        cards = [
            *wallboard_cards.now(store.queue(Tab.OPEN)),
            *wallboard_cards.present(store.users.values()),
            *wallboard_cards.today(self.figures.get(_DAY.days)),
            *wallboard_cards.satisfied(self.figures.get(_WEEK.days)),
        ]
        for tile, card in zip(self.tiles, cards, strict=True):
            tile.show(card)
        self._head()

    def _head(self) -> None:
        organization, link = self.station.store.organization, self.station.link
        name = organization.name if organization else ""
        here = self.station.now
        left = [(f" {name}", "strong"), (f" · {here:%A %d %B %Y}", "dim")]
        if link.is_away and link.since is not None:
            since = f" OFFLINE since {link.since.astimezone(here.tzinfo):%H:%M}: these are of then"
            left = [(since, "bad"), (f" · {name}", "dim")]
        self.heading.say(left, [(f"{here:%H:%M} ", "strong")])

    def action_leave(self) -> None:
        """Back to where it was opened; a program that is a wallboard alone ends."""
        if self._is_alone:
            self.app.exit()
        else:
            self.dismiss()
