"""API calls for the screens: each ends in a message, never in an exception.

The screens know requests and the store; the network stays here.
"""

from collections.abc import Callable, Coroutine, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from msgspec import UNSET
from textual.message import Message

from common.filters.filter_format import format_filter
from common.library_endpoints import LIST_VIEWS
from common.notification_endpoints import WATCH_TICKET
from common.queries import TicketQuery
from common.saved_views import ViewQuery
from common.ticket_columns import ListOrder
from common.watching import WatchTicket
from common.wire import AttachmentView
from tui.keys import label_command
from tui.messages.requests import CallEndpoint
from tui.messages.results import (
    CallAnswered,
    InboxMarkedRead,
    MacrosLoaded,
    MentionableLoaded,
    RequestFailed,
    SearchResults,
    ViewsLoaded,
)
from tui.model.queues import ListSource
from tui.model.search_query import SearchScope
from tui.model.store import Store
from tui.network.client import ApiProblem, Client, Unreachable
from tui.network.error_text import explain_error
from tui.network.file_tasks import FileTasks
from tui.network.page_loader import PageLoader

ApiTask = Coroutine[Any, Any, None]

_FOUND: Final = 200
_KEPT: Final = 100
"""Conversations that are kept; the least recently used is dropped first."""
_TRIES: Final = 5
"""Reads of a conversation, each of which may be older than what the store knows by then."""
_OUTDATED_TEXT: Final = "#{} keeps changing and could not be loaded. Press {} to try again."
_EVENTS: Final = 500


