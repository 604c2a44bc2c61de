"""Clients that send half a request, or read nothing: the server does not wait for them for ever."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from server.storage.connect import open_database
from tests.support.desk import Org, ServedDesk, Tenants
from tests.support.process import ServerProcess, serving
from tests.support.sqlite_file import make_sqlite_url

HEAD = "POST /v1/orgs/4821/sessions HTTP/1.1\r\nHost: desk\r\n"
JSON = "Content-Type: application/json\r\n"
CALM_SECONDS = 4


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_sqlite_url(tmp_path_factory.mktemp("slow"))


@pytest.fixture(scope="module")
def impatient(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that waits for one second: for clients that let it wait."""
    log = tmp_path_factory.mktemp("slow") / "log"
    with serving(url, log, request_timeout=1) as server:
        yield server


@pytest.fixture(scope="module")
def calm(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on the same database that waits longer: a busy machine makes every client slow."""
    log = tmp_path_factory.mktemp("calm") / "log"
    with serving(url, log, request_timeout=CALM_SECONDS) as server:
        yield server


@pytest.fixture(scope="module")
def desk(calm: ServerProcess, url: str) -> Iterator[ServedDesk]:
    database = open_database(url)
    yield ServedDesk(url, calm, database)
    database.close()


@pytest.fixture
async def org(desk: ServedDesk, web: aiohttp.ClientSession) -> Org:
    return await Tenants(desk, web).found()


@asynccontextmanager
async def connected(
    server: ServerProcess,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = server.http_address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_to(server: ServerProcess, *pieces: str) -> str:
    """All that the server says before it closes the connection."""
    async with connected(server) as (reader, writer):
        for piece in pieces:
            writer.write(piece.encode())
            await writer.drain()
        return (await reader.read()).decode()


async def test_half_a_head_is_answered_with_408_and_the_connection_closed(
    impatient: ServerProcess,
) -> None:
    halves = ("P", HEAD, HEAD + JSON + "X-More: ")
    for said in await asyncio.gather(*(answer_to(impatient, half) for half in halves)):
        head, _, body = said.partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 408 ")
        assert "application/problem+json" in head
        assert "Connection: close" in head
        assert '"/problems/http"' in body


async def test_a_head_that_drips_is_not_waited_for_either(impatient: ServerProcess) -> None:
    async with connected(impatient) as (reader, writer):
        writer.write(HEAD.encode())
        answer = asyncio.create_task(reader.read())
        while not answer.done():
            writer.write(b"X-Drip: 1\r\n")
            await asyncio.wait([answer], timeout=0.1)
        assert (await answer).startswith(b"HTTP/1.1 408 ")


async def test_a_connection_that_never_says_anything_is_closed_in_silence(
    impatient: ServerProcess,
) -> None:
    assert await answer_to(impatient) == ""


async def test_half_a_body_is_answered_with_408(impatient: ServerProcess) -> None:
    async with connected(impatient) as (reader, writer):
        writer.write(f'{HEAD}{JSON}Content-Length: 90\r\n\r\n{{"email"'.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()

    assert head.startswith("HTTP/1.1 408 ")
    assert "Connection: close" in head
    assert "application/problem+json" in head


async def test_half_of_a_second_request_is_not_waited_for_either(
    calm: ServerProcess,
) -> None:
    async with connected(calm) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n")
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"}")
        writer.write(b"GET /healthz HTTP/1.1\r\nHost")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_requests_that_come_in_pieces_in_time_are_served(calm: ServerProcess) -> None:
    async with connected(calm) as (reader, writer):
        for _ in range(3):
            for piece in ("GET /healthz HT", "TP/1.1\r\nHost: ", "desk\r\n\r\n"):
                writer.write(piece.encode())
                await writer.drain()
                await asyncio.sleep(0)
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(b"}")


async def test_a_client_that_reads_nothing_is_disconnected(
    impatient: ServerProcess, org: Org
) -> None:
    customer = await org.customer()
    for _ in range(20):
        await customer.file(description="x" * 60_000)
    token = f"Host: desk\r\nAuthorization: Bearer {customer.token}\r\n\r\n"
    path = "/v1/orgs/4821/tickets/"
    asked = "".join(f"GET {path}{number} HTTP/1.1\r\n{token}" for number in range(1, 21))
    async with connected(impatient) as (_, writer):
        with pytest.raises(ConnectionError):
            await ask_on(writer, asked)


async def ask_on(writer: asyncio.StreamWriter, asked: str) -> None:
    """Sends for as long as somebody takes it."""
    while True:
        writer.write(asked.encode())
        await writer.drain()


async def test_what_is_no_http_gets_a_problem_without_a_version_of_anything(
    calm: ServerProcess,
) -> None:
    said = await answer_to(calm, "This is no HTTP at all\r\n\r\n")

    assert said.startswith("HTTP/1.")
    assert " 400 " in said.partition("\r\n")[0]
    assert '"/problems/http"' in said
    assert "aiohttp" not in said.lower()
    assert "python" not in said.lower()


async def test_an_address_that_is_too_long_is_answered_without_repeating_it(
    calm: ServerProcess,
) -> None:
    said = await answer_to(calm, f"GET /{'x' * 9000} HTTP/1.1\r\nHost: desk\r\n\r\n")

    assert " 431 " in said.partition("\r\n")[0]
    assert "xxx" not in said


async def test_answers_name_no_versions_and_let_nobody_guess_types(
    calm: ServerProcess, web: aiohttp.ClientSession
) -> None:
    for path in (
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/docs",
        "/rate/x",
        "/v1/orgs/1/me",
        "/x",
    ):
        async with web.get(calm.http + path) as response:
            assert response.headers["Server"] == "Deskwire"
            assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/docs", "/rate/x"])
async def test_pages_are_shown_in_no_frame_and_load_nothing_from_elsewhere(
    calm: ServerProcess, web: aiohttp.ClientSession, path: str
) -> None:
    async with web.get(calm.http + path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def upload_head(org: Org, token: str, size: int) -> str:
    """The head of an upload of a file, and the beginning of its form."""
    form = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    length = len(form) + size + len("\r\n--x--\r\n")
    return (
        f"POST /v1/orgs/{org.id}/tickets/1/attachments HTTP/1.1\r\nHost: desk\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {length}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\n\r\n{form}"
    )


async def test_an_upload_may_be_slow_and_must_not_stand_still(
    impatient: ServerProcess, calm: ServerProcess, org: Org
) -> None:
    customer = await org.customer()
    await customer.file()
    said = await answer_to(impatient, upload_head(org, customer.token, 90_000), "x" * 50_000)
    assert said.startswith("HTTP/1.1 408 ")
    assert "No part of the body came within 1 s." in said
    piece, pause = "x" * 50_000, 0.2
    many = int(CALM_SECONDS / pause) + 2
    async with connected(calm) as (reader, writer):
        writer.write(upload_head(org, customer.token, many * len(piece)).encode())
        for _ in range(many):
            writer.write(piece.encode())
            # Longer than the limit in all, and never as long without a byte.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(pause):
                    await reader.read(1)
        writer.write(b"\r\n--x--\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 201 ")
    assert len((await customer.get("/tickets/1/messages")).expect(200)["items"]) == 1
