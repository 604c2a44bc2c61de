"""The REST client: all requests of the workstation. Raises only ApiProblem or Unreachable."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar, overload

import msgspec
from msgspec import Struct

from common import (
    accounts,
    attachment_endpoints,
    endpoints,
    library_endpoints,
    notification_endpoints,
    queries,
    report_endpoints,
    reports,
)
from common.endpoint import Endpoint
from common.envelope import EventPage
from common.file_messages import SendFiles
from common.macros import MacroView
from common.notifications import Inbox, ReadMark, ReadNotices
from common.organization import Organization
from common.people import AGENTS
from common.tickets.filing import FileTicket
from common.tickets.registry import Command, TicketCommand
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
from tui.network.api_errors import ApiProblem, Unreachable
from tui.network.idempotency_key import make_idempotency_key
from tui.network.query_parameters import build_query_pairs
from tui.network.transport import HttpRequest, Transport
from tui.network.upload_form import TransferProgress, open_form
from tui.server_clock import ServerClock
from tui.text import safe_text

__all__ = ["MAX_PAGE_SIZE", "ApiProblem", "Client", "Unreachable", "make_idempotency_key"]

MAX_PAGE_SIZE: Final = 1000
"""The longest page that an agent may ask for."""

Answer = TypeVar("Answer")


class Client:
    """One agent's access to one organization."""

    def __init__(self, server_url: str, org_id: int, token: str | None = None) -> None:
        self.server_url, self.org_id, self.token = server_url.rstrip("/"), org_id, token
        self.public_url = self.server_url
        """The server's address in links for people, as it says itself."""
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
        """Closes the connections. The session at the server stays: see sign_out."""
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
        """Calls an endpoint, and returns its answer, decoded as the endpoint's `answer`.

        Without a `key` an endpoint with retries gets a new one. Pass `make_idempotency_key()`
        where the user may send the same thing again. Raises ApiProblem or Unreachable.
        """
        request = self._build_request(endpoint, path or {}, body, query)
        if endpoint.retries:
            request.headers["Idempotency-Key"] = key or make_idempotency_key()
        if if_match is not None:
            request.headers["If-Match"] = f'"{if_match}"'
        raw = await self._transport.fetch(request)
        if endpoint.answer is str:
            return safe_text.clean_block(raw.decode(errors="replace"))
        return _decode_answer(raw, endpoint.answer) if endpoint.answer else None

    def _build_request(
        self,
        endpoint: Endpoint,
        path: Mapping[str, int],
        body: Struct | None,
        query: Struct | None = None,
    ) -> HttpRequest:
        headers = {} if body is None else {"Content-Type": "application/json"}
        if self.token and not endpoint.is_open:
            headers["Authorization"] = f"Bearer {self.token}"
        return HttpRequest(
            method=endpoint.method,
            url=self.server_url + endpoint.url.format(org_id=self.org_id, **path),
            headers=headers,
            parameters=build_query_pairs(query),
            body=None if body is None else msgspec.json.encode(body),
            repeatable=endpoint.retries or endpoint.method == "GET",
        )

    async def fetch_raw(
        self, endpoint: Endpoint, query: Struct | None = None, **path: int
    ) -> bytes:
        """Returns the body of an answer as it came: for whoever passes it on."""
        return await self._transport.fetch(self._build_request(endpoint, path, None, query))

    async def _read_endpoint(
        self, kind: type[Answer], endpoint: Endpoint, query: Struct | None = None, **path: int
    ) -> Answer:
        raw = await self._transport.fetch(self._build_request(endpoint, path, None, query))
        answer: Answer = _decode_answer(raw, kind)
        return answer

    # -- the session

    async def sign_in(self, email: str, password: str) -> SessionView:
        """Opens a session; later calls are made in it."""
        body = accounts.OpenSession(email=email, password=password)
        session: SessionView = await self.call(endpoints.OPEN_SESSION, body=body)
        self.token = session.token
        self.public_url = session.public_url or self.server_url
        return session

    async def sign_out(self) -> None:
        """Ends the session at the server."""
        await self.call(endpoints.END_SESSION)
        self.token = None

    # -- reading

    async def read_me(self) -> MeView:
        """Reads the account that is signed in."""
        return await self._read_endpoint(MeView, endpoints.READ_ME)

    async def read_organization(self) -> Organization:
        """Reads the organization's settings."""
        return await self._read_endpoint(Organization, endpoints.READ_ORGANIZATION)

    async def read_queue_counts(self) -> Queues:
        """The number of tickets in each queue."""
        return await self._read_endpoint(Queues, endpoints.READ_QUEUES)

    async def list_users(self) -> list[UserView]:
        """Reads all pages of agents, supervisors and admins."""
        people: list[UserView] = []
        query = queries.UserQuery(role=sorted(AGENTS), limit=MAX_PAGE_SIZE)
        while True:
            page = await self._read_endpoint(Page[UserView], endpoints.LIST_USERS, query)
            people += page.items
            if page.next_cursor is None:
                return people
            query = msgspec.structs.replace(query, cursor=page.next_cursor)

    async def list_tickets(self, query: queries.TicketQuery) -> Page[TicketView]:
        """Reads one page of tickets."""
        return await self._read_endpoint(Page[TicketView], endpoints.LIST_TICKETS, query)

    async def read_conversation(self, number: int) -> Conversation:
        """Reads a ticket with its description and its newest messages."""
        query = queries.ReadQuery(include=["messages"])
        return await self._read_endpoint(Conversation, endpoints.READ_TICKET, query, number=number)

    async def list_older_messages(
        self, number: int, cursor: str, limit: int = 50
    ) -> Page[MessageView]:
        """Reads the messages before those at the cursor, newest first."""
        query = queries.MessageQuery(sort="-seq", limit=limit, cursor=cursor)
        return await self._read_endpoint(
            Page[MessageView], endpoints.LIST_MESSAGES, query, number=number
        )

    async def list_ticket_events(
        self, number: int, after: int = 0, limit: int = MAX_PAGE_SIZE
    ) -> EventPage:
        """Reads a ticket's events, oldest first."""
        query = queries.EventQuery(after=after, limit=limit)
        path = {"number": number}
        request = self._build_request(endpoints.LIST_TICKET_EVENTS, path, None, query)
        return _decode_events(await self._transport.fetch(request), after)

    async def list_events(self, after: int, limit: int = MAX_PAGE_SIZE) -> EventPage:
        """Reads the organization's events after a seq, oldest first."""
        query = queries.EventQuery(after=after, limit=limit)
        request = self._build_request(endpoints.LIST_EVENTS, {}, None, query)
        return _decode_events(await self._transport.fetch(request), after)

    async def list_notifications(self, limit: int) -> Inbox:
        """Reads this agent's newest notifications, and the count of all unread ones."""
        query = queries.NotificationQuery(limit=limit)
        return await self._read_endpoint(Inbox, notification_endpoints.LIST_NOTIFICATIONS, query)

    async def list_mentionable(self) -> list[MentionableView]:
        """Reads the agents whom a message can mention."""
        page = await self._read_endpoint(
            Page[MentionableView], notification_endpoints.LIST_MENTIONABLE
        )
        return page.items

    async def list_macros(self) -> list[MacroView]:
        """Reads all pages of the macros that this agent can use."""
        macros: list[MacroView] = []
        query = queries.PageQuery(limit=MAX_PAGE_SIZE)
        while True:
            page = await self._read_endpoint(Page[MacroView], library_endpoints.LIST_MACROS, query)
            macros += page.items
            if page.next_cursor is None:
                return macros
            query = msgspec.structs.replace(query, cursor=page.next_cursor)

    async def mark_notifications_read(self, up_to: int) -> ReadMark:
        """Marks all notifications up to an id as read."""
        body = ReadNotices(up_to=up_to)
        mark: ReadMark = await self.call(notification_endpoints.READ_NOTIFICATIONS, body=body)
        return mark

    async def read_report_summary(self, query: reports.SummaryQuery) -> reports.Summary:
        """Reads the figures of a range (supervisors)."""
        return await self._read_endpoint(reports.Summary, report_endpoints.READ_SUMMARY, query)

    async def read_report_csv(self, query: reports.SummaryQuery) -> bytes:
        """Reads the same figures as a CSV file, byte for byte."""
        return await self._transport.fetch(
            self._build_request(report_endpoints.READ_SUMMARY_CSV, {}, None, query)
        )

    async def list_report_rows(
        self, query: reports.RowsQuery
    ) -> reports.RowPage[reports.ReportRow]:
        """Reads a page of the rows behind a figure (supervisors)."""
        kind = reports.RowPage[reports.ReportRow]
        return await self._read_endpoint(kind, report_endpoints.LIST_REPORT_ROWS, query)

    async def read_own_figures(self, query: reports.RangeQuery) -> reports.Summary:
        """Reads the caller's own figures."""
        return await self._read_endpoint(reports.Summary, report_endpoints.READ_OWN_FIGURES, query)

    async def open_stream(self, public_key: str) -> StreamTicket:
        """Opens the live stream for a CURVE key (Z85)."""
        body = accounts.OpenStream(public_key=public_key)
        ticket: StreamTicket = await self.call(endpoints.OPEN_STREAM, body=body)
        return ticket

    # -- commands; `key` is a make_idempotency_key(), the same when the same is sent again

    async def file_ticket(self, command: FileTicket, key: str | None = None) -> TicketView:
        """Files a ticket."""
        ticket: TicketView = await self.call(endpoints.FILE_TICKET, body=command, key=key)
        return ticket

    @overload
    async def send_command(
        self, number: int, command: AddMessage, *, key: str | None = None
    ) -> WrittenMessage: ...

    @overload
    async def send_command(
        self,
        number: int,
        command: TicketCommand,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> TicketView: ...

    async def send_command(
        self,
        number: int,
        command: Command,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> TicketView | WrittenMessage:
        """Sends a command to a ticket; with a version only if the ticket is still at it.

        Problems bring what the caller has missed: `already-claimed` the winner in
        `extras["assignee"]`, `stale-version` the ticket, `conversation-advanced` the `messages`.
        """
        endpoint = endpoints.TICKET_COMMANDS[type(command)]
        answer: TicketView | WrittenMessage = await self.call(
            endpoint, path={"number": number}, body=command, key=key, if_match=version
        )
        return answer

    # -- files

    async def send_files(
        self,
        number: int,
        command: SendFiles,
        paths: Sequence[Path],
        *,
        key: str | None = None,
        progress: TransferProgress | None = None,
    ) -> WrittenMessage:
        """Adds a message with files, which are read while they are sent.

        Raises UploadFailed for a file that cannot be read.
        """
        request = self._build_request(attachment_endpoints.SEND_FILES, {"number": number}, None)
        request.headers["Idempotency-Key"] = key or make_idempotency_key()
        form = open_form(command, paths, progress or TransferProgress())
        try:
            # A form is read once: after a break it is for the agent to send it again.
            sending = request._replace(body=form.data, repeatable=False)
            raw = await self._transport.fetch(sending)
        finally:
            form.close()
        message: WrittenMessage = _decode_answer(raw, WrittenMessage)
        return message

    def read_attachment(self, attachment_id: int) -> AsyncIterator[bytes]:
        """Yields a file piece by piece. Raises ApiProblem or Unreachable."""
        path = {"id": attachment_id}
        return self._transport.fetch_chunks(
            self._build_request(attachment_endpoints.READ_ATTACHMENT, path, None)
        )


def _decode_answer(raw: bytes, kind: Any) -> Any:
    try:
        return safe_text.decode_safe_json(raw, kind)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"The server's answer was not understood: {error}") from error


def _decode_events(raw: bytes, after: int) -> EventPage:
    try:
        return stream_codec.decode_event_page(raw, after)
    except msgspec.MsgspecError as error:
        raise Unreachable(f"The server's answer was not understood: {error}") from error
