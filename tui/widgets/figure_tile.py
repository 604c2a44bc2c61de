"""A large figure of the wallboard."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.renderables import digits as drawn
from textual.widgets import Digits

from tui.reports.wallboard_cards import Card
from tui.widgets.fixed_line import STYLES, StyledLine


class Tile(Vertical):
    """A name, digits three lines high, and a note; only changes are redrawn."""

    def __init__(self) -> None:
        super().__init__()
        self._heading, self._digits, self._note = StyledLine(), Digits(), StyledLine()
        self._plain = StyledLine()
        self._card: Card | None = None

    def compose(self) -> ComposeResult:
        yield from (self._heading, self._digits, self._plain, self._note)

    def show_card(self, card: Card) -> None:
        """Shows another card."""
        if card == self._card:
            return
        self._card = card
        self._heading.set_parts([(f" {card.name}", "strong")])
        self._note.set_parts([(f" {card.note}", card.style if card.style != "plain" else "dim")])
        self._digits.update(f" {card.large}")
        self._digits.set_classes(f"-{card.style}")
        self._plain.set_parts(
            [(f" {card.large}", card.style if card.style in STYLES else "strong")]
        )
        self._fit_digits()

    def on_resize(self) -> None:
        self._fit_digits()

    def _fit_digits(self) -> None:
        """Shows a figure that is too wide for its place as plain text: half of it would lie."""
        fits = drawn.Digits.get_width(self._digits.value) <= self.size.width
        self._digits.display, self._plain.display = fits, not fits
