"""The one table of keys: bindings, footer and help all derive from it.

Never bound, because terminals deliver something else: ctrl+h, ctrl+i, ctrl+m, ctrl+[, alt+f,
alt+b and alt+enter. No letter is live while a text field has the focus.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from textual.binding import Binding, BindingType


class Context(StrEnum):
    """Where a key is live; the value heads its chapter of the help."""

    VERBS = "On the selected ticket"
    LIST = "Moving in the list"
    QUEUE = "Queues"
    SELF = "Yourself"
    READING = "Reading a ticket"
    NOTICES = "Notifications"
    COMPOSER = "Writing"
    FILTER = "Filter and search"
    CHOICE = "Choosing from a list"
    PROMPT = "Yes or no"
    SIGN_IN = "Signing in"
    REPORT = "Reports"
    SHEET = "Moving among figures"
    ROWS = "What is behind a figure"
    WALL = "Wallboard"
    HELP = "Help"
    ANYWHERE = "Anywhere"


class Key(Struct, frozen=True, kw_only=True):
    """One thing to do: where, by which keys, by which action, and how to say it.

    `label` is the footer's word; empty, the footer leaves the key out. `verb` names the command
    whose `decide` says whether the key is live (see affordances).
    """

    context: Context
    keys: str
    action: str
    says: str
    label: str = ""
    priority: bool = False

    @property
    def verb(self) -> str:
        """The verb of an action `verb('claim')`, or nothing."""
        return self.action[6:-2] if self.action.startswith("verb('") else ""

    @property
    def name(self) -> str:
        """The keys as people write them."""
        return " ".join(_WRITTEN.get(key, key) for key in self.keys.split(","))

    @property
    def short(self) -> str:
        """The first of the keys: what the footer shows."""
        return self.name.split(" ")[0]


_WRITTEN: Final = {
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "percent_sign": "%",
    "equals_sign": "=",
    "plus": "+",
    "underscore": "_",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def _verb(keys: str, verb: str, label: str, says: str) -> Key:
    action = f"verb('{verb}')"
    return Key(context=Context.VERBS, keys=keys, action=action, label=label, says=says)


def _in(context: Context, keys: str, action: str, says: str, label: str = "") -> Key:
    return Key(context=context, keys=keys, action=action, says=says, label=label)


KEYS: Final[tuple[Key, ...]] = (
    _in(Context.QUEUE, "enter", "open", "open the selected ticket", "open"),
    _in(
        Context.QUEUE, "slash", "filter", "type a filter; `?words` searches on the server", "filter"
    ),
    _in(Context.READING, "q,escape", "leave", "back to the queue", "back"),
    _verb("c", "claim", "claim", "claim; on your own ticket: give it back"),
    _verb("r", "reply", "reply", "write a public reply"),
    _verb("R", "note", "note", "write a note that only colleagues see"),
    _verb("x", "resolve", "resolve", "resolve the ticket (asks y or n)"),
    _verb("X", "reopen", "reopen", "take a resolved ticket up again"),
    _verb("a", "assign", "assign", "give the ticket to a colleague"),
    _verb("p", "priority", "prio", "change the priority"),
    _verb("s", "status", "status", "change the status"),
    _verb("C", "category", "category", "change the category"),
    _in(Context.VERBS, "y", "copy_name", "copy number and subject"),
    _in(Context.VERBS, "Y", "copy_conversation", "copy link and conversation, with its notes"),
    _in(Context.LIST, "j,down", "move(1)", "next ticket"),
    _in(Context.LIST, "k,up", "move(-1)", "previous ticket"),
    _in(Context.LIST, "g,home", "first", "first ticket"),
    _in(Context.LIST, "G,end", "last", "last ticket"),
    _in(Context.LIST, "ctrl+d", "page(0.5)", "half a page down"),
    _in(Context.LIST, "ctrl+u", "page(-0.5)", "half a page up"),
    _in(Context.LIST, "pagedown", "page(1)", "a page down"),
    _in(Context.LIST, "pageup", "page(-1)", "a page up"),
    _in(Context.QUEUE, "1", "tab('mine')", "my unresolved tickets"),
    _in(Context.QUEUE, "2", "tab('unassigned')", "tickets that nobody has"),
    _in(Context.QUEUE, "3", "tab('open')", "all unresolved tickets"),
    _in(Context.QUEUE, "4", "tab('resolved')", "resolved tickets (closed ones: 5)"),
    _in(Context.QUEUE, "5", "tab('all')", "all tickets"),
    _in(Context.QUEUE, "left_square_bracket", "turn(-1)", "previous queue"),
    _in(Context.QUEUE, "right_square_bracket", "turn(1)", "next queue"),
    _in(Context.QUEUE, "S", "sort", "order by due time, by priority, by age"),
    _in(Context.QUEUE, "u", "unread(1)", "next ticket with news (●)"),
    _in(Context.QUEUE, "U", "unread(-1)", "previous ticket with news"),
    _in(Context.QUEUE, "tab", "pane", "between list and preview"),
    _in(Context.QUEUE, "plus", "grow(1)", "make the preview larger"),
    _in(Context.QUEUE, "underscore", "grow(-1)", "make the preview smaller"),
    _in(Context.QUEUE, "P", "position", "preview by itself, beside, below, hidden"),
    _in(Context.QUEUE, "escape", "clear", "end the search, clear the filter"),
    _in(Context.QUEUE, "q", "leave", "leave (asks when a draft is unsent)"),
    _in(Context.SELF, "exclamation_mark,f4", "notices", "what you were told, and back"),
    _in(Context.SELF, "b", "presence", "say whether you are available, busy, away or offline"),
    _in(Context.READING, "j,down", "move(1)", "a line down"),
    _in(Context.READING, "k,up", "move(-1)", "a line up"),
    _in(Context.READING, "g,home", "first", "to the description"),
    _in(Context.READING, "G,end", "last", "to the newest message"),
    _in(Context.READING, "ctrl+d", "page(0.5)", "half a page down"),
    _in(Context.READING, "ctrl+u", "page(-0.5)", "half a page up"),
    _in(Context.READING, "pagedown,space", "page(1)", "a page down"),
    _in(Context.READING, "pageup", "page(-1)", "a page up; older messages load by themselves"),
    _in(Context.READING, "J,n", "step(1)", "next ticket of the queue"),
    _in(Context.READING, "K,N", "step(-1)", "previous ticket of the queue"),
    _in(Context.READING, "tab", "pane", "back to what one was writing"),
    _in(Context.NOTICES, "enter", "open", "open the ticket that it is about", "open"),
    _in(Context.NOTICES, "q,escape", "leave", "back", "back"),
    _in(Context.NOTICES, "m", "mark", "read: this one and all older ones", "read up to here"),
    _in(Context.NOTICES, "M", "mark_all", "read: all", "all read"),
    _in(Context.NOTICES, "y", "copy_name", "copy number and subject"),
    Key(
        context=Context.COMPOSER,
        keys="ctrl+s,f9",
        action="send",
        label="send",
        says="send; what others wrote meanwhile is shown first",
        priority=True,
    ),
    _in(Context.COMPOSER, "escape", "keep", "leave; the draft is kept on disk", "keep draft"),
    _in(Context.COMPOSER, "ctrl+l", "discard", "discard the text; ctrl+z brings it back"),
    _in(Context.COMPOSER, "tab", "look", "read the conversation; tab comes back", "read"),
    _in(
        Context.FILTER,
        "enter",
        "accept",
        "keep the filter, cursor on the first match",
        "to the list",
    ),
    _in(Context.FILTER, "escape", "clear", "clear the filter", "clear"),
    _in(Context.CHOICE, "enter", "choose", "take the marked line", "choose"),
    _in(Context.CHOICE, "up,ctrl+p", "mark(-1)", "line up"),
    _in(Context.CHOICE, "down,ctrl+n", "mark(1)", "line down"),
    _in(Context.CHOICE, "escape", "cancel", "leave everything as it is", "cancel"),
    _in(Context.PROMPT, "y", "answer(True)", "yes", "yes"),
    _in(Context.PROMPT, "n,escape,q", "answer(False)", "no; so does any other key", "no"),
    _in(Context.SIGN_IN, "enter", "submit", "sign in", "sign in"),
    _in(Context.SIGN_IN, "escape", "leave", "leave", "leave"),
    _in(Context.REPORT, "enter", "open", "list the tickets behind the figure", "tickets"),
    _in(Context.REPORT, "q,escape", "leave", "back to the queue", "back"),
    _in(Context.REPORT, "left_square_bracket", "turn(-1)", "the range before in the list", "range"),
    _in(Context.REPORT, "right_square_bracket", "turn(1)", "the next range of the list"),
    _in(Context.REPORT, "1", "range(0)", "today"),
    _in(Context.REPORT, "2", "range(1)", "the last 7 days"),
    _in(Context.REPORT, "3", "range(2)", "the last 30 days"),
    _in(Context.REPORT, "4", "range(3)", "the last 90 days"),
    _in(Context.REPORT, "5", "custom", "from one date to another"),
    _in(Context.REPORT, "t", "table", "charts, or a table of the same figures", "table"),
    _in(Context.REPORT, "m", "measure(1)", "other figures in charts and groups", "measure"),
    _in(Context.REPORT, "M", "measure(-1)", "the figures before these"),
    _in(Context.REPORT, "b", "business", "calendar time, or business hours", "business"),
    _in(Context.REPORT, "e", "export", "save as CSV, by what the cursor is in", "CSV"),
    _in(Context.REPORT, "y", "copy", "copy the figure and what it is"),
    _in(Context.REPORT, "w", "app.wallboard", "the wallboard", "wall"),
    _in(Context.SHEET, "j,down", "line(1)", "the figure below"),
    _in(Context.SHEET, "k,up", "line(-1)", "the figure above"),
    _in(Context.SHEET, "l,right", "beside(1)", "the next figure"),
    _in(Context.SHEET, "h,left", "beside(-1)", "the figure before"),
    _in(Context.SHEET, "tab", "chapter(1)", "the next chapter"),
    _in(Context.SHEET, "shift+tab", "chapter(-1)", "the chapter before"),
    _in(Context.SHEET, "g,home", "first", "the first figure"),
    _in(Context.SHEET, "G,end", "last", "the last figure"),
    _in(Context.SHEET, "ctrl+d", "page(0.5)", "half a page down"),
    _in(Context.SHEET, "ctrl+u", "page(-0.5)", "half a page up"),
    _in(Context.SHEET, "pagedown", "page(1)", "a page down"),
    _in(Context.SHEET, "pageup", "page(-1)", "a page up"),
    _in(Context.ROWS, "enter", "open", "open the ticket", "open"),
    _in(Context.ROWS, "s", "sort", "largest first, or newest first", "sort"),
    _in(Context.ROWS, "y", "copy", "copy number and subject"),
    _in(Context.ROWS, "q,escape", "leave", "back to the figure", "back"),
    _in(Context.WALL, "q,escape", "leave", "back, or out of the program", "back"),
    _in(Context.HELP, "j,down", "scroll(0)", "a line down"),
    _in(Context.HELP, "k,up", "scroll(-0.01)", "a line up"),
    _in(Context.HELP, "pagedown,space,ctrl+d", "scroll(0.9)", "a page down"),
    _in(Context.HELP, "pageup,ctrl+u", "scroll(-0.9)", "a page up"),
    _in(Context.HELP, "g,home", "scroll(-99)", "to the start"),
    _in(Context.HELP, "G,end", "scroll(99)", "to the end"),
    _in(Context.HELP, "slash", "search", "search the help; enter or esc ends it"),
    _in(Context.HELP, "q,escape,question_mark", "leave", "back", "back"),
    _in(Context.ANYWHERE, "question_mark,f1", "help", "this help; / searches it", "help"),
    _in(Context.ANYWHERE, "f3,percent_sign", "reports", "the organization's figures (supervisors)"),
    _in(Context.ANYWHERE, "f5,equals_sign", "own_figures", "one's own figures"),
    _in(Context.ANYWHERE, "ctrl+r", "resync", "fetch everything anew"),
    _in(Context.ANYWHERE, "ctrl+c", "help_quit", "copy what the mouse has selected by dragging"),
    _in(Context.ANYWHERE, "ctrl+z", "suspend", "to the shell and back by fg; in a text: undo"),
    _in(Context.ANYWHERE, "ctrl+q", "quit", "leave at once; drafts stay on disk"),
)


def bindings(context: Context) -> list[BindingType]:
    """What a screen or widget binds: its chapter of the table."""
    return [
        Binding(key.keys, key.action, key.label, show=False, priority=key.priority)
        for key in KEYS
        if key.context is context
    ]


def footer(*contexts: Context) -> list[Key]:
    """The labelled keys of these contexts, in the order of the table: the last give way first."""
    return [key for key in KEYS if key.label and key.context in contexts]


def chapters() -> dict[Context, list[Key]]:
    """The whole table, by context: what the help shows."""
    return {context: [key for key in KEYS if key.context is context] for context in Context}
