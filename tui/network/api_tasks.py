"""What is fetched and sent for the screens: each errand ends in a message, never in a raise.

The screens know intents and the store; the network stays here.
"""

from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final

from textual.message import Message

from common.queries import TicketQuery
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from common.wire import TicketView, WrittenMessage
from tui.messages.requests import Send
from tui.messages.results import Failed, Found, Marked, Mentionable, Sent, Trouble
from tui.model.queues import Tab
from tui.model.search_query import Scope
from tui.model.store import Store
from tui.network.client import Client, Problem, Unreachable
from tui.network.error_text import explained
from tui.network.page_loader import Pager

Work = Coroutine[Any, Any, None]

_FOUND: Final = 200
_KEPT: Final = 100
"""Conversations that are held; the one that was looked at longest ago goes first."""
_TRIES: Final = 5
_EVENTS: Final = 500


class Errands:
    """One agent's errands, each run once at a time.

    The same wish while the first is under way gets None, and nothing happens twice.
    """

    def __init__(self, client: Client, store: Store, post: Callable[[Message], Any]) -> None:
        self._client, self._store, self._post = client, store, post
        self._pager = Pager(client, store)
        self._under_way: set[Hashable] = set()
        self._looked_at: dict[int, None] = {}

    def send(self, send: Send) -> Work | None:
        """Send a command; `Sent` or `Failed` tells what became of it."""
        return self._once((send.number, send.command), self._send, send)

    def read(self, number: int) -> Work | None:
        """Fetch a ticket and its newest messages into the store, unless it holds them."""
        self._look_at(number)
        if number in self._store.messages:
            return None
        return self._once(("read", number), self._read, number)

    def read_older(self, number: int) -> Work | None:
        """Fetch the next older messages of a conversation into the store."""
        return self._once(("older", number), self._read_older, number)

    def history(self, number: int) -> Work | None:
        """Fetch what happened to a ticket beside its messages, unless the store holds it."""
        if number in self._store.stories:
            return None
        return self._once(("history", number), self._history, number)

    def more(self, tab: Tab) -> Work | None:
        """Fetch the tab's next page into the store."""
        return self._once(("more", tab), self._more, tab)

    def search(self, scope: Scope) -> Work | None:
        """Search the server's full text; `Found` tells what there is."""
        return self._once(("search", scope), self._search, scope)

    def mentionable(self) -> Work | None:
        """Fetches the agents whom a message can name; `Mentionable` brings them."""
        return self._once("mentionable", self._mentionable, None)

    def mark_read(self, up_to: int) -> Work | None:
        """Mark what was told as read; `Marked` tells how much is left."""
        return self._once(("mark", up_to), self._mark_read, up_to)

    def _once(self, name: Hashable, work: Callable[[Any], Work], wish: object) -> Work | None:
        if name in self._under_way:
            return None
        self._under_way.add(name)
        return self._watched(name, work(wish))

    async def _watched(self, name: Hashable, work: Work) -> None:
        try:
            await work
        except (Problem, Unreachable) as error:
            self._post(Trouble(explained(error)))
        finally:
            self._under_way.discard(name)

    # -- commands

    async def _send(self, send: Send) -> None:
        try:
            answer = await self._deliver(send.number, send.command, send.key)
        except (Problem, Unreachable) as error:
            self._fail(send, error)
            return
        except Exception as error:
            # A fault of ours must not leave the text frozen for ever.
            self._post(Failed(send, f"A fault in this program: {error!r}", ""))
            raise
        if isinstance(answer, WrittenMessage):
            self._store.hold_message(send.number, answer.message)
            # A reply to an open ticket also moves it: that is the very next event.
            self._post(Sent(send, answer.seq + 1, answer.mentions or None))
        else:
            self._store.hold([answer])
            self._post(Sent(send, answer.last_seq))

    async def _deliver(
        self, number: int, command: Command, key: str | None
    ) -> TicketView | WrittenMessage:
        client = self._client
        match command:
            case ClaimTicket():
                return await client.claim(number)
            case ReleaseTicket():
                return await client.release(number)
            case AssignTicket():
                return await client.assign(number, command.user_id)
            case EditTicket():
                return await client.edit(number, command)
            case AddMessage():
                return await client.add_message(number, command, key)

    def _fail(self, send: Send, error: Problem | Unreachable) -> None:
        """Tell it, and keep what the refusal brings that this client had not heard yet."""
        sentence = explained(error)
        if isinstance(error, Unreachable):
            again = " Sent again, it arrives once." if send.key else ""
            self._post(Failed(send, sentence + again, ""))
            return
        for message in error.messages:
            self._store.hold_message(send.number, message)
        if error.ticket is not None:
            self._store.hold([error.ticket])
        newest = max((message.seq for message in error.messages), default=0)
        self._post(Failed(send, sentence, error.slug, newest))

    # -- reading

    def _look_at(self, number: int) -> None:
        self._looked_at.pop(number, None)
        self._looked_at[number] = None
        if len(self._looked_at) > _KEPT:
            oldest = next(iter(self._looked_at))
            del self._looked_at[oldest]
            self._store.close_conversation(oldest)

    async def _read(self, number: int) -> None:
        for _ in range(_TRIES):
            if self._store.open_conversation(await self._client.conversation(number)):
                return

    async def _read_older(self, number: int) -> None:
        cursor = self._store.older.get(number)
        if cursor is not None:
            page = await self._client.older_messages(number, cursor)
            self._store.hold_older(number, page)
            await self._history(number)

    async def _history(self, number: int) -> None:
        """As far back as the messages go that are here; what came before comes with older ones."""
        messages = self._store.messages.get(number, [])
        is_whole = self._store.older.get(number) is None or not messages
        after = 0 if is_whole else messages[0].seq - 1
        page = await self._client.history(number, after, _EVENTS)
        self._store.hold_history(number, page.items)

    async def _more(self, tab: Tab) -> None:
        await self._pager.more(tab)

    async def _mentionable(self, _wish: None) -> None:
        self._post(Mentionable(await self._client.mentionable()))

    async def _mark_read(self, up_to: int) -> None:
        self._post(Marked(await self._client.read_notices(up_to)))

    async def _search(self, scope: Scope) -> None:
        query = TicketQuery(q=scope.words, status=list(scope.statuses), limit=_FOUND)
        page = await self._client.page(query)
        self._store.hold(page.items, page.seq)
        self._post(Found(scope, [ticket.number for ticket in page.items]))
