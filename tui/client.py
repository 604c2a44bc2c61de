"""REST out: every request that this client makes.

Problem       the server said no, and why (4xx)
Unreachable   nobody knows whether the server heard it (no connection, no answer, 5xx)
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import msgspec
from msgspec import UNSET, Struct

from common import accounts, endpoints, queries
from common.endpoints import Endpoint
from common.envelope import Envelope, EventPage
from common.organization import Organization
from common.people import AGENTS
from common.tickets.assigning import AssignTicket
from common.tickets.editing import EditTicket
from common.tickets.opening import FileTicket
from common.tickets.replying import AddMessage
from common.wire import (
    Conversation,
    MessageView,
    MeView,
    Page,
    Queues,
    SessionView,
    StreamTicket,
    TicketView,
    UserView,
)

PAGE: Final = 1000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10, sock_connect=3)


def intention() -> str:
    """A key for one wish of the user's: sent again with it, a request does nothing twice."""
    return str(uuid4())


class Problem(Exception):
    """The server's refusal: `extras` is what the slug adds (`assignee`, `messages`, `errors`)."""

    def __init__(
        self, status: int, slug: str, title: str, detail: str, extras: dict[str, Any]
    ) -> None:
        super().__init__(detail or title)
        self.status, self.slug, self.title, self.detail = status, slug, title, detail
        self.extras = extras
        self.retry_after: float | None = None

    @property
    def is_signed_out(self) -> bool:
        """The session has ended: sign in again."""
        return self.status == 401


class Unreachable(Exception):
    """No answer, or none that says whether it was done: send it again with the same key."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Client:
    """One agent's door to one organization."""

    def __init__(self, server_url: str, org_id: int, token: str | None = None) -> None:
        self.server_url, self.org_id, self.token = server_url.rstrip("/"), org_id, token

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The session at the server stays: see sign_out."""
        raise NotImplementedError

    async def call(
        self,
        endpoint: Endpoint,
        *,
        path: Mapping[str, int] | None = None,
        body: Struct | None = None,
        query: Struct | None = None,
        key: str | None = None,
        if_match: int | None = None,
    ) -> Any:
        """Call an endpoint; answers what its `answer` says. Raises Problem or Unreachable.

        Without a `key` a POST that knows retries gets a new one.
        """
        raise NotImplementedError

    async def sign_in(self, email: str, password: str) -> SessionView:
        """Open a session; later calls are made in it."""
        raise NotImplementedError

    async def sign_out(self) -> None:
        """End the session at the server."""
        raise NotImplementedError

    async def me(self) -> MeView:
        raise NotImplementedError

    async def organization(self) -> Organization:
        raise NotImplementedError

    async def queues(self) -> Queues:
        raise NotImplementedError

    async def users(self) -> list[UserView]:
        """Everybody on the agents' side, all pages."""
        raise NotImplementedError

    async def page(self, query: queries.TicketQuery) -> Page[TicketView]:
        """One page of tickets."""
        raise NotImplementedError

    async def conversation(self, number: int) -> Conversation:
        """A ticket with its description and its newest messages."""
        raise NotImplementedError

    async def older_messages(self, number: int, cursor: str) -> Page[MessageView]:
        """The messages before those held, newest first."""
        raise NotImplementedError

    async def history(self, number: int, after: int = 0) -> EventPage:
        """A ticket's events, oldest first."""
        raise NotImplementedError

    async def events(self, after: int, limit: int = PAGE) -> EventPage:
        """The organization's events after a seq, oldest first."""
        raise NotImplementedError

    async def open_stream(self, public_key: str) -> StreamTicket:
        """Have the live stream opened for a CURVE key."""
        raise NotImplementedError

    async def file(self, command: FileTicket, key: str | None = None) -> TicketView:
        """File a ticket."""
        raise NotImplementedError

    async def claim(self, number: int, key: str | None = None) -> TicketView:
        """Claim a ticket. Problem `already-claimed` has the winner in `extras["assignee"]`."""
        raise NotImplementedError

    async def release(self, number: int, key: str | None = None) -> TicketView:
        """Put a ticket back into the queue."""
        raise NotImplementedError

    async def assign(self, number: int, user_id: int | None, key: str | None = None) -> TicketView:
        """Hand a ticket to an agent; None releases it."""
        raise NotImplementedError

    async def edit(
        self, number: int, command: EditTicket, version: int | None = None
    ) -> TicketView:
        """Edit a ticket; with a version only if it is still at it (Problem `stale-version`)."""
        raise NotImplementedError

    async def add_message(
        self, number: int, command: AddMessage, key: str | None = None
    ) -> MessageView:
        """Write a reply or a note. Problem `conversation-advanced` has `extras["messages"]`."""
        raise NotImplementedError
