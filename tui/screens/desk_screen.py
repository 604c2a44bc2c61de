"""The base of the working screens: fixed lines at the bottom, and changes of the store."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.screen import UPDATE_PERIOD
from textual.widget import Widget
from textual.widgets import Input, TextArea

from common.wire import TicketView
from tui import clock
from tui.keys import KeyBinding, KeyContext, label_command, list_footer_keys
from tui.messages.requests import CopyText, RefuseInput, ShowToast
from tui.model.context import WorkstationContext
from tui.model.store import StoreChange
from tui.screens.text_selection import SelectingScreen
from tui.text import formatting
from tui.widgets import status_lines
from tui.widgets.cropped_compositor import CroppedCompositor
from tui.widgets.fixed_line import StyledLine
from tui.widgets.toast import Toast

TOO_SMALL_TEXT = " Please enlarge the terminal to at least 60 x 16."


class DeskScreen(SelectingScreen[None]):
    """A screen of the desk. Whatever happens, its last three lines stay where they are."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-one")]  # noqa: RUF012 - Textual's own
    ITEM_ACTIONS: ClassVar[frozenset[str]] = frozenset()
    """Actions, beside the verbs, on what is under the cursor."""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 - likewise

    def __init__(self, context: WorkstationContext) -> None:
        super().__init__()
        self._compositor = CroppedCompositor()
        self._urgent_until = 0.0
        self.context = context
        self.toast = Toast(id="toast")
        self.footer = StyledLine(id="footer")
        self.state = StyledLine(id="state")
        self.enlarge = StyledLine(id="enlarge")
        self._shown_facts: tuple[object, ...] = ()
        self.argument = ""
        """The text typed behind a command's name: it answers the question that the command asks."""

    def compose(self) -> ComposeResult:
        """The screen's own part, then the fixed lines."""
        yield from self.compose_body()
        yield from (self.toast, self.footer, self.state, self.enlarge)

    # Every screen and widget must define what raises NotImplementedError here: Textual's metaclass
    # leaves no room for ABCMeta, so tests/house/test_screens.py checks it instead.
    def compose_body(self) -> Iterable[Widget]:
        """Returns the widgets above the fixed lines."""
        raise NotImplementedError

    @property
    def target_ticket(self) -> TicketView | None:
        """The ticket that a verb acts on."""
        raise NotImplementedError

    @property
    def default_focus(self) -> Widget:
        """The widget that has the focus when no other has it."""
        raise NotImplementedError

    def key_contexts(self) -> tuple[KeyContext, ...]:
        """Returns the contexts of the keys that the footer shows now."""
        raise NotImplementedError

    def list_usable_keys(self) -> list[KeyBinding]:
        """Returns the labelled keys that have something to act on, for the footer."""
        keys = list_footer_keys(*self.key_contexts())
        if self.has_item:
            return keys
        return [key for key in keys if not key.verb and key.action not in self.ITEM_ACTIONS]

    @property
    def has_item(self) -> bool:
        """Returns whether the screen has something under its cursor."""
        return True

    def store_changed(self, change: StoreChange) -> None:
        """Shows what the store believes now."""
        raise NotImplementedError

    # -- drawing

    def draw_at_once(self) -> None:
        """Draws what changes now without waiting for the next frame."""
        self._urgent_until = clock.read_steady_clock() + UPDATE_PERIOD

    async def _on_idle(self, event: events.Idle) -> None:
        """Draws what is urgent, as Textual does at the end of a frame."""
        if self._dirty_widgets and clock.read_steady_clock() < self._urgent_until:
            event.prevent_default()
            self._on_timer_update()

    def on_mount(self) -> None:
        self.enlarge.set_parts([(TOO_SMALL_TEXT, "plain")])
        self.set_interval(60, self.minute_passed)
        self.show_state()

    def minute_passed(self) -> None:
        """Redraws what depends on the time; called every minute."""
        self.show_state()

    def link_changed(self) -> None:
        """Shows the new state of the connection, and loads what could not be loaded."""
        self.show_state()
        if self.context.link.is_live:
            self.fetch_missing()

    def fetch_missing(self) -> None:
        """Asks for what the screen shows and the store does not hold."""
        raise NotImplementedError

    def show_state(self) -> None:
        """Says anew how things stand: connection, drafts, hour, live keys."""
        self.show_standing()
        self.show_keys()

    def show_standing(self) -> None:
        """Says anew how things stand, without the keys."""
        hour = f"{clock.read_server_time().astimezone():%H:%M}"
        self._shown_facts = self._state_facts
        self.state.set_parts(*status_lines.format_state(self.context, hour, self.size.width))

    @property
    def is_state_stale(self) -> bool:
        """Returns whether the last line says other things than there are now."""
        return self._shown_facts != self._state_facts

    @property
    def _state_facts(self) -> tuple[object, ...]:
        pending = self.context.store.pending
        counts = len(pending.waiting), len(pending.refused), self.context.seconds_to_undo
        return self.context.clock_skew_text, self.context.bulk_progress, *counts

    def show_keys(self) -> None:
        """Says anew which keys are live."""
        # A question or a picker on top has the keys, and shows them itself.
        is_on_top = self.app.screen is self
        table = self.list_usable_keys() if is_on_top else []
        width = self.size.width
        keys = status_lines.format_footer(table, self.target_ticket, self.context, width)
        # In a text field a question mark is a question mark.
        is_typing = isinstance(self.focused, Input | TextArea)
        self.footer.set_parts(
            keys, status_lines.format_help_key() if is_on_top and not is_typing else []
        )

    def on_resize(self) -> None:
        if self.focused is None:
            # A terminal that was too small hid everything, and what is hidden loses the focus.
            self.default_focus.focus()
        self.show_state()

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def refuse_action(self, reason: str) -> None:
        """Says why something cannot be done."""
        self.post_message(ShowToast(reason, "bad"))

    def refuse_input(self, reason: str) -> None:
        """Says why a text field or a choice does not open."""
        self.post_message(RefuseInput(reason))

    def describe_ticket(self, ticket: TicketView) -> str:
        """`#17 Cannot log in`, short enough for the toast line."""
        return self._short_name(ticket.number, ticket.subject)

    def _short_name(self, number: int, subject: str) -> str:
        return f"#{number} {formatting.truncate_text(subject, max(self.size.width - 40, 12))}"

    def copy_name(self, number: int, subject: str) -> None:
        """Copies number and subject of a ticket."""
        self.post_message(CopyText(f"#{number} {subject}", self._short_name(number, subject)))

    @on(events.TextSelected)
    def _offer_copy(self) -> None:
        if self.get_selected_text():
            key = label_command("anywhere.help-quit")
            self.post_message(ShowToast(f"{key} copies what is selected."))
