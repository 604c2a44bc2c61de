"""The server's side of one connection, where what comes is no HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from server.rest.core.connection import HttpRunner
from tests.support.waiting import PATIENCE


async def _fail(request: web.Request) -> web.Response:
    raise LookupError(request.path)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server of one route, which fails."""
    app = web.Application()
    app.router.add_get("/", _fail)
    runner = HttpRunner(app, request_timeout=300)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def _send(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    writer.close()
    return answer


async def test_many_requests_that_are_no_http_are_one_line_in_the_log(port: int) -> None:
    with capture_logs() as lines:
        answers = [await _send(port, b"GET / HTTP/1.1\r\n\r\n") for _ in range(20)]
        await _send(port, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")
    assert [it["event"] for it in lines] == ["request is not HTTP"]
    assert (lines[0]["error"], lines[0]["peer"]) == ("BadHttpMessage", "127.0.0.1")
    problem = json.loads(answers[0].partition(b"\r\n\r\n")[2])
    assert problem["status"] == 400
    assert problem["detail"].endswith("Missing 'Host' header in request.")


async def test_an_unknown_expectation_is_refused_by_a_problem(port: int) -> None:
    answer = await _send(
        port, b"GET / HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\nConnection: close\r\n\r\n"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 417 ")
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["detail"].endswith("Unknown Expect: a miracle.")


async def test_a_fault_of_our_own_outside_the_routes_keeps_its_traceback(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await _send(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    (record,) = (it for it in caplog.records if it.name == "aiohttp.server")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)
