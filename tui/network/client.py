"""REST out: every request that this client makes. Raises Problem or Unreachable, nothing else."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

import msgspec
from msgspec import Struct

from common import accounts, endpoints, notification_endpoints, queries, report_endpoints, reports
from common.endpoint import Endpoint
from common.envelope import EventPage
from common.notifications import Inbox, ReadMark, ReadNotices
from common.organization import Organization
from common.people import AGENTS
from common.tickets.assigning import AssignTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from common.wire import (
    Conversation,
    MentionableView,
    MessageView,
    MeView,
    Page,
    Queues,
    SessionView,
    StreamTicket,
    TicketView,
    UserView,
    WrittenMessage,
)
from tui.network import stream_codec
from tui.network.api_errors import Problem, Unreachable
from tui.network.transport import Request, Transport
from tui.server_clock import ServerClock
from tui.text import safe_text

__all__ = ["PAGE", "Client", "Problem", "Unreachable", "intention"]

PAGE: Final = 1000
"""The longest page that an agent may ask for."""

Answer = TypeVar("Answer")


def intention() -> str:
    """A key for one wish of the user's: sent again with it, a request does nothing twice."""
    return str(uuid4())


class Client:
    """One agent's door to one organization."""

    def __init__(self, server_url: str, org_id: int, token: str | None = None) -> None:
        self.server_url, self.org_id, self.token = server_url.rstrip("/"), org_id, token
        self._transport = Transport()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def server_clock(self) -> ServerClock:
        """Returns what answers and heartbeats say of the server's clock."""
        return self._transport.server_clock

    async def close(self) -> None:
        """Close the connections. The session at the server stays: see sign_out."""
        await self._transport.close()

    # -- any endpoint

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
        """Call an endpoint; answers what its `answer` says.

        Without a `key` a POST that knows retries gets a new one: pass `intention()` where the
        user may send the same thing again.
        """
        request = self._request(endpoint, path or {}, body, query)
        if endpoint.retries:
            request.headers["Idempotency-Key"] = key or intention()
        if if_match is not None:
            request.headers["If-Match"] = f'"{if_match}"'
        raw = await self._transport.fetch(request)
        return _decoded(raw, endpoint.answer) if endpoint.answer else None

    def _request(
        self,
        endpoint: Endpoint,
        path: Mapping[str, int],
        body: Struct | None,
        query: Struct | None,
    ) -> Request:
        headers = {} if body is None else {"Content-Type": "application/json"}
        if self.token and not endpoint.is_open:
            headers["Authorization"] = f"Bearer {self.token}"
        return Request(
            method=endpoint.method,
            url=self.server_url + endpoint.url.format(org_id=self.org_id, **path),
            headers=headers,
            parameters=_parameters(query),
            body=None if body is None else msgspec.json.encode(body),
            repeatable=endpoint.retries or endpoint.method == "GET",
        )

    async def _read(
        self, kind: type[Answer], endpoint: Endpoint, query: Struct | None = None, **path: int
    ) -> Answer:
        raw = await self._transport.fetch(self._request(endpoint, path, None, query))
        answer: Answer = _decoded(raw, kind)
        return answer

    # -- the session

    async def sign_in(self, email: str, password: str) -> SessionView:
        """Open a session; later calls are made in it."""
        body = accounts.OpenSession(email=email, password=password)
        session: SessionView = await self.call(endpoints.OPEN_SESSION, body=body)
        self.token = session.token
        return session

    async def sign_out(self) -> None:
        """End the session at the server."""
        await self.call(endpoints.END_SESSION)
        self.token = None

    # -- reading

    async def me(self) -> MeView:
        """Who is signed in."""
        return await self._read(MeView, endpoints.READ_ME)

    async def organization(self) -> Organization:
        """The organization's settings."""
        return await self._read(Organization, endpoints.READ_ORGANIZATION)

    async def queues(self) -> Queues:
        """How many tickets stand where."""
        return await self._read(Queues, endpoints.READ_QUEUES)

    async def users(self) -> list[UserView]:
        """Everybody on the agents' side, all pages."""
        people: list[UserView] = []
        query = queries.UserQuery(role=sorted(AGENTS), limit=PAGE)
        while True:
            page = await self._read(Page[UserView], endpoints.LIST_USERS, query)
            people += page.items
            if page.next_cursor is None:
                return people
            query = msgspec.structs.replace(query, cursor=page.next_cursor)

    async def page(self, query: queries.TicketQuery) -> Page[TicketView]:
        """One page of tickets."""
        return await self._read(Page[TicketView], endpoints.LIST_TICKETS, query)

    async def conversation(self, number: int) -> Conversation:
        """A ticket with its description and its newest messages."""
        query = queries.ReadQuery(include=["messages"])
        return await self._read(Conversation, endpoints.READ_TICKET, query, number=number)

    async def older_messages(self, number: int, cursor: str, limit: int = 50) -> Page[MessageView]:
        """The messages before those held, newest first."""
        query = queries.MessageQuery(sort="-seq", limit=limit, cursor=cursor)
        return await self._read(Page[MessageView], endpoints.LIST_MESSAGES, query, number=number)

    async def history(self, number: int, after: int = 0, limit: int = PAGE) -> EventPage:
        """A ticket's events, oldest first."""
        query = queries.EventQuery(after=after, limit=limit)
        path = {"number": number}
        request = self._request(endpoints.LIST_TICKET_EVENTS, path, None, query)
        return _events(await self._transport.fetch(request))

    async def events(self, after: int, limit: int = PAGE) -> EventPage:
        """The organization's events after a seq, oldest first."""
        query = queries.EventQuery(after=after, limit=limit)
        request = self._request(endpoints.LIST_EVENTS, {}, None, query)
        return _events(await self._transport.fetch(request))

    async def notices(self, limit: int) -> Inbox:
        """The newest of what this agent was told, and how much of all is unread."""
        query = queries.NoticeQuery(limit=limit)
        return await self._read(Inbox, notification_endpoints.LIST_NOTICES, query)

    async def mentionable(self) -> list[MentionableView]:
        """The agents whom a message can name."""
        page = await self._read(Page[MentionableView], notification_endpoints.LIST_MENTIONABLE)
        return page.items

    async def read_notices(self, up_to: int) -> ReadMark:
        """Everything told up to there has been read."""
        body = ReadNotices(up_to=up_to)
        mark: ReadMark = await self.call(notification_endpoints.READ_NOTICES, body=body)
        return mark

    async def summary(self, query: reports.SummaryQuery) -> reports.Summary:
        """The figures of a range (supervisors)."""
        return await self._read(reports.Summary, report_endpoints.READ_SUMMARY, query)

    async def summary_csv(self, query: reports.SummaryQuery) -> bytes:
        """The same figures as a CSV file, byte for byte."""
        return await self._transport.fetch(
            self._request(report_endpoints.READ_SUMMARY_CSV, {}, None, query)
        )

    async def report_rows(self, query: reports.RowsQuery) -> reports.RowPage[reports.ReportRow]:
        """A page of the rows behind a figure (supervisors)."""
        kind = reports.RowPage[reports.ReportRow]
        return await self._read(kind, report_endpoints.LIST_REPORT_ROWS, query)

    async def own_figures(self, query: reports.RangeQuery) -> reports.Summary:
        """The caller's own figures."""
        return await self._read(reports.Summary, report_endpoints.READ_OWN_FIGURES, query)

    async def open_stream(self, public_key: str) -> StreamTicket:
        """Have the live stream opened for a CURVE key (Z85)."""
        body = accounts.OpenStream(public_key=public_key)
        ticket: StreamTicket = await self.call(endpoints.OPEN_STREAM, body=body)
        return ticket

    # -- commands; `key` is an intention(), the same again when the same is sent again

    async def file(self, command: FileTicket, key: str | None = None) -> TicketView:
        """File a ticket."""
        ticket: TicketView = await self.call(endpoints.FILE_TICKET, body=command, key=key)
        return ticket

    async def claim(self, number: int, key: str | None = None) -> TicketView:
        """Claim a ticket. Problem `already-claimed` has the winner in `extras["assignee"]`."""
        return await self._command(endpoints.CLAIM_TICKET, number, None, key)

    async def release(self, number: int, key: str | None = None) -> TicketView:
        """Put a ticket back into the queue."""
        return await self._command(endpoints.RELEASE_TICKET, number, None, key)

    async def assign(self, number: int, user_id: int | None, key: str | None = None) -> TicketView:
        """Hand a ticket to an agent; None releases it."""
        return await self._command(endpoints.ASSIGN_TICKET, number, AssignTicket(user_id), key)

    async def edit(
        self, number: int, command: EditTicket, version: int | None = None
    ) -> TicketView:
        """Edit a ticket; with a version only if it is still at it (Problem `stale-version`)."""
        ticket: TicketView = await self.call(
            endpoints.EDIT_TICKET, path={"number": number}, body=command, if_match=version
        )
        return ticket

    async def add_message(
        self, number: int, command: AddMessage, key: str | None = None
    ) -> WrittenMessage:
        """Write a reply or a note. Problem `conversation-advanced` brings `messages`."""
        message: WrittenMessage = await self.call(
            endpoints.ADD_MESSAGE, path={"number": number}, body=command, key=key
        )
        return message

    async def _command(
        self, endpoint: Endpoint, number: int, body: Struct | None, key: str | None
    ) -> TicketView:
        path = {"number": number}
        ticket: TicketView = await self.call(endpoint, path=path, body=body, key=key)
        return ticket


def _parameters(query: Struct | None) -> list[tuple[str, str]]:
    """A query as it stands in an address: a list is its name repeated, what is unset is left."""
    pairs = msgspec.to_builtins(query).items() if query is not None else ()
    return [
        (name, _written(item))
        for name, value in pairs
        for item in (value if isinstance(value, list) else [value])
    ]


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _decoded(raw: bytes, kind: Any) -> Any:
    try:
        return safe_text.decode(raw, kind)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"The server's answer was not understood: {error}") from error


def _events(raw: bytes) -> EventPage:
    try:
        return stream_codec.page(raw)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"The server's answer was not understood: {error}") from error