class ApiTasks:
    """One agent's API calls.

    A call returns None while the same one is under way; some are then made once more after it.
    """

    def __init__(self, client: Client, store: Store, post: Callable[[Message], Any]) -> None:
        self._client, self._store, self._post = client, store, post
        self.files = FileTasks(client, post)
        self._pager = PageLoader(client, store)
        self._under_way: set[Hashable] = set()
        self._wanted_again: dict[Hashable, object] = {}
        self._looked_at: dict[int, None] = {}

    def load_ticket(self, number: int) -> ApiTask | None:
        """Fetches a ticket and its newest messages into the store, unless it holds them."""
        self._mark_recently_used(number)
        if number in self._store.messages:
            return None
        return self._start_once(("read", number), self._fetch_ticket, number)

    def load_older_messages(self, number: int) -> ApiTask | None:
        """Fetches the next older messages of a conversation into the store."""
        return self._start_once(("older", number), self._fetch_older_messages, number)

    def load_history(self, number: int) -> ApiTask | None:
        """Fetches what happened to a ticket beside its messages, unless the store holds it."""
        if number in self._store.timelines:
            return None
        return self._start_once(("history", number), self._fetch_history, number)

    def load_more_tickets(self, source: ListSource, order: ListOrder) -> ApiTask | None:
        """Fetches the list's next page, in an order, into the store."""
        return self._start_once(("more", source, order), self._fetch_more_tickets, (source, order))

    def search_tickets(self, scope: SearchScope) -> ApiTask | None:
        """Searches the server's full text; `Found` has the result."""
        return self._start_once(("search", scope), self._fetch_search_results, scope)

    def load_mentionable(self) -> ApiTask | None:
        """Fetches the agents whom a message can name; `Mentionable` brings them."""
        return self._start_once("mentionable", self._fetch_mentionable, None)

    def load_macros(self) -> ApiTask | None:
        """Fetches the macros; `MacrosLoaded` brings them."""
        return self._start_once("macros", self._fetch_macros, None, rereads=True)

    def load_views(self) -> ApiTask | None:
        """Fetches the saved views; `ViewsLoaded` brings them."""
        return self._start_once("views", self._fetch_views, None, rereads=True)

    async def report_watch(self, number: int, command: WatchTicket) -> None:
        """Tells colleagues where the agent is; nothing comes of a failure."""
        with suppress(ApiProblem, Unreachable):
            await self._client.call(WATCH_TICKET, path={"number": number}, body=command)

    def mark_notifications_read(self, up_to: int) -> ApiTask | None:
        """Marks notifications as read; `Marked` has the number of the rest."""
        return self._start_once(("mark", up_to), self._post_read_mark, up_to)

    def call_endpoint(self, call: CallEndpoint) -> ApiTask | None:
        """Calls an endpoint; `CallAnswered` has the answer."""
        return self._start_once(call.name, self._call_endpoint, call, rereads=call.rereads)

    def save_attachment(
        self, attachment: AttachmentView, path: Path, *, opens: bool = False
    ) -> ApiTask | None:
        """Saves a file at a path; `FileSaved` has the result."""

        def save(path: Path) -> ApiTask:
            return self.files.save_attachment(attachment, path, opens=opens)

        return self._start_once(("file", attachment.id, path), save, path)

    def _start_once(
        self,
        name: Hashable,
        work: Callable[[Any], ApiTask],
        wish: object,
        *,
        rereads: bool = False,
    ) -> ApiTask | None:
        if name in self._under_way:
            if rereads:
                self._wanted_again[name] = wish
            return None
        self._under_way.add(name)
        return self._run_task(name, work, wish)

    async def _run_task(self, name: Hashable, work: Callable[[Any], ApiTask], wish: object) -> None:
        try:
            await work(wish)
            while name in self._wanted_again:
                await work(self._wanted_again.pop(name))
        except (ApiProblem, Unreachable) as error:
            self._post(RequestFailed(explain_error(error)))
        finally:
            self._under_way.discard(name)
            self._wanted_again.pop(name, None)

    # -- reading

    def _mark_recently_used(self, number: int) -> None:
        self._looked_at.pop(number, None)
        self._looked_at[number] = None
        if len(self._looked_at) > _KEPT:
            oldest = next(iter(self._looked_at))
            del self._looked_at[oldest]
            self._store.close_conversation(oldest)

    async def _fetch_ticket(self, number: int) -> None:
        for _ in range(_TRIES):
            if self._store.open_conversation(await self._client.read_conversation(number)):
                return
        self._post(RequestFailed(_OUTDATED_TEXT.format(number, label_command("anywhere.resync"))))

    async def _fetch_older_messages(self, number: int) -> None:
        cursor = self._store.older_cursors.get(number)
        if cursor is not None:
            page = await self._client.list_older_messages(number, cursor)
            self._store.merge_older_messages(number, page)
            await self._fetch_history(number)

    async def _fetch_history(self, number: int) -> None:
        """Loads the history as far back as the messages; older parts come with older ones."""
        messages = self._store.messages.get(number, [])
        is_whole = self._store.older_cursors.get(number) is None or not messages
        after = 0 if is_whole else messages[0].seq - 1
        page = await self._client.list_ticket_events(number, after, _EVENTS)
        self._store.merge_history(number, page.items)

    async def _fetch_more_tickets(self, wish: tuple[ListSource, ListOrder]) -> None:
        await self._pager.load_next_page(*wish)

    async def _call_endpoint(self, call: CallEndpoint) -> None:
        try:
            answer = await self._client.call(
                call.endpoint, path=call.path, body=call.body, query=call.query
            )
        except ApiProblem as problem:
            if not (problem.is_missing and call.missing):
                raise
            self._post(RequestFailed(call.missing))
            return
        self._post(CallAnswered(call, answer))

    async def _fetch_mentionable(self, _wish: None) -> None:
        self._post(MentionableLoaded(await self._client.list_mentionable()))

    async def _fetch_macros(self, _wish: None) -> None:
        self._post(MacrosLoaded(await self._client.list_macros()))

    async def _fetch_views(self, _wish: None) -> None:
        """Fetches the views. They are read again and again: a failure is not worth a sentence."""
        with suppress(ApiProblem, Unreachable):
            query = ViewQuery(include=["counts"])
            page = await self._client.call(LIST_VIEWS, query=query)
            self._post(ViewsLoaded(page.items))

    async def _post_read_mark(self, up_to: int) -> None:
        self._post(InboxMarkedRead(await self._client.mark_notifications_read(up_to)))

    async def _fetch_search_results(self, scope: SearchScope) -> None:
        query = TicketQuery(
            q=scope.words or UNSET,
            status=list(scope.statuses),
            filter=format_filter(scope.wanted),
            limit=_FOUND,
        )
        page = await self._client.list_tickets(query)
        self._store.merge_tickets(page.items, page.seq)
        numbers = [ticket.number for ticket in page.items]
        self._post(SearchResults(scope, numbers, has_more=page.next_cursor is not None))
