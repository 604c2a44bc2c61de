"""The help: the table of keys, with a search."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from tui.keys import KeyBinding, KeyContext, group_keys_by_context, list_bindings
from tui.screens.text_selection import SelectingScreen
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import StyledLine
from tui.widgets.text_page import PageLine, TextPage

_SEARCH_EXAMPLES: tuple[tuple[str, str], ...] = (
    ("vpn login", "both words, anywhere in subject, people, category, tags"),
    ("st:open p:urgent", "status, priority; also cat:billing and tag:vip"),
    ("@ana @me @none", "the owner"),
    ("#17", "the number"),
    ("!word", "not"),
    ("?words", "search on the server, messages, too (enter): tickets like the tab's"),
    ("?words st:closed", "search among closed tickets; st:all among all"),
)
_SIGN_MEANINGS: tuple[tuple[str, str], ...] = (
    ("! H N L", "priority: urgent, high, normal, low"),
    ("●", "others changed it since you looked (yours and unassigned ones)"),
    ("×", "no longer in this list; the line goes when the cursor moves on"),
    ("⚑", "before the owner: their terminal was lost (details: on the ticket)"),
    ("⊘", "before the owner, or at a message: the customer did not get the reply"),
    ("@ +", "in a conversation: it came by mail; a file that came with it"),
    ("! by mail", "nothing proves who sent it: anybody could have written it"),
    ("12:07 2h10 3d", "due in minutes:seconds, hours and minutes, days"),
    ("▴", "after the clock: at risk, three quarters of the time have passed"),
    ("-00:04!", "overdue by four seconds; ! means that the SLA was breached"),
    ("✎", "you have an unsent draft for it"),
    ("✗", "your text to it could not be sent"),
    ("┃ │ ┆", "a colleague's reply, the customer's words, a note"),
    ("▸ ▲", "the figure, or the column of a chart, that enter lists the tickets of"),
    ("- · _", "among figures: nothing to count; in a chart: nothing to count, and 0"),
    ("· …", "in a conversation: what happened to the ticket beside its messages"),
    ("·", "in the footer: a key that cannot be used now; press it to see why"),
)


_KEYS_WIDTH, _EDGE_WIDTH, _LEAST_TEXT_WIDTH = 18, 3, 20
"""Columns for the keys, for gap and scroll bar, and the fewest for what the keys do."""


class HelpScreen(SelectingScreen[None]):
    """All keys by chapter. What is typed narrows them; the arrows scroll."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.HELP)

    def __init__(self) -> None:
        super().__init__()
        self._title = StyledLine(id="help-title")
        self._input = Input(
            id="help-input", compact=True, select_on_focus=False, placeholder="what to look for"
        )
        self._page = TextPage()
        self._live: tuple[KeyContext, ...] = ()

    def set_live_contexts(self, *live: KeyContext) -> None:
        """Puts the chapters first whose keys are live where the help was asked for."""
        self._live = live

    def compose(self) -> ComposeResult:
        """The title, the line to search in, the keys."""
        keys = [("/", "key"), (" search  ", "dim"), ("q", "key"), (" back ", "dim")]
        self._title.set_parts([(" Help", "strong")], keys)
        self._input.cursor_blink = False
        yield from (self._title, self._input, self._page)

    def on_screen_resume(self) -> None:
        self._stop_searching()
        self._show_matches("")

    def on_resize(self) -> None:
        self._show_matches(self._input.value)

    @on(Input.Changed)
    def _update_matches(self, event: Input.Changed) -> None:
        self._show_matches(event.value)

    def _show_matches(self, text: str) -> None:
        self._page.set_lines(_help_lines(text, self.size.width, self._live))

    @on(Input.Submitted)
    def _focus_page(self) -> None:
        self._page.focus()

    def action_search(self) -> None:
        """Types what to look for."""
        self._input.display = True
        self._input.focus()

    def action_scroll(self, pages: float) -> None:
        self._page.scroll_pages(pages)

    def action_leave(self) -> None:
        """Leaves the search, then the help."""
        if self._input.display:
            self._stop_searching()
        else:
            self.dismiss()

    def _stop_searching(self) -> None:
        self._input.value = ""
        self._input.display = False
        self._page.focus()


def _help_lines(text: str, width: int, live: Sequence[KeyContext] = ()) -> list[PageLine]:
    words = text.lower().split()
    lines: list[PageLine] = []
    for title, entries in _all_chapters(live):
        found = [
            entry for entry in entries if _contains_words(words, f"{title} {entry[0]} {entry[1]}")
        ]
        if found:
            lines.append([(f" {title}", "strong")])
            lines += [
                line for keys, says in found for line in _explanation_lines(keys, says, width)
            ]
            lines.append([])
    return lines or [[("   Nothing matches.", "dim")]]


def _explanation_lines(keys: str, says: str, width: int) -> Iterator[PageLine]:
    """Yields what keys do, on more than one line where it is long, below each other."""
    names = f"   {keys:<{_KEYS_WIDTH}}"
    first, *more = wrap_text(says, max(width - cell_len(names) - _EDGE_WIDTH, _LEAST_TEXT_WIDTH))
    yield [(names, "key"), (f" {first}", "plain")]
    for line in more:
        yield [(" " * (cell_len(names) + 1) + line, "plain")]


def _all_chapters(live: Sequence[KeyContext]) -> list[tuple[str, list[tuple[str, str]]]]:
    ordered = sorted(group_keys_by_context().items(), key=lambda chapter: chapter[0] not in live)
    table = [(context.value, [_key_entry(key) for key in keys]) for context, keys in ordered]
    return [
        *table,
        ("What can be typed after /", list(_SEARCH_EXAMPLES)),
        ("Signs", list(_SIGN_MEANINGS)),
    ]


def _key_entry(key: KeyBinding) -> tuple[str, str]:
    return key.name, key.says


def _contains_words(words: list[str], text: str) -> bool:
    return all(word in text.lower() for word in words)
