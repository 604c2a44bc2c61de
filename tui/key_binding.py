"""A key of the table: where it works, the action behind it, and what help and footer say."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from tui.key_names import label_key, name_command
from tui.ticket_verbs import TicketVerb


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
    COLUMNS = "Columns and order"
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

    `label` is the footer's word; if it is empty, the footer leaves the key out. `verb` names
    the verb in `tui/ticket_verbs.py` that the key is for, if it is for one.
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
        """The keys as people write them; without one, what is typed: `:view-save`."""
        return " ".join(map(label_key, self.keys.split(","))) if self.keys else f":{self.command}"

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


UNBOUND: Final = "unbound"
"""The name of a key that no terminal sends: for a command without one."""


def bind_verb(verb: TicketVerb) -> KeyBinding:
    """Returns the key of a verb of the selected ticket."""
    return bind_key(KeyContext.VERBS, verb.keys, f"verb('{verb.name}')", verb.says, verb.label)


def bind_key(context: KeyContext, keys: str, action: str, says: str, label: str = "") -> KeyBinding:
    """Returns a key that works in a part of the screen; a `label` puts it into the footer."""
    return KeyBinding(context=context, keys=keys, action=action, says=says, label=label)
