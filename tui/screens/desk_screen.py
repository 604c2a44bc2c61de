"""What the two working screens share: the fixed lines at the bottom, and being told of changes."""

from collections.abc import Iterable

from textual import events, on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, TextArea

from common.wire import TicketView
from tui import clock
from tui.keys import Context, footer
from tui.messages.requests import Copy, RefuseInput, Say
from tui.model.context import Station
from tui.model.store import Change
from tui.screens.text_selection import SelectingScreen
from tui.text import formatting
from tui.widgets import status_lines
from tui.widgets.fixed_line import Line
from tui.widgets.toast import Toast

SMALL = " Enlarge the terminal: 60 x 16 is the least."


class DeskScreen(SelectingScreen[None]):
    """A screen of the desk. Whatever happens, its last three lines stay where they are."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-one")]  # noqa: RUF012 - Textual's own
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 - likewise

    def __init__(self, station: Station) -> None:
        super().__init__()
        self.station = station
        self.toast = Toast(id="toast")
        self.footer = Line(id="footer")
        self.state = Line(id="state")
        self.enlarge = Line(id="enlarge")
        self._shown_clocks_apart = ""

    def compose(self) -> ComposeResult:
        """The screen's own part, then the fixed lines."""
        yield from self.body()
        yield from (self.toast, self.footer, self.state, self.enlarge)

    def body(self) -> Iterable[Widget]:
        """What stands above the fixed lines."""
        raise NotImplementedError

    @property
    def target(self) -> TicketView | None:
        """The ticket that a verb would act upon."""
        raise NotImplementedError

    @property
    def home(self) -> Widget:
        """Where the focus is when it is nowhere else."""
        raise NotImplementedError

    def contexts(self) -> tuple[Context, ...]:
        """Whose keys the footer shows now."""
        raise NotImplementedError

    def store_changed(self, change: Change) -> None:
        """Show what the store believes now."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.enlarge.say([(SMALL, "plain")])
        self.set_interval(60, self.tick)
        self.show_state()

    def tick(self) -> None:
        """A minute has gone by."""
        self.show_state()

    def link_changed(self) -> None:
        """The connection is another: say so, and fetch what could not be fetched."""
        self.show_state()
        if self.station.link.is_live:
            self.fetch()

    def fetch(self) -> None:
        """Ask for what the screen shows and the store does not hold."""
        raise NotImplementedError

    def show_state(self) -> None:
        """Say anew how things stand: connection, drafts, hour, live keys."""
        hour = f"{clock.now().astimezone():%H:%M}"
        self._shown_clocks_apart = self.station.clocks_apart
        self.state.say(*status_lines.state(self.station, hour))
        self.show_keys()

    @property
    def is_state_stale(self) -> bool:
        """Returns whether the last line says another difference of the clocks than there is now."""
        return self._shown_clocks_apart != self.station.clocks_apart

    def show_keys(self) -> None:
        """Say anew which keys are live."""
        # A question or a choice on top has the keys, and says them itself.
        is_on_top = self.app.screen is self
        table = footer(*self.contexts()) if is_on_top else []
        width = self.size.width
        keys = status_lines.keys(table, self.target, self.station, width)
        # In a text field a question mark is a question mark.
        is_typing = isinstance(self.focused, Input | TextArea)
        self.footer.say(keys, status_lines.HELP if is_on_top and not is_typing else [])

    def on_resize(self) -> None:
        if self.focused is None:
            # A terminal that was too small hid everything, and what is hidden loses the focus.
            self.home.focus()
        self.show_keys()

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def refuse(self, reason: str) -> None:
        """Say why something cannot be done."""
        self.post_message(Say(reason, "bad"))

    def refuse_input(self, reason: str) -> None:
        """Say why a text field or a choice does not open."""
        self.post_message(RefuseInput(reason))

    def describe(self, ticket: TicketView) -> str:
        """`#17 Cannot log in`, short enough for the toast line."""
        return self._short_name(ticket.number, ticket.subject)

    def _short_name(self, number: int, subject: str) -> str:
        return f"#{number} {formatting.cut(subject, max(self.size.width - 40, 12))}"

    def copy_name(self, number: int, subject: str) -> None:
        """Copies number and subject of a ticket."""
        self.post_message(Copy(f"#{number} {subject}", self._short_name(number, subject)))

    @on(events.TextSelected)
    def _text_selected(self) -> None:
        if self.get_selected_text():
            self.post_message(Say("ctrl+c copies what is selected."))
