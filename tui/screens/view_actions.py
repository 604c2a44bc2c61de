"""Saving, changing and deleting saved views, and going to one by typing."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from common import library_endpoints
from common.filters.filter_format import format_filter
from common.people import SUPERVISORS
from common.saved_views import CreateView, EditView, SavedView
from tui.keys import label_command
from tui.messages.requests import CallEndpoint, LoadViews, ShowToast
from tui.model.choices import PickerOption
from tui.model.list_settings import ListSettings
from tui.model.queues import ListPlace, Tab
from tui.model.view_filters import combine_filters, is_resolved_only, is_unresolved_only
from tui.model.view_library import explain_no_change, format_tab_number
from tui.screens.dialogs import DialogScreen
from tui.screens.list_scope import ListScope
from tui.text import formatting

_OFFLINE: Final = "OFFLINE: views have to wait for the server."
_NO_VIEW: Final = "This list is no saved view."
_NEVER: Final = "No ticket is unresolved and resolved. Filter among all tickets: {}."
_LONGEST_NAME: Final = 50
ACTIONS: Final = {
    "save": ("save", "what the list shows, as a new view"),
    "rename": ("rename", "give it another name"),
    "filter": ("change the filter", "type another one"),
    "left": ("move left", "before the view on its left"),
    "right": ("move right", "behind the view on its right"),
    "share": ("share", "with everybody, or end that (supervisors)"),
    "delete": ("delete", "asks y or n"),
}
"""The actions on views, by their names: in a few words, and in more."""
_TYPED: Final = frozenset({"save", "rename", "filter"})
"""Actions that open a text field."""


class ViewListScreen(Protocol):
    """The screen whose list it is."""

    list_scope: ListScope

    def list_places(self) -> list[ListPlace]: ...

    def show_place(self, place: ListPlace) -> None: ...

    def show_list_again(self) -> None: ...

    def open_filter_bar(self, text: str) -> None: ...

    def enter_typed_filter(self) -> None: ...


class ViewActions:
    """The keys of saved views. The server keeps them, so nothing is changed while it is away."""

    def __init__(self, screen: DialogScreen, lists: ViewListScreen) -> None:
        self._screen, self._lists = screen, lists

    @property
    def _view(self) -> SavedView | None:
        """The view that is shown."""
        place = self._lists.list_scope.place
        return None if isinstance(place, Tab) else self._screen.context.views.views.get(place)

    # -- going to one

    def choose_place(self) -> None:
        """Offers all tabs and views, to be found by typing."""
        places = self._lists.list_places()
        options = [self._describe_place(n, place) for n, place in enumerate(places)]

        def chosen(value: str) -> None:
            self._lists.show_place(places[int(value)])

        self._screen.show_picker("Go to", options, chosen)

    def _describe_place(self, number: int, place: ListPlace) -> PickerOption:
        scope, views = self._lists.list_scope, self._screen.context.views.views
        count = format_tab_number(scope.count_place(place))
        is_present = place == scope.place
        if isinstance(place, Tab):
            return PickerOption(str(number), place.capitalize(), f"{count:>6}", is_present)
        view = views[place]
        whose = "everybody's" if view.shared else "yours"
        hint = f"{count:>6}  {whose}: {view.filter or 'all tickets'}"
        return PickerOption(str(number), view.name, hint, is_present)

    # -- what is done with a view

    def run_action(self, what: str) -> None:
        """Does what was chosen, or says why it cannot be done; `menu` offers everything."""
        if what == "menu":
            self._offer_actions()
            return
        reason = self._explain_no_action(what)
        if reason:
            refuse = self._screen.refuse_input if what in _TYPED else self._screen.refuse_action
            refuse(reason)
            return
        steps: dict[str, Callable[[], None]] = {
            "save": self._ask_name,
            "rename": self._ask_new_name,
            "filter": self._type_filter,
            "left": lambda: self._move(-1),
            "right": lambda: self._move(1),
            "share": self._toggle_shared,
            "delete": self._ask_delete,
        }
        steps[what]()

    def _offer_actions(self) -> None:
        options = []
        for what, (text, hint) in ACTIONS.items():
            reason = self._explain_no_action(what)
            said = f"· {reason}" if reason else hint
            options.append(PickerOption(what, text, said, is_dead=bool(reason)))
        self._screen.show_picker(self._menu_title, options, self.run_action)

    @property
    def _menu_title(self) -> str:
        name = self._lists.list_scope.list_name
        return f"View {name}" if self._view else f"{name}, which is no saved view"

    def _explain_no_action(self, what: str) -> str:
        context, view = self._screen.context, self._view
        if context.actor is None:
            return "Not connected yet."
        if context.link.is_offline:
            return _OFFLINE
        if what == "save":
            return self._explain_no_save()
        if view is None:
            return _NO_VIEW
        if what == "share" and context.actor.role not in SUPERVISORS:
            return "Supervisors share views."
        return explain_no_change(view, context.actor) or self._explain_no_move(view, what)

    def _explain_no_save(self) -> str:
        scope = self._lists.list_scope
        if scope.found is not None:
            return "A search is not kept."
        shown = combine_filters(scope.source, scope.wanted)
        never = is_unresolved_only(shown) and is_resolved_only(shown)
        return _NEVER.format(label_command("queue.tab-all")) if never else ""

    def _explain_no_move(self, view: SavedView, what: str) -> str:
        if what not in {"left", "right"}:
            return ""
        last = len(self._list_beside(view)) - 1
        is_end = view.position == (0 if what == "left" else last)
        return f"It is the {'first' if what == 'left' else 'last'} one already." if is_end else ""

    def _list_beside(self, view: SavedView) -> list[SavedView]:
        views = self._screen.context.views.views.values()
        return [it for it in views if it.shared == view.shared]

    # -- saving a new one

    def _ask_name(self) -> None:
        filter_text = self._compose_filter()
        said = filter_text or "all tickets"
        hint = PickerOption("", "type a name", f"shows {said}")
        self._screen.show_picker("Save as a view", [hint], self._ask_owner, is_free=True)

    def _ask_owner(self, name: str) -> None:
        actor = self._screen.context.actor
        if len(name) > _LONGEST_NAME:
            self._screen.refuse_action(f"A name has at most {_LONGEST_NAME} characters.")
        elif actor is None or actor.role not in SUPERVISORS:
            self._create(name, is_shared=False)
        else:
            options = [
                PickerOption("own", "for yourself", "nobody else sees it"),
                PickerOption("shared", "for everybody", "a tab on every workstation, at once"),
            ]
            self._screen.show_picker(
                f"Who has “{name}”",
                options,
                lambda value: self._create(name, is_shared=value == "shared"),
            )

    def _create(self, name: str, *, is_shared: bool) -> None:
        scope = self._lists.list_scope
        command = CreateView(
            name=name,
            filter=self._compose_filter(),
            sort=str(scope.order),
            columns=scope.columns,
            shared=is_shared,
        )

        def created(view: SavedView) -> None:
            library = self._screen.context.views
            library.load([*library.views.values(), view])
            self._lists.show_place(view.id)
            self._read_again(view)

        self._call(
            library_endpoints.CREATE_VIEW,
            body=command,
            done=f"The view {_quote(name)} is saved",
            then=created,
        )

    def _compose_filter(self) -> str:
        """Returns the filter of what the list shows: its tab or view, and what was typed."""
        scope = self._lists.list_scope
        return format_filter(combine_filters(scope.source, scope.wanted))

    # -- changing one

    def _ask_new_name(self) -> None:
        view = self._view
        if view is None:
            return
        hint = PickerOption("", "type the new name", f"now {view.name}")

        def chosen(name: str) -> None:
            if len(name) > _LONGEST_NAME:
                self._screen.refuse_action(f"A name has at most {_LONGEST_NAME} characters.")
            else:
                self._edit(view, EditView(name=name), f"The view is called {_quote(name)}")

        self._screen.show_picker(f"Rename {_quote(view.name)}", [hint], chosen, is_free=True)

    def _type_filter(self) -> None:
        view = self._view
        if view is not None:
            self._lists.list_scope.begin_redefining(view.filter)
            self._lists.open_filter_bar(view.filter)
            self._lists.show_list_again()
            self._lists.enter_typed_filter()

    def redefine(self, text: str) -> None:
        """Gives the view the filter that was typed for it."""
        view, scope = self._view, self._lists.list_scope
        scope.select_place(scope.place)
        self._lists.show_list_again()
        if view is not None and text != view.filter:
            done = f"The view {_quote(view.name)} has the new filter"
            self._edit(view, EditView(filter=text), done)

    def _move(self, step: int) -> None:
        view = self._view
        if view is not None:
            way = "left" if step < 0 else "right"
            done = f"The view {_quote(view.name)} is moved {way}"
            self._edit(view, EditView(position=view.position + step), done)

    def _toggle_shared(self) -> None:
        view = self._view
        if view is None:
            return
        done = "is your own" if view.shared else "is everybody's"

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                command = EditView(shared=not view.shared)
                self._edit(view, command, f"The view {_quote(view.name)} {done}")

        words = "Take it from everybody and keep it as your own" if view.shared else "Share it"
        self._screen.show_confirmation(f"{words}: {_quote(view.name)}?", answered)

    def keep_settings(self, settings: ListSettings) -> bool:
        """Keeps columns and order in the view. False: that is not possible, or it is no view."""
        view, context = self._view, self._screen.context
        if view is None:
            return False
        reason = _OFFLINE if context.link.is_offline else explain_no_change(view, context.actor)
        if reason:
            said = "Kept for you, on this machine."
            self._screen.post_message(ShowToast(said, "good"))
            return False
        library = context.views
        scope = self._lists.list_scope
        order = settings.order or scope.source.default_order
        command = EditView(columns=settings.known_columns, sort=str(order))
        # It is shown so until the answer comes: then the view has it.
        library.keep_for_now(view.id, settings)
        self._edit(view, command, f"Kept in the view {_quote(view.name)}")
        return True

    # -- deleting one

    def _ask_delete(self) -> None:
        view = self._view
        if view is None:
            return

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
            if is_yes:
                self._call(
                    library_endpoints.DELETE_VIEW,
                    view,
                    done=f"The view {_quote(view.name)} is deleted",
                    then=lambda _: self._leave(view),
                )

        whose = "which everybody has" if view.shared else "your own"
        self._screen.show_confirmation(f"Delete {_quote(view.name)}, {whose}?", answered)

    def _leave(self, view: SavedView) -> None:
        if self._lists.list_scope.place == view.id:
            self._lists.show_place(Tab.OPEN)
        self._read_again(view)

    # -- the server

    def _edit(self, view: SavedView, command: EditView, done: str) -> None:
        self._call(
            library_endpoints.EDIT_VIEW, view, body=command, done=done, then=self._read_again
        )

    def _read_again(self, _answer: Any) -> None:
        self._screen.post_message(LoadViews())

    def _call(
        self,
        endpoint: Any,
        view: SavedView | None = None,
        *,
        body: Any = None,
        done: str,
        then: Callable[[Any], None],
    ) -> None:
        self._screen.post_message(
            CallEndpoint(
                endpoint,
                {"id": view.id} if view else None,
                body=body,
                doing="Saving …",
                done=done,
                missing="The view has been deleted meanwhile.",
                then=then,
            )
        )


def _quote(name: str) -> str:
    return f"“{formatting.truncate_text(name, 30)}”"
