"""The saved views as they were last read, and the lists that they stand for."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from common.filters.filter_parser import parse_filter
from common.filters.filter_terms import FilterError, TicketFilter
from common.people import SUPERVISORS, Actor
from common.saved_views import MOST_COUNTED, SavedView
from tui.model.list_settings import ListSettings
from tui.model.queues import ListSource
from tui.model.store import Store
from tui.model.view_filters import find_source


class ViewLibrary:
    """Saved views in the order of their tabs: those of everybody, then the agent's own."""

    def __init__(self) -> None:
        self.views: dict[int, SavedView] = {}
        self.is_loaded = False
        self._filters: dict[str, TicketFilter | FilterError] = {}

    def load(self, views: Sequence[SavedView]) -> None:
        """Takes the views that there are."""
        in_order = sorted(views, key=lambda view: (not view.shared, view.position, view.id))
        self.views = {view.id: view for view in in_order}
        self._filters = {view.filter: _read_filter(view.filter) for view in in_order}
        self.is_loaded = True

    def keep_for_now(self, view_id: int, settings: ListSettings) -> None:
        """Shows a view with columns and order that the server does not have yet."""
        view = self.views[view_id]
        columns, sort = settings.known_columns, settings.sort or view.sort
        self.views[view_id] = replace(view, columns=columns, sort=sort)

    def find_source(self, view_id: int) -> ListSource | None:
        """Returns the list of a view; None: there is no such view, or its filter is too new."""
        view = self.views.get(view_id)
        wanted = self._filters.get(view.filter) if view else None
        return find_source(wanted) if isinstance(wanted, TicketFilter) else None

    def explain_unreadable(self, view_id: int) -> str:
        """Returns why a view cannot be shown; empty: it can."""
        view = self.views.get(view_id)
        wanted = self._filters.get(view.filter) if view else None
        if isinstance(wanted, FilterError):
            return f"This workstation cannot read the view's filter {wanted.located_sentence}."
        return "" if view else "There is no such view any more."

    def list_sources(self) -> list[ListSource]:
        """Returns the lists of all views that can be shown."""
        return [source for it in self.views if (source := self.find_source(it))]

    @property
    def has_paged(self) -> bool:
        """Returns whether a view has tickets that the server alone can count."""
        return any(source.is_paged for source in self.list_sources())

    def count_tickets(self, view_id: int, store: Store) -> int | None:
        """Returns the number of a view's tickets, of those that all are here by the store.

        None: it is not known.
        """
        view, source = self.views.get(view_id), self.find_source(view_id)
        if view is None or source is None:
            return None
        if not source.is_paged and store.is_whole:
            return store.lists.count_list(source)
        return None if view.count is UNSET else view.count

    def find_settings(self, view_id: int) -> ListSettings:
        """Returns the columns and the order of a view."""
        view = self.views[view_id]
        return ListSettings(tuple(view.columns), view.sort)


def format_tab_number(count: int | None) -> str:
    """Returns a count for a tab: `…` where it is not known, `10000+` where the server stopped."""
    if count is None:
        return "…"
    return f"{count}+" if count == MOST_COUNTED else str(count)


def explain_no_change(view: SavedView, actor: Actor | None) -> str:
    """Returns why the agent may not change a view; empty: they may."""
    if view.shared and (actor is None or actor.role not in SUPERVISORS):
        return "Supervisors change everybody's views; save the filter as one of your own."
    return ""


def _read_filter(text: str) -> TicketFilter | FilterError:
    try:
        return parse_filter(text)
    except FilterError as error:
        return error
