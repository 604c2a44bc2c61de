"""The client over real sockets: retries that do nothing twice, refusals, and a server away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import msgspec
import pytest
from aiohttp import web

from common.queries import TicketQuery
from common.tickets.claiming import ClaimTicket
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority, Status
from tui.network import transport
from tui.network.api_errors import build_api_error
from tui.network.client import ApiProblem, Client, Unreachable, make_idempotency_key

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
COMMAND = FileTicket("It broke", "Please help", customer_email="dora@example.org")


class Server:
    """Answers as the test tells it, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[web.Request] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked.append(request)
        return await self.answers.pop(0)(request)


def saying(status: int, document: object = None, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(document, status=status, headers=names)

    return answer


async def hanging_up(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.close()
    return web.Response()


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with Client(f"http://127.0.0.1:{runner.addresses[0][1]}/", 4821, "dws_x") as client:
        yield client
    await runner.cleanup()


def message(**more: object) -> dict[str, object]:
    author = {"id": 1, "role": "agent", "name": "Ana"}
    answer = {"id": 1, "kind": "reply", "body": "x", "author": author, "seq": 5}
    return answer | {"created_at": "2026-01-01T00:00:00Z"} | more


async def test_a_query_repeats_its_lists_and_leaves_out_what_is_unset(
    server: Server, client: Client
) -> None:
    server.answers = [saying(200, {"items": [], "next_cursor": None, "seq": 7})]
    page = await client.list_tickets(
        TicketQuery(status=[Status.OPEN, Status.IN_PROGRESS], q="a&b=c", limit=50)
    )
    assert page.seq == 7
    assert server.asked[0].path == "/v1/orgs/4821/tickets"
    assert sorted(server.asked[0].query.items()) == [
        ("limit", "50"),
        ("q", "a&b=c"),
        ("sort", "-created_at"),
        ("status", "in_progress"),
        ("status", "open"),
    ]
    assert server.asked[0].headers["Authorization"] == "Bearer dws_x"


async def test_a_connection_that_breaks_is_tried_once_more_with_the_same_key(
    server: Server, client: Client
) -> None:
    server.answers = [hanging_up, saying(201, message())]
    await client.send_command(17, AddMessage("x"))
    keys = [request.headers["Idempotency-Key"] for request in server.asked]
    assert len(keys) == 2
    assert keys[0] == keys[1]


async def test_an_edit_that_breaks_is_not_sent_twice_by_itself(
    server: Server, client: Client
) -> None:
    server.answers = [hanging_up]
    with pytest.raises(Unreachable):
        await client.send_command(17, EditTicket(priority=Priority.HIGH), version=3)
    assert [request.headers["If-Match"] for request in server.asked] == ['"3"']


async def test_the_same_intention_has_the_same_key_and_each_other_its_own(
    server: Server, client: Client
) -> None:
    server.answers = [saying(503), saying(201, message()), saying(201, message())]
    key = make_idempotency_key()
    with pytest.raises(Unreachable):
        await client.send_command(17, AddMessage("x"), key=key)
    await client.send_command(17, AddMessage("x"), key=key)
    await client.send_command(17, AddMessage("x"))
    keys = [request.headers["Idempotency-Key"] for request in server.asked]
    assert keys[:2] == [key, key]
    assert keys[2] != key


async def test_a_refusal_says_what_the_server_said(server: Server, client: Client) -> None:
    document = {
        "type": "/problems/already-claimed",
        "title": "Somebody else has this ticket",
        "status": 409,
        "detail": "Bo has it.\x1b[2J",
        "request_id": "r",
        "assignee": {"id": 103, "name": "Bo"},
    }
    server.answers = [saying(409, document)]
    with pytest.raises(ApiProblem) as caught:
        await client.send_command(17, ClaimTicket())
    problem = caught.value
    assert (problem.status, problem.slug, problem.detail) == (
        409,
        "already-claimed",
        "Bo has it.[2J",
    )
    assert problem.extras == {"assignee": {"id": 103, "name": "Bo"}}
    assert (problem.ticket, problem.messages) == (None, [])


async def test_a_refusal_brings_the_messages_not_yet_read(server: Server, client: Client) -> None:
    document = {"type": "/problems/conversation-advanced", "messages": [message(body="meanwhile")]}
    server.answers = [saying(409, document)]
    with pytest.raises(ApiProblem) as caught:
        await client.send_command(17, AddMessage("x", after_seq=4))
    assert [told.body for told in caught.value.messages] == ["meanwhile"]


@pytest.mark.parametrize("status", [400, 401, 404, 418, 429, 302])
async def test_a_refusal_without_a_document_is_still_one(
    server: Server, client: Client, status: int
) -> None:
    server.answers = [saying(status, ["no", "problem"], Retry_After="3")]
    with pytest.raises(ApiProblem) as caught:
        await client.file_ticket(COMMAND)
    assert (caught.value.status, caught.value.retry_after) == (status, 3)
    assert caught.value.is_signed_out == (status == 401)


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_in_trouble_is_unreachable_and_says_until_when(
    server: Server, client: Client, status: int
) -> None:
    server.answers = [saying(status, {}, Retry_After="7")]
    with pytest.raises(Unreachable) as caught:
        await client.file_ticket(COMMAND)
    assert caught.value.retry_after == 7


async def test_an_answer_that_is_none_is_unreachable(server: Server, client: Client) -> None:
    server.answers = [saying(200, {"number": "seventeen"}), saying(200, {"items": 3})]
    with pytest.raises(Unreachable):
        await client.read_me()
    with pytest.raises(Unreachable):
        await client.list_events(0)


@pytest.mark.parametrize(
    ("date", "until", "seconds"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 12:00:45 GMT", 45),
        ("Mon, 02 Mar 2026 12:00:00 GMT", "Mon, 02 Mar 2026 11:59:00 GMT", 0),
        ("Mon, 02 Mar 2026 12:00:00 GMT", "soon", None),
    ],
)
async def test_a_pause_may_be_given_as_a_date(date: str, until: str, seconds: int | None) -> None:
    error = build_api_error(503, {"Date": date, "Retry-After": until}, b"")
    assert error.retry_after == seconds


async def test_no_wait_is_without_an_end(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeout = aiohttp.ClientTimeout(total=0.2)
    monkeypatch.setattr(transport, "_TIMEOUT", timeout)
    released = asyncio.Event()

    async def frozen(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    server.answers = [frozen]
    with pytest.raises(Unreachable):
        await client.read_me()
    released.set()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://", "nonsense", "http://[::"])
async def test_where_nobody_listens_is_unreachable(url: str) -> None:
    async with Client(url, 4821) as client:
        with pytest.raises(Unreachable):
            await client.sign_in("ana@example.org", "password")


async def test_events_that_cannot_be_read_are_passed_over_and_counted(
    server: Server, client: Client
) -> None:
    bare = {"org": 4821, "seq": 1, "type": "ticket.odd", "at": "2026-01-01T00:00:00Z"}
    actor = {"id": None, "role": "system", "name": ""}
    odd = bare | {"actor": {"role": "robot"}, "ticket": {"number": 1}}
    good = bare | {"seq": 2, "actor": actor}
    server.answers = [saying(200, {"items": [odd, good], "seq": 2})]
    page = await client.list_events(0)
    assert [(event.seq, event.ticket) for event in page.items] == [
        (1, msgspec.UNSET),
        (2, msgspec.UNSET),
    ]


async def test_an_event_without_a_place_in_the_log_counts_as_the_next_one(
    server: Server, client: Client
) -> None:
    actor = {"id": None, "role": "system", "name": ""}
    good = {"org": 4821, "seq": 7, "type": "ticket.odd", "at": "2026-01-01T00:00:00Z"}
    broken = [{}, {"seq": 6, "org": "?"}, good | {"actor": actor, "epoch": "e"}, {"seq": "?"}]
    server.answers = [saying(200, {"items": broken, "seq": 8})]
    page = await client.list_events(4)
    assert [event.seq for event in page.items] == [5, 6, 7, 8]
