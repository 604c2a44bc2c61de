"""Drafts: unsent texts of one agent, kept on the server for the agent's other terminals.

A draft is of one agent, one ticket and one kind of message. Nobody else ever sees it.
"""

from datetime import datetime
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from common.errors import Conflict
from common.ids import Id, Seq
from common.macros import NO_VERBS, MacroVerbs
from common.queries import DEFAULT_LIMIT, AgentLimit, Cursor
from common.text import BODY_LIMIT, Unfinished
from common.tickets.replying import MessageKind

MOST_DRAFTS: Final = 500
"""Drafts that an agent may have on the server."""
SET_ASIDE_LIMIT: Final = 2 * BODY_LIMIT
SetAsideText = Annotated[
    str, Meta(max_length=SET_ASIDE_LIMIT, extra={"text": "unfinished", "limit": SET_ASIDE_LIMIT})
]
DraftFileName = Annotated[str, Meta(min_length=1, max_length=255)]


class DraftChanged(Conflict):
    """`extras["draft"]` is the draft as it is now."""

    slug, title = "draft-changed", "The draft was changed on another terminal"
    occasion = "The draft has another version: `draft`. Keep both texts."


class SaveDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Saves the caller's draft of one kind of message to a ticket.

    `body` is kept as it is; `set_aside` is another version of it that the agent has not decided
    about. `files` are the names of files that stay on the agent's machine. `based_on` is the
    version that the text was made from; 0: none.
    """

    kind: MessageKind
    body: Unfinished
    set_aside: SetAsideText = ""
    verbs: MacroVerbs = NO_VERBS
    files: Annotated[tuple[DraftFileName, ...], Meta(max_length=100)] = ()
    based_on: Seq = 0


class DraftView(Struct, frozen=True, kw_only=True):
    """A draft of the caller. `version` is another one after each change."""

    number: int
    kind: MessageKind
    body: str
    set_aside: str
    verbs: MacroVerbs
    files: tuple[str, ...]
    version: int
    saved_at: datetime


class DraftQuery(Struct, frozen=True, kw_only=True):
    """The caller's drafts; with a `number` those of this ticket."""

    number: Id | UnsetType = UNSET
    limit: AgentLimit = DEFAULT_LIMIT
    cursor: Cursor | UnsetType = UNSET


class DiscardDraft(Struct, frozen=True, kw_only=True):
    """The draft to discard, if it still has this version."""

    kind: MessageKind
    version: Seq


class DraftRef(Struct, frozen=True):
    """A draft that has changed, as a signal says to its agent; `version` 0: it is gone."""

    number: int
    kind: MessageKind
    version: int


def join_texts(first: str, second: str) -> str:
    """Returns both texts, one below the other; a text that is part of the other is not repeated.

    With it, drafts that come together (two terminals, two tickets) lose no word.
    """
    if not second.strip() or second in first:
        return first
    if not first.strip() or first in second:
        return second
    return f"{first}\n\n{second}"
