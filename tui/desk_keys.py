"""The keys of the queue and of the ticket."""

from typing import Final

from tui.key_binding import KeyBinding, KeyContext, bind_key, bind_verb
from tui.ticket_verbs import TICKET_VERBS

DESK_KEYS: Final[tuple[KeyBinding, ...]] = (
    bind_key(KeyContext.QUEUE, "enter", "open", "open the selected ticket", "open"),
    bind_key(
        KeyContext.QUEUE,
        "slash",
        "filter",
        "type a filter; `?words` searches on the server",
        "filter",
    ),
    bind_key(KeyContext.READING, "q,escape", "leave", "back to the queue", "back"),
    *(bind_verb(verb) for verb in TICKET_VERBS),
    bind_key(KeyContext.VERBS, "z", "undo", "take back what you did last, within ten seconds"),
    bind_key(KeyContext.VERBS, "h", "quoted", "what was taken off a mail: history", "history"),
    bind_key(KeyContext.VERBS, "H", "original", "a mail as it came, with its headers", "mail"),
    bind_key(KeyContext.VERBS, "f", "save_file", "save a file of the ticket", "files"),
    bind_key(KeyContext.VERBS, "F", "open_file", "open a file of the ticket on your desktop"),
    bind_key(KeyContext.VERBS, "L", "link", "copy a link of the conversation, or open it"),
    bind_key(KeyContext.VERBS, "y", "copy_name", "copy number and subject"),
    bind_key(
        KeyContext.VERBS, "Y", "copy_conversation", "copy link and conversation, with its notes"
    ),
    bind_key(KeyContext.COLUMNS, "enter", "done", "keep it so", "keep"),
    bind_key(KeyContext.COLUMNS, "escape,q", "cancel", "leave everything as it was", "cancel"),
    bind_key(KeyContext.COLUMNS, "space", "toggle_column", "show the column, or leave it out"),
    bind_key(KeyContext.COLUMNS, "s", "sort", "sort by it; again: in the other direction"),
    bind_key(KeyContext.COLUMNS, "J,shift+down", "shift(1)", "move it to the right"),
    bind_key(KeyContext.COLUMNS, "K,shift+up", "shift(-1)", "move it to the left"),
    bind_key(KeyContext.COLUMNS, "d", "default", "the list's own columns and order"),
    bind_key(KeyContext.COLUMNS, "j,down", "mark(1)", "line down"),
    bind_key(KeyContext.COLUMNS, "k,up", "mark(-1)", "line up"),
    bind_key(KeyContext.LIST, "j,down", "move(1)", "next ticket"),
    bind_key(KeyContext.LIST, "k,up", "move(-1)", "previous ticket"),
    bind_key(KeyContext.LIST, "g,home", "first", "first ticket"),
    bind_key(KeyContext.LIST, "G,end", "last", "last ticket"),
    bind_key(KeyContext.LIST, "ctrl+d", "page(0.5)", "half a page down"),
    bind_key(KeyContext.LIST, "ctrl+u", "page(-0.5)", "half a page up"),
    bind_key(KeyContext.LIST, "pagedown", "page(1)", "a page down"),
    bind_key(KeyContext.LIST, "pageup", "page(-1)", "a page up"),
    bind_key(KeyContext.QUEUE, "1", "tab('mine')", "my unresolved tickets"),
    bind_key(KeyContext.QUEUE, "2", "tab('unassigned')", "unassigned tickets"),
    bind_key(KeyContext.QUEUE, "3", "tab('open')", "all unresolved tickets"),
    bind_key(KeyContext.QUEUE, "4", "tab('resolved')", "resolved tickets, without the closed ones"),
    bind_key(KeyContext.QUEUE, "5", "tab('all')", "all tickets"),
    bind_key(KeyContext.QUEUE, "6", "tab_at(6)", "the first saved view"),
    bind_key(KeyContext.QUEUE, "7", "tab_at(7)", "the second saved view"),
    bind_key(KeyContext.QUEUE, "8", "tab_at(8)", "the third saved view"),
    bind_key(KeyContext.QUEUE, "9", "tab_at(9)", "the fourth saved view"),
    bind_key(KeyContext.QUEUE, "0", "go", "go to any queue or view by typing"),
    bind_key(KeyContext.QUEUE, "e", "view('menu')", "save the list as a view, or change the view"),
    bind_key(KeyContext.QUEUE, "", "view('save')", "save the list with its filter as a view"),
    bind_key(KeyContext.QUEUE, "", "view('rename')", "give the view another name"),
    bind_key(KeyContext.QUEUE, "", "view('filter')", "type another filter for the view"),
    bind_key(KeyContext.QUEUE, "", "view('left')", "move the view to the left"),
    bind_key(KeyContext.QUEUE, "", "view('right')", "move the view to the right"),
    bind_key(KeyContext.QUEUE, "", "view('share')", "share the view, or make it your own"),
    bind_key(KeyContext.QUEUE, "", "view('delete')", "delete the view (asks y or n)"),
    bind_key(KeyContext.QUEUE, "left_square_bracket", "turn(-1)", "previous queue"),
    bind_key(KeyContext.QUEUE, "right_square_bracket", "turn(1)", "next queue"),
    bind_key(
        KeyContext.QUEUE, "space", "toggle_mark", "mark the ticket for what the next key does"
    ),
    bind_key(KeyContext.QUEUE, "v", "mark_range", "mark all from the last mark to here"),
    bind_key(KeyContext.QUEUE, "V", "mark_all", "mark all that the list shows"),
    bind_key(KeyContext.QUEUE, "Z", "undo_bulk", "undo the last change of marked tickets, as one"),
    bind_key(KeyContext.QUEUE, "S", "sort", "sort by due time, by priority or by age"),
    bind_key(KeyContext.QUEUE, "vertical_line", "columns", "choose the columns, and any order"),
    bind_key(KeyContext.QUEUE, "u", "unread(1)", "next ticket with news (●)"),
    bind_key(KeyContext.QUEUE, "U", "unread(-1)", "previous ticket with news"),
    bind_key(KeyContext.QUEUE, "tab", "pane", "switch between list and preview"),
    bind_key(KeyContext.QUEUE, "plus", "grow(1)", "make the preview larger"),
    bind_key(KeyContext.QUEUE, "underscore", "grow(-1)", "make the preview smaller"),
    bind_key(KeyContext.QUEUE, "P", "position", "preview: automatic, beside, below, hidden"),
    bind_key(
        KeyContext.QUEUE, "escape", "clear", "take marks off, end the search, clear the filter"
    ),
    bind_key(KeyContext.QUEUE, "q", "leave", "leave (asks when a draft is unsent)"),
    bind_key(KeyContext.SELF, "exclamation_mark,f4", "notices", "your notifications, and back"),
    bind_key(KeyContext.SELF, "O", "outbox", "what waits for the server (↑), was not done, drafts"),
    bind_key(
        KeyContext.SELF, "b", "presence", "set your presence: available, busy, away or offline"
    ),
    bind_key(KeyContext.SELF, "ctrl+t", "macros", "the macros: write, change, delete"),
    bind_key(
        KeyContext.READING, "enter", "follow", "the ticket that it was merged into, or follows"
    ),
    bind_key(KeyContext.READING, "j,down", "move(1)", "a line down"),
    bind_key(KeyContext.READING, "k,up", "move(-1)", "a line up"),
    bind_key(KeyContext.READING, "g,home", "first", "to the description"),
    bind_key(KeyContext.READING, "G,end", "last", "to the newest message"),
    bind_key(KeyContext.READING, "ctrl+d", "page(0.5)", "half a page down"),
    bind_key(KeyContext.READING, "ctrl+u", "page(-0.5)", "half a page up"),
    bind_key(KeyContext.READING, "pagedown,space", "page(1)", "a page down"),
    bind_key(
        KeyContext.READING, "pageup", "page(-1)", "a page up; older messages load by themselves"
    ),
    bind_key(KeyContext.READING, "J,n", "step(1)", "next ticket of the queue"),
    bind_key(KeyContext.READING, "K,N", "step(-1)", "previous ticket of the queue"),
    bind_key(KeyContext.READING, "tab", "pane", "back to your text"),
)
