"""Handles what screens want to be loaded, and hands results to the screens that show them."""

from collections.abc import Mapping
from typing import Protocol

from common.saved_views import SavedView
from common.wire import MentionableView
from tui.messages.requests import (
    CallEndpoint,
    LoadHistory,
    LoadMacros,
    LoadMentionable,
    LoadMoreTickets,
    LoadOlderMessages,
    LoadTicket,
    LoadViews,
    SearchTickets,
)
from tui.messages.results import (
    CallAnswered,
    MacrosLoaded,
    MentionableLoaded,
    RequestFailed,
    SearchResults,
    ViewsLoaded,
)
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices


class ListScreen(Protocol):
    """The screen that shows saved views, and what a search found."""

    def views_loaded(self, before: Mapping[int, SavedView]) -> None: ...

    def show_search_results(self, result: SearchResults) -> None: ...


class MentionScreen(Protocol):
    """The screen on which colleagues can be mentioned."""

    def load_mentionable(self, agents: list[MentionableView]) -> None: ...


class MacroScreen(Protocol):
    """The screen that lists the macros."""

    def macros_loaded(self) -> None: ...


class LoadingHandlers:
    """Loads tickets, conversations and searches. What is loaded arrives through the store."""

    def __init__(
        self,
        services: HandlerServices,
        lists: ListScreen,
        mentions: MentionScreen,
        macros: MacroScreen,
    ) -> None:
        self._services, self._lists, self._mentions = services, lists, mentions
        self._macros = macros

    @property
    def routes(self) -> RouteTable:
        """The messages that are handled here."""
        return {
            LoadTicket: self.load_ticket,
            LoadOlderMessages: self.load_older_messages,
            LoadHistory: self.load_history,
            LoadMentionable: self.load_mentionable,
            LoadMacros: self.load_macros,
            LoadMoreTickets: self.load_more_tickets,
            SearchTickets: self.search_tickets,
            CallEndpoint: self.call_endpoint,
            CallAnswered: self.finish_call,
            MentionableLoaded: self.show_mentionable,
            MacrosLoaded: self.show_macros,
            LoadViews: self.load_views,
            ViewsLoaded: self.show_views,
            SearchResults: self.show_search_results,
            RequestFailed: self.report_failure,
        }

    def load_ticket(self, request: LoadTicket) -> None:
        number = request.number
        self._services.run_in_session(lambda session: session.api_tasks.load_ticket(number))

    def load_older_messages(self, request: LoadOlderMessages) -> None:
        number = request.number
        self._services.run_in_session(lambda session: session.api_tasks.load_older_messages(number))

    def load_history(self, request: LoadHistory) -> None:
        number = request.number
        self._services.run_in_session(lambda session: session.api_tasks.load_history(number))

    def load_mentionable(self, _request: LoadMentionable) -> None:
        self._services.run_in_session(lambda session: session.api_tasks.load_mentionable())

    def load_macros(self, _request: LoadMacros) -> None:
        self._services.run_in_session(lambda session: session.api_tasks.load_macros())

    def show_macros(self, result: MacrosLoaded) -> None:
        """Keeps the macros for the composer, and shows them where they are listed."""
        self._services.context.macros.load(result.macros)
        self._macros.macros_loaded()

    def load_views(self, _request: LoadViews) -> None:
        self._services.run_in_session(lambda session: session.api_tasks.load_views())

    def show_views(self, result: ViewsLoaded) -> None:
        """Keeps the views, and shows them as tabs."""
        library = self._services.context.views
        before = library.views
        library.load(result.views)
        self._lists.views_loaded(before)

    def load_more_tickets(self, request: LoadMoreTickets) -> None:
        source, order = request.source, request.order
        self._services.run_in_session(
            lambda session: session.api_tasks.load_more_tickets(source, order)
        )

    def search_tickets(self, request: SearchTickets) -> None:
        scope = request.scope
        if self._services.session is not None:
            self._services.show_toast(f"Searching {scope.description} …", "dim")
        self._services.run_in_session(lambda session: session.api_tasks.search_tickets(scope))

    def call_endpoint(self, request: CallEndpoint) -> None:
        """Calls an endpoint, and says so where that may take long."""
        if request.doing:
            self._services.show_toast(request.doing, "dim")
        self._services.run_in_session(lambda session: session.api_tasks.call_endpoint(request))

    def finish_call(self, result: CallAnswered) -> None:
        """Hands the answer to whoever asked, and says that it is done."""
        call = result.call
        if call.done or call.doing:
            self._services.show_toast(call.done, "good")
        if call.then is not None:
            call.then(result.answer)

    def show_mentionable(self, result: MentionableLoaded) -> None:
        self._mentions.load_mentionable(result.agents)

    def show_search_results(self, result: SearchResults) -> None:
        self._lists.show_search_results(result)
        self._services.show_toast("")

    def report_failure(self, result: RequestFailed) -> None:
        self._services.show_toast(result.sentence, "bad")
