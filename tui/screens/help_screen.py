"""The help: the table of keys, with a search."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from tui.keys import KeyBinding, KeyContext, group_keys_by_context, label_command, list_bindings
from tui.screens.live_commands import LiveCommand
from tui.screens.text_selection import SelectingScreen
from tui.text.line_wrapping import wrap_text
from tui.widgets.fixed_line import StyledLine
from tui.widgets.text_page import PageLine, TextPage

_SEARCH_EXAMPLES: tuple[tuple[str, str], ...] = (
    ("vpn login", "both words, anywhere in subject, people, category, tags"),
    ("status:open p:urgent", "a field and its value, which may be shortened; tab completes"),
    ("p:high,urgent", "one of several values; p:>=high is the same"),
    ("-tag:vip -printer", "not; ! is the same sign"),
    ("@ana @me @none", "the owner"),
    ("#17", "the number"),
    ("created:>3d due:<2h", "more than three days ago; within two hours"),
    ("tag:vi* tag:none", "begins so; without a tag"),
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
    ("▸ ▲", "the marked figure, or the marked column of a chart"),
    ("- · _", "among figures: nothing to count; in a chart: nothing to count, and 0"),
    ("· …", "in a conversation: what happened to the ticket beside its messages"),
    ("·", "in the footer: a key that cannot be used now; press it to see why"),
)


_KEYS_WIDTH, _EDGE_WIDTH, _LEAST_TEXT_WIDTH = 18, 3, 20
"""Columns for the keys, for gap and scroll bar, and the fewest for what the keys do."""


class HelpEntry(Struct, frozen=True):
    """An explanation: of a key, of something to type, of a sign."""

    keys: str
    says: str
    key: KeyBinding | None = None


class HelpLine(Struct, frozen=True):
    """A line of the help; `key` where a command begins there."""

    parts: PageLine
    key: KeyBinding | None = None


class HelpScreen(SelectingScreen[LiveCommand | None]):
    """All keys by chapter. What is typed narrows them; enter runs the marked one.

    The answer is the command to carry out.
    """

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.HELP)

    def __init__(self) -> None:
        super().__init__()
        self._title = StyledLine(id="help-title")
        self._input = Input(
            id="help-input", compact=True, select_on_focus=False, placeholder="what to look for"
        )
        self._page = TextPage()
        self._contexts: tuple[KeyContext, ...] = ()
        self._live: dict[str, LiveCommand] = {}
        self._lines: list[HelpLine] = []
        self._cursor = 0

    def set_live_commands(
        self, contexts: Sequence[KeyContext], commands: Sequence[LiveCommand]
    ) -> None:
        """Puts the chapters first whose keys are live where the help was asked for."""
        self._contexts = tuple(contexts)
        self._live = {command.key.id: command for command in commands}

    def compose(self) -> ComposeResult:
        """The title, the line to search in, the keys."""
        self._show_title("")
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
        self._lines = _help_lines(text, self.size.width, self._contexts)
        self._cursor = next((at for at, line in enumerate(self._lines) if line.key), 0)
        self._page.set_lines(self._draw_lines())

    def _draw_lines(self) -> list[PageLine]:
        return [
            [(" ▸ ", "tab-on"), *_drop_margin(line.parts)]
            if at == self._cursor and line.key
            else line.parts
            for at, line in enumerate(self._lines)
        ]

    def _show_title(self, says: str) -> None:
        words = {"help.run": " run  ", "help.search": " search  ", "help.leave": " back "}
        keys = [
            part
            for id_, word in words.items()
            for part in ((label_command(id_), "key"), (word, "dim"))
        ]
        self._title.set_parts([(" Help", "strong"), (f"  {says}", "warn")], keys)

    @on(Input.Submitted)
    def _focus_page(self) -> None:
        self._page.focus()

    def action_search(self) -> None:
        """Types what to look for."""
        self._input.display = True
        self._input.focus()

    def action_scroll(self, pages: float) -> None:
        self._page.scroll_pages(pages)

    def action_move(self, step: int) -> None:
        """Marks the next command, or the one before."""
        places = [at for at, line in enumerate(self._lines) if line.key]
        after = [at for at in places[::step] if (at - self._cursor) * step > 0]
        if after:
            self._cursor = after[0]
            self._page.replace_lines(self._draw_lines(), in_sight=self._cursor)
        self._show_title("")

    def action_run(self) -> None:
        """Carries the marked command out, or says where it works."""
        key = self._lines[self._cursor].key if self._lines else None
        command = self._live.get(key.id) if key is not None else None
        if command is not None:
            self.dismiss(command)
        elif key is not None:
            self._show_title(f"Not here: {key.context.value.lower()}.")

    def action_leave(self) -> None:
        """Leaves the search, then the help."""
        if self._input.display:
            self._stop_searching()
        else:
            self.dismiss(None)

    def _stop_searching(self) -> None:
        self._input.value = ""
        self._input.display = False
        self._page.focus()


_MARGIN = "   "


def _drop_margin(parts: PageLine) -> PageLine:
    (first, style), *rest = parts
    return [(first.removeprefix(_MARGIN), style), *rest]


def _help_lines(text: str, width: int, live: Sequence[KeyContext] = ()) -> list[HelpLine]:
    words = text.lower().split()
    lines: list[HelpLine] = []
    for title, entries in _all_chapters(live):
        found = [entry for entry in entries if _contains_words(words, title, entry)]
        if found:
            lines.append(HelpLine([(f" {title}", "strong")]))
            lines += [line for entry in found for line in _entry_lines(entry, width)]
            lines.append(HelpLine([]))
    return lines or [HelpLine([("   Nothing matches.", "dim")])]


def _entry_lines(entry: HelpEntry, width: int) -> Iterator[HelpLine]:
    first, *more = _explanation_lines(entry.keys, entry.says, width)
    yield HelpLine(first, entry.key)
    yield from map(HelpLine, more)


def _explanation_lines(keys: str, says: str, width: int) -> Iterator[PageLine]:
    """Yields what keys do, on more than one line where it is long, below each other."""
    names = f"   {keys:<{_KEYS_WIDTH}}"
    first, *more = wrap_text(says, max(width - cell_len(names) - _EDGE_WIDTH, _LEAST_TEXT_WIDTH))
    yield [(names, "key"), (f" {first}", "plain")]
    for line in more:
        yield [(" " * (cell_len(names) + 1) + line, "plain")]


def _all_chapters(live: Sequence[KeyContext]) -> list[tuple[str, list[HelpEntry]]]:
    ordered = sorted(group_keys_by_context().items(), key=lambda chapter: chapter[0] not in live)
    table = [
        (context.value, [HelpEntry(key.name, key.says, key) for key in keys])
        for context, keys in ordered
    ]
    return [
        *table,
        ("What can be typed after /", [HelpEntry(*example) for example in _SEARCH_EXAMPLES]),
        ("Signs", [HelpEntry(*sign) for sign in _SIGN_MEANINGS]),
    ]


def _contains_words(words: list[str], title: str, entry: HelpEntry) -> bool:
    text = f"{title} {entry.keys} {entry.says}".lower()
    return all(word in text for word in words)
