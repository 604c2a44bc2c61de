"""The one table of keys: bindings, footer and help all derive from it.

Never bound, because terminals deliver something else: ctrl+h, ctrl+i, ctrl+m, ctrl+[, alt+f,
alt+b and alt+enter. No letter is a command while a text field has the focus.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct
from textual.binding import Binding, BindingType

from tui.key_names import label_key, name_command


class KeyContext(StrEnum):
    """The part of the screen in which a key works; the value is its heading in the help."""

    VERBS = "On the selected ticket"
    LIST = "Moving in the list"
    QUEUE = "Queues"
    SELF = "Yourself"
    READING = "Reading a ticket"
    NOTICES = "Notifications"
    HELD = "Held mails"
    MACROS = "Macros"
    TEMPLATE = "Writing a macro"
    COMPOSER = "Writing"
    FILTER = "Filter and search"
    CHOICE = "Choosing from a list"
    PALETTE = "Typing a command"
    PATH = "A file's path"
    PROMPT = "Yes or no"
    SIGN_IN = "Signing in"
    REPORT = "Reports"
    SHEET = "Moving among figures"
    ROWS = "Rows behind a figure"
    WALL = "Wallboard"
    TEXT = "Reading a mail's text"
    HELP = "Help"
    ANYWHERE = "Anywhere"


class KeyBinding(Struct, frozen=True, kw_only=True):
    """An action with its keys and its description.

    `label` is the footer's word; if it is empty, the footer leaves the key out. `verb` names the
    command whose `decide` tells whether the key works now (tui/model/available_actions.py).
    """

    context: KeyContext
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
        return " ".join(map(label_key, self.keys.split(","))) if self.keys else "(no key)"

    @property
    def command(self) -> str:
        """The name of its action, as in the palette: `claim`, `tab-mine`."""
        return name_command(self.action)

    @property
    def id(self) -> str:
        """The name in the configuration file: `ticket.claim`."""
        return f"{_ID_PREFIXES.get(self.context, self.context.name.lower())}.{self.command}"

    @property
    def first_key(self) -> str:
        """The first of the keys: what the footer shows."""
        return self.name.split(" ")[0]


_ID_PREFIXES: Final = {
    KeyContext.VERBS: "ticket",
    KeyContext.NOTICES: "notifications",
    KeyContext.COMPOSER: "writing",
    KeyContext.SHEET: "figures",
    KeyContext.SIGN_IN: "sign-in",
}


def _verb_key(keys: str, verb: str, label: str, says: str) -> KeyBinding:
    action = f"verb('{verb}')"
    return KeyBinding(context=KeyContext.VERBS, keys=keys, action=action, label=label, says=says)


def _key_in(context: KeyContext, keys: str, action: str, says: str, label: str = "") -> KeyBinding:
    return KeyBinding(context=context, keys=keys, action=action, says=says, label=label)


KEYS: Final[tuple[KeyBinding, ...]] = (
    _key_in(KeyContext.QUEUE, "enter", "open", "open the selected ticket", "open"),
    _key_in(
        KeyContext.QUEUE,
        "slash",
        "filter",
        "type a filter; `?words` searches on the server",
        "filter",
    ),
    _key_in(KeyContext.READING, "q,escape", "leave", "back to the queue", "back"),
    _verb_key("c", "claim", "claim", "claim; on your own ticket: release it"),
    _verb_key("r", "reply", "reply", "write a public reply"),
    _verb_key("R", "note", "note", "write a note that only colleagues see"),
    _verb_key("x", "resolve", "resolve", "resolve the ticket (asks y or n)"),
    _verb_key("X", "reopen", "reopen", "reopen a resolved ticket"),
    _verb_key("a", "assign", "assign", "give the ticket to a colleague"),
    _verb_key("p", "priority", "prio", "change the priority"),
    _verb_key("s", "status", "status", "change the status"),
    _verb_key("C", "category", "category", "change the category"),
    _verb_key("t", "tags", "tag", "add a tag, or take one off"),
    _verb_key("d", "snooze", "snooze", "snooze: 3d, tomorrow 9, mon; wake it"),
    _verb_key("W", "waiting", "", "say whom it waits for: us, the customer, a third party"),
    _verb_key("i", "follow", "", "follow it, or end that"),
    _verb_key("o", "others", "", "the customer's other tickets"),
    _verb_key("m", "merge", "merge", "merge it into another ticket of the same customer"),
    _verb_key("M", "unmerge", "unmerge", "undo a merge: the ticket is one of its own again"),
    _verb_key("T", "split", "", "split: copy messages into a ticket of their own"),
    _verb_key(
        "w", "people", "who", "who it is about: customer, addresses, participants, mail stopped"
    ),
    _key_in(KeyContext.VERBS, "z", "undo", "take back what you did last, within ten seconds"),
    _key_in(KeyContext.VERBS, "h", "quoted", "what was taken off a mail: history", "history"),
    _key_in(KeyContext.VERBS, "H", "original", "a mail as it came, with its headers", "mail"),
    _key_in(KeyContext.VERBS, "f", "save_file", "save a file of the ticket", "files"),
    _key_in(KeyContext.VERBS, "F", "open_file", "open a file of the ticket on your desktop"),
    _key_in(KeyContext.VERBS, "L", "link", "copy a link of the conversation, or open it"),
    _key_in(KeyContext.VERBS, "y", "copy_name", "copy number and subject"),
    _key_in(
        KeyContext.VERBS, "Y", "copy_conversation", "copy link and conversation, with its notes"
    ),
    _key_in(KeyContext.LIST, "j,down", "move(1)", "next ticket"),
    _key_in(KeyContext.LIST, "k,up", "move(-1)", "previous ticket"),
    _key_in(KeyContext.LIST, "g,home", "first", "first ticket"),
    _key_in(KeyContext.LIST, "G,end", "last", "last ticket"),
    _key_in(KeyContext.LIST, "ctrl+d", "page(0.5)", "half a page down"),
    _key_in(KeyContext.LIST, "ctrl+u", "page(-0.5)", "half a page up"),
    _key_in(KeyContext.LIST, "pagedown", "page(1)", "a page down"),
    _key_in(KeyContext.LIST, "pageup", "page(-1)", "a page up"),
    _key_in(KeyContext.QUEUE, "1", "tab('mine')", "my unresolved tickets"),
    _key_in(KeyContext.QUEUE, "2", "tab('unassigned')", "unassigned tickets"),
    _key_in(KeyContext.QUEUE, "3", "tab('open')", "all unresolved tickets"),
    _key_in(KeyContext.QUEUE, "4", "tab('resolved')", "resolved tickets (closed ones: 5)"),
    _key_in(KeyContext.QUEUE, "5", "tab('all')", "all tickets"),
    _key_in(KeyContext.QUEUE, "left_square_bracket", "turn(-1)", "previous queue"),
    _key_in(KeyContext.QUEUE, "right_square_bracket", "turn(1)", "next queue"),
    _key_in(KeyContext.QUEUE, "space", "toggle_mark", "mark the ticket for what the next key does"),
    _key_in(KeyContext.QUEUE, "v", "mark_range", "mark all from the last mark to here"),
    _key_in(KeyContext.QUEUE, "V", "mark_all", "mark all that the list shows"),
    _key_in(KeyContext.QUEUE, "Z", "undo_bulk", "undo the last change of marked tickets, as one"),
    _key_in(KeyContext.QUEUE, "S", "sort", "sort by due time, by priority or by age"),
    _key_in(KeyContext.QUEUE, "u", "unread(1)", "next ticket with news (●)"),
    _key_in(KeyContext.QUEUE, "U", "unread(-1)", "previous ticket with news"),
    _key_in(KeyContext.QUEUE, "tab", "pane", "switch between list and preview"),
    _key_in(KeyContext.QUEUE, "plus", "grow(1)", "make the preview larger"),
    _key_in(KeyContext.QUEUE, "underscore", "grow(-1)", "make the preview smaller"),
    _key_in(KeyContext.QUEUE, "P", "position", "preview: automatic, beside, below, hidden"),
    _key_in(
        KeyContext.QUEUE, "escape", "clear", "take marks off, end the search, clear the filter"
    ),
    _key_in(KeyContext.QUEUE, "q", "leave", "leave (asks when a draft is unsent)"),
    _key_in(KeyContext.SELF, "exclamation_mark,f4", "notices", "your notifications, and back"),
    _key_in(KeyContext.SELF, "O", "outbox", "what waits for the server (↑), and what was not done"),
    _key_in(
        KeyContext.SELF, "b", "presence", "set your presence: available, busy, away or offline"
    ),
    _key_in(KeyContext.SELF, "ctrl+t", "macros", "the macros: write, change, delete"),
    _key_in(
        KeyContext.READING, "enter", "follow", "the ticket that it was merged into, or follows"
    ),
    _key_in(KeyContext.READING, "j,down", "move(1)", "a line down"),
    _key_in(KeyContext.READING, "k,up", "move(-1)", "a line up"),
    _key_in(KeyContext.READING, "g,home", "first", "to the description"),
    _key_in(KeyContext.READING, "G,end", "last", "to the newest message"),
    _key_in(KeyContext.READING, "ctrl+d", "page(0.5)", "half a page down"),
    _key_in(KeyContext.READING, "ctrl+u", "page(-0.5)", "half a page up"),
    _key_in(KeyContext.READING, "pagedown,space", "page(1)", "a page down"),
    _key_in(
        KeyContext.READING, "pageup", "page(-1)", "a page up; older messages load by themselves"
    ),
    _key_in(KeyContext.READING, "J,n", "step(1)", "next ticket of the queue"),
    _key_in(KeyContext.READING, "K,N", "step(-1)", "previous ticket of the queue"),
    _key_in(KeyContext.READING, "tab", "pane", "back to your text"),
    _key_in(KeyContext.NOTICES, "enter", "open", "open the ticket that it is about", "open"),
    _key_in(KeyContext.NOTICES, "q,escape", "leave", "back", "back"),
    _key_in(
        KeyContext.NOTICES,
        "m",
        "mark",
        "mark this one and all older ones as read",
        "read up to here",
    ),
    _key_in(KeyContext.NOTICES, "M", "mark_all", "mark all as read", "all read"),
    _key_in(KeyContext.NOTICES, "y", "copy_name", "copy number and subject"),
    _key_in(KeyContext.HELD, "enter,a", "accept", "make a ticket of it, or a reply", "accept"),
    _key_in(KeyContext.HELD, "q,escape", "leave", "back", "back"),
    _key_in(KeyContext.HELD, "d", "discard", "discard it (asks y or n)", "discard"),
    _key_in(KeyContext.HELD, "h", "original", "read it as it came", "read"),
    _key_in(KeyContext.HELD, "o", "open", "open the ticket that it is about", "ticket"),
    _key_in(KeyContext.MACROS, "enter,e", "edit", "change it", "edit"),
    _key_in(KeyContext.MACROS, "n", "new", "write a new one", "new"),
    _key_in(KeyContext.MACROS, "plus", "copy", "write one of your own that begins like it", "copy"),
    _key_in(KeyContext.MACROS, "d", "delete", "delete it (asks y or n)", "delete"),
    _key_in(KeyContext.MACROS, "q,escape", "leave", "back", "back"),
    _key_in(KeyContext.MACROS, "ctrl+t", "macros", "back, by the key that led here"),
    KeyBinding(
        context=KeyContext.TEMPLATE,
        keys="ctrl+s,f9",
        action="save",
        label="save",
        says="save it",
        priority=True,
    ),
    _key_in(KeyContext.TEMPLATE, "escape", "leave", "leave (asks if it is not saved)", "leave"),
    KeyBinding(
        context=KeyContext.COMPOSER,
        keys="ctrl+s,f9",
        action="send",
        label="send",
        says="send; newer messages are shown first",
        priority=True,
    ),
    _key_in(
        KeyContext.COMPOSER, "escape", "keep", "leave; the draft is kept on disk", "keep draft"
    ),
    _key_in(
        KeyContext.COMPOSER,
        "ctrl+o,f2",
        "attach",
        "attach a file; the same path again takes it off",
        "attach",
    ),
    _key_in(
        KeyContext.COMPOSER,
        "ctrl+t",
        "macro",
        "choose a macro by typing; it can be edited",
        "macro",
    ),
    _key_in(KeyContext.COMPOSER, "ctrl+g", "external", "write it in your own editor: $EDITOR"),
    _key_in(KeyContext.COMPOSER, "ctrl+l", "discard", "discard the text; ctrl+z brings it back"),
    _key_in(KeyContext.COMPOSER, "tab", "look", "read the conversation; tab comes back", "read"),
    _key_in(
        KeyContext.FILTER,
        "enter",
        "accept",
        "keep the filter, cursor on the first match",
        "to the list",
    ),
    _key_in(KeyContext.FILTER, "escape", "clear", "clear the filter", "clear"),
    _key_in(KeyContext.CHOICE, "enter", "choose", "take the marked line", "choose"),
    _key_in(KeyContext.CHOICE, "up,ctrl+p", "mark(-1)", "line up"),
    _key_in(KeyContext.CHOICE, "down,ctrl+n", "mark(1)", "line down"),
    _key_in(KeyContext.CHOICE, "escape", "cancel", "leave everything as it is", "cancel"),
    _key_in(KeyContext.PALETTE, "tab", "complete", "complete the marked command's name"),
    _key_in(KeyContext.PATH, "enter", "choose", "take the path that is typed", "take"),
    _key_in(KeyContext.PATH, "tab", "complete", "complete it by the marked line", "complete"),
    _key_in(KeyContext.PATH, "up,ctrl+p", "mark(-1)", "line up"),
    _key_in(KeyContext.PATH, "down,ctrl+n", "mark(1)", "line down"),
    _key_in(KeyContext.PATH, "escape", "cancel", "leave everything as it is", "cancel"),
    _key_in(KeyContext.PROMPT, "y", "answer(True)", "yes", "yes"),
    _key_in(KeyContext.PROMPT, "n,escape,q", "answer(False)", "no; so does any other key", "no"),
    _key_in(KeyContext.SIGN_IN, "enter", "submit", "sign in", "sign in"),
    _key_in(KeyContext.SIGN_IN, "escape", "leave", "leave", "leave"),
    _key_in(KeyContext.REPORT, "enter", "open", "list the tickets behind the figure", "tickets"),
    _key_in(KeyContext.REPORT, "q,escape", "leave", "back to the queue", "back"),
    _key_in(
        KeyContext.REPORT,
        "left_square_bracket",
        "turn(-1)",
        "the previous range",
        "range",
    ),
    _key_in(KeyContext.REPORT, "right_square_bracket", "turn(1)", "the next range"),
    _key_in(KeyContext.REPORT, "1", "range(0)", "today"),
    _key_in(KeyContext.REPORT, "2", "range(1)", "the last 7 days"),
    _key_in(KeyContext.REPORT, "3", "range(2)", "the last 30 days"),
    _key_in(KeyContext.REPORT, "4", "range(3)", "the last 90 days"),
    _key_in(KeyContext.REPORT, "5", "custom", "from one date to another"),
    _key_in(KeyContext.REPORT, "t", "table", "charts, or a table of the same figures", "table"),
    _key_in(
        KeyContext.REPORT, "m", "measure(1)", "the next figures in charts and groups", "measure"
    ),
    _key_in(KeyContext.REPORT, "M", "measure(-1)", "the previous figures"),
    _key_in(KeyContext.REPORT, "b", "business", "calendar time, or business hours", "business"),
    _key_in(KeyContext.REPORT, "e", "export", "save as CSV, by what the cursor is in", "CSV"),
    _key_in(KeyContext.REPORT, "y", "copy", "copy the figure and its description"),
    _key_in(KeyContext.REPORT, "w", "app.wallboard", "the wallboard", "wall"),
    _key_in(KeyContext.SHEET, "j,down", "line(1)", "the figure below"),
    _key_in(KeyContext.SHEET, "k,up", "line(-1)", "the figure above"),
    _key_in(KeyContext.SHEET, "l,right", "beside(1)", "the next figure"),
    _key_in(KeyContext.SHEET, "h,left", "beside(-1)", "the previous figure"),
    _key_in(KeyContext.SHEET, "tab", "chapter(1)", "the next chapter"),
    _key_in(KeyContext.SHEET, "shift+tab", "chapter(-1)", "the previous chapter"),
    _key_in(KeyContext.SHEET, "g,home", "first", "the first figure"),
    _key_in(KeyContext.SHEET, "G,end", "last", "the last figure"),
    _key_in(KeyContext.SHEET, "ctrl+d", "page(0.5)", "half a page down"),
    _key_in(KeyContext.SHEET, "ctrl+u", "page(-0.5)", "half a page up"),
    _key_in(KeyContext.SHEET, "pagedown", "page(1)", "a page down"),
    _key_in(KeyContext.SHEET, "pageup", "page(-1)", "a page up"),
    _key_in(KeyContext.ROWS, "enter", "open", "open the ticket", "open"),
    _key_in(KeyContext.ROWS, "s", "sort", "largest first, or newest first", "sort"),
    _key_in(KeyContext.ROWS, "y", "copy", "copy number and subject"),
    _key_in(KeyContext.ROWS, "q,escape", "leave", "back to the figure", "back"),
    _key_in(KeyContext.WALL, "q,escape", "leave", "back, or out of the program", "back"),
    _key_in(KeyContext.TEXT, "j,down", "scroll(0)", "a line down"),
    _key_in(KeyContext.TEXT, "k,up", "scroll(-0.01)", "a line up"),
    _key_in(KeyContext.TEXT, "pagedown,space,ctrl+d", "scroll(0.9)", "a page down"),
    _key_in(KeyContext.TEXT, "pageup,ctrl+u", "scroll(-0.9)", "a page up"),
    _key_in(KeyContext.TEXT, "q,escape", "leave", "back", "back"),
    _key_in(KeyContext.HELP, "enter", "run", "run the marked command", "run"),
    _key_in(KeyContext.HELP, "j,down", "move(1)", "next command"),
    _key_in(KeyContext.HELP, "k,up", "move(-1)", "previous command"),
    _key_in(KeyContext.HELP, "pagedown,space,ctrl+d", "scroll(0.9)", "a page down"),
    _key_in(KeyContext.HELP, "pageup,ctrl+u", "scroll(-0.9)", "a page up"),
    _key_in(KeyContext.HELP, "g,home", "scroll(-99)", "to the start"),
    _key_in(KeyContext.HELP, "G,end", "scroll(99)", "to the end"),
    _key_in(KeyContext.HELP, "slash", "search", "search the help; enter or esc ends it"),
    _key_in(KeyContext.HELP, "q,escape,question_mark", "leave", "back", "back"),
    _key_in(KeyContext.ANYWHERE, "question_mark,f1", "help", "this help; / searches it", "help"),
    _key_in(
        KeyContext.ANYWHERE,
        "f3,percent_sign",
        "reports",
        "the organization's figures (supervisors)",
    ),
    _key_in(KeyContext.ANYWHERE, "f5,equals_sign", "own_figures", "your own figures"),
    _key_in(KeyContext.ANYWHERE, "f6,at", "held_mails", "mails that wait for a supervisor"),
    KeyBinding(
        context=KeyContext.ANYWHERE,
        keys="ctrl+p",
        action="palette",
        says="any command by its name, also while you write",
        priority=True,
    ),
    _key_in(
        KeyContext.ANYWHERE,
        "colon",
        "command",
        "type a command; `:status resolved` says what it asks for, too",
    ),
    _key_in(KeyContext.ANYWHERE, "ctrl+r", "resync", "load everything again"),
    _key_in(KeyContext.ANYWHERE, "ctrl+c", "help_quit", "copy the text selected with the mouse"),
    _key_in(KeyContext.ANYWHERE, "ctrl+z", "suspend", "suspend, fg returns; in a text: undo"),
    _key_in(KeyContext.ANYWHERE, "ctrl+q", "quit", "leave at once; drafts stay on disk"),
)


class _ActiveKeys:
    """The table in use: KEYS, or what the configuration file made of it."""

    table: tuple[KeyBinding, ...] = KEYS


def use_keys(table: tuple[KeyBinding, ...]) -> None:
    """Has footer and help show these keys."""
    _ActiveKeys.table = table


def list_bindings(context: KeyContext) -> list[BindingType]:
    """Returns the bindings of a screen or widget: its context's part of the table.

    They have the keys of KEYS; the app changes them by their ids.
    """
    return [
        Binding(key.keys, key.action, key.label, show=False, priority=key.priority, id=key.id)
        for key in KEYS
        if key.context is context
    ]


def list_footer_keys(*contexts: KeyContext) -> list[KeyBinding]:
    """Returns the labelled keys of these contexts, most important first."""
    return [key for key in _ActiveKeys.table if key.label and key.context in contexts]


def group_keys_by_context() -> dict[KeyContext, list[KeyBinding]]:
    """Returns the whole table by context, as the help shows it."""
    return {
        context: [key for key in _ActiveKeys.table if key.context is context]
        for context in KeyContext
    }


def find_key(id_: str) -> KeyBinding | None:
    """Returns the key with an id, as it is bound now."""
    return next((key for key in _ActiveKeys.table if key.id == id_), None)
