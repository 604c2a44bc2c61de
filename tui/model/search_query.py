"""Turns `?words` into a query of the server's search: words and statuses."""

from typing import Final

from msgspec import Struct

from common.tickets.ticket import UNRESOLVED, Status
from tui.model.queues import Tab

_FIELD: Final = "st:"
_ALL: Final = "all"
_OF_TAB: Final = {Tab.RESOLVED: (Status.RESOLVED,), Tab.ALL: tuple(Status)}


class SearchScope(Struct, frozen=True):
    """Words for the server's full text, and the statuses of the tickets to find."""

    words: str
    statuses: tuple[Status, ...]

    @property
    def name(self) -> str:
        """`unresolved`, `closed`, or nothing where tickets of any status are found."""
        if len(self.statuses) == len(Status):
            return ""
        if set(self.statuses) == UNRESOLVED:
            return "unresolved"
        return " or ".join(status.replace("_", " ") for status in self.statuses)


def parse_search(text: str, tab: Tab) -> SearchScope:
    """Returns what to search for: in a tab, tickets like those that it lists.

    `st:closed` and its like name other statuses by how they begin, `st:all` any.
    """
    words: list[str] = []
    asked: set[Status] = set()
    for word in text.split():
        found = _match_statuses(word.lower())
        asked |= found
        words += [] if found else [word]
    wanted = asked or set(_OF_TAB.get(tab, UNRESOLVED))
    return SearchScope(" ".join(words), tuple(status for status in Status if status in wanted))


def _match_statuses(word: str) -> set[Status]:
    value = word.removeprefix(_FIELD)
    if not word.startswith(_FIELD) or not value:
        return set()
    if value == _ALL:
        return set(Status)
    return {status for status in Status if status.startswith(value)}
