"""The wallboard: large figures for a screen on the wall, which updates itself."""

from datetime import date
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Grid
from textual.widget import Widget

from common.reports import Figures
from tui.keys import KeyContext, list_bindings
from tui.messages.requests import FiguresRequest
from tui.model.context import WorkstationContext
from tui.model.queues import Tab
from tui.model.store import StoreChange
from tui.reports import wallboard_cards
from tui.reports.date_ranges import PRESETS, RangePreset, find_comparison
from tui.reports.report_requests import AskReport, ReportLoaded, ReportScope
from tui.screens.auto_refresh import AutoRefreshScreen
from tui.widgets.figure_tile import Tile
from tui.widgets.fixed_line import StyledLine

_TILE_COUNT: Final = 12
_DAY, _WEEK = PRESETS[:2]


class WallboardScreen(AutoRefreshScreen):
    """Figures of the store change at once, those of the server within two seconds."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.WALL)

    def __init__(self, context: WorkstationContext, *, is_alone: bool = False) -> None:
        super().__init__(context)
        self._is_alone = is_alone
        self.heading = StyledLine(id="title")
        self.tiles = [Tile() for _ in range(_TILE_COUNT)]
        self.grid = Grid(*self.tiles, id="wall")
        self.figures: dict[int, Figures] = {}
        self._week_request: AskReport | None = None

    def compose_body(self) -> list[Widget]:
        return [self.heading, self.grid]

    @property
    def default_focus(self) -> Widget:
        return self.grid

    def key_contexts(self) -> tuple[KeyContext, ...]:
        return (KeyContext.WALL,)

    @property
    def today(self) -> date:
        return self.context.now.date()

    # -- requests: today, then the week

    def _report_request(self, preset: RangePreset) -> AskReport:
        span = preset.range_until(self.today)
        return AskReport(span, find_comparison(span, self.context.now), ReportScope.TOTAL)

    def build_request(self) -> FiguresRequest | None:
        return self._report_request(_DAY)

    @on(ReportLoaded)
    def _show_report(self, outcome: ReportLoaded) -> None:
        asked, report = outcome.asked, outcome.report
        is_week = asked is self._week_request
        if not is_week and not self.accept_answer(asked):
            return  # it was asked before a sign-out, or before the screen was left
        preset = _WEEK if is_week else _DAY
        if asked.span != preset.range_until(self.today):
            self.refresh_soon()  # it was asked before midnight
            return
        if not is_week:
            self._week_request = self._report_request(_WEEK)
            self.send_request(self._week_request)
        self.figures[report.span.days] = report.total
        self.update_content()

    # -- what is shown

    def clear_content(self) -> None:
        self.figures.clear()
        self._week_request = None

    def store_changed(self, change: StoreChange) -> None:
        super().store_changed(change)
        self.update_content()

    def show_state(self) -> None:
        super().show_state()
        self._show_heading()

    def update_content(self) -> None:
        store = self.context.store
        cards = [
            *wallboard_cards.make_backlog_cards(store.list_tab_tickets(Tab.OPEN)),
            *wallboard_cards.make_presence_cards(store.users.values()),
            *wallboard_cards.make_today_cards(self.figures.get(_DAY.days)),
            *wallboard_cards.make_satisfaction_cards(self.figures.get(_WEEK.days)),
        ]
        for tile, card in zip(self.tiles, cards, strict=True):
            tile.show_card(card)
        self._show_heading()

    def _show_heading(self) -> None:
        organization, link = self.context.store.organization, self.context.link
        name = organization.name if organization else ""
        here = self.context.now
        left = [(f" {name}", "strong"), (f" · {here:%A %d %B %Y}", "dim")]
        if link.is_offline and link.since is not None:
            since = f" OFFLINE since {link.since.astimezone(here.tzinfo):%H:%M}: old figures"
            left = [(since, "bad"), (f" · {name}", "dim")]
        self.heading.set_parts(left, [(f"{here:%H:%M} ", "strong")])

    def action_leave(self) -> None:
        """Returns to the screen before; a program that shows only the wallboard ends."""
        if self._is_alone:
            self.app.exit()
        else:
            self.dismiss()
