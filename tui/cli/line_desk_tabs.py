"""The tabs of the line desk: the queues and the saved views, each as a line and as a list."""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from common import endpoints
from common.library_endpoints import LIST_VIEWS
from common.saved_views import SavedView
from common.wire import Page, Queues
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.model.queue_counts import count_tab_tickets
from tui.model.queues import Tab
from tui.model.view_library import format_tab_number
from tui.text import safe_text

_OPTIONS: Final = {
    Tab.MINE: ("--assignee", "me"),
    Tab.UNASSIGNED: ("--assignee", "none"),
    Tab.OPEN: (),
    Tab.RESOLVED: ("--status", "resolved", "--sort", "-updated_at"),
    Tab.ALL: ("--status", "", "--sort", "-updated_at"),
}
"""The options of `list` that show what a tab shows."""
_ORDERS: Final = ("created_at", "updated_at", "priority", "sla_due")
"""Orders of views that the server has, too."""


class LineTab(Struct, frozen=True):
    """A tab: its number, its name, what it has, and the options of `list` that show it."""

    number: int
    name: str
    about: str
    options: tuple[str, ...]

    @property
    def line(self) -> str:
        """Returns the tab as a sentence: `6 VIPs, your own: 3 tickets`."""
        return f"{self.number} {self.name}{self.about}"


def read_tabs(caller: RestCaller) -> list[LineTab]:
    """Returns the tabs as they are now. Raises ApiProblem or Unreachable."""
    raw = caller.fetch(ApiRequest(endpoint=endpoints.READ_QUEUES))
    counts = msgspec.json.decode(raw, type=Queues)
    raw = caller.fetch(ApiRequest(endpoint=LIST_VIEWS, query=[("include", "counts")]))
    views = safe_text.decode_safe_json(raw, Page[SavedView]).items
    return list(_build_tabs(counts, views))


def find_tab(tabs: list[LineTab], words: str) -> LineTab | None:
    """Returns the tab with this number or name, or the one whose name begins so."""
    wanted = words.strip().lower()
    for tab in tabs:
        if wanted in {str(tab.number), tab.name.lower()}:
            return tab
    begun = [tab for tab in tabs if wanted and tab.name.lower().startswith(wanted)]
    return begun[0] if len(begun) == 1 else None


def _build_tabs(counts: Queues, views: list[SavedView]) -> Iterator[LineTab]:
    for number, tab in enumerate(Tab, 1):
        about = f": {_count_tickets(count_tab_tickets(tab, counts))}"
        yield LineTab(number, tab.value, about, _OPTIONS[tab])
    for number, view in enumerate(views, len(Tab) + 1):
        whose = "everybody's" if view.shared else "your own"
        count = None if view.count is UNSET else view.count
        about = f", {whose}" + ("" if count is None else f": {_count_tickets(count)}")
        yield LineTab(number, view.name, about, tuple(_list_view_options(view)))


def _count_tickets(count: int) -> str:
    return "1 ticket" if count == 1 else f"{format_tab_number(count)} tickets"


def _list_view_options(view: SavedView) -> Iterator[str]:
    yield from ("--status", "")
    if view.filter:
        yield from ("--filter", view.filter)
    if view.sort.removeprefix("-") in _ORDERS:
        yield from ("--sort", view.sort)
