"""The server's side of one HTTP connection, with the time limits that aiohttp lacks.

aiohttp waits without a limit for the rest of a request's head, and for a client that reads nothing.
The time limit for a body is in `request_body`.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from server.monitoring.incident_log import IncidentLog
from server.rest.core import response
from server.rest.core.error_middleware import HttpRefusal
from server.rest.core.request_id import generate_request_id

_HEADERS: Final = {"Server": "Deskwire", "X-Content-Type-Options": "nosniff"}
"""On every answer: no version for who looks for known holes, and no guessing of types."""
_IDLE_SECONDS: Final = 180.0
"""An idle connection lives longer than proxies keep theirs: they must be the first to close it."""


class HttpConnection(web.RequestHandler):
    """Closes a connection whose client takes too long to send a head, or to read a response."""

    __slots__ = ("_head_timer", "_incidents", "_is_silent", "_request_timeout", "_stall_timer")

    def __init__(self, manager: "HttpServer", *, request_timeout: float, **more: Any) -> None:
        super().__init__(manager, **more)
        self._incidents = manager.incidents
        self._request_timeout = request_timeout
        self._is_silent = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_timer = self._loop.call_later(self._request_timeout, self._close_late_head)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._head_timer = _cancel_timer(self._head_timer)
        self._stall_timer = _cancel_timer(self._stall_timer)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._is_silent = False
        if not self._is_awaiting_head():
            self._head_timer = _cancel_timer(self._head_timer)
        elif self._head_timer is None:
            self._head_timer = self._loop.call_later(self._request_timeout, self._close_late_head)

    def _process_keepalive(self) -> None:
        """Leaves a connection on which a head has begun to the head's own timer."""
        if self._head_timer is None:
            super()._process_keepalive()
        else:
            self._keepalive_handle = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall_timer = self._loop.call_later(self._request_timeout, self._abort_stalled)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall_timer = _cancel_timer(self._stall_timer)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.Response) and resp.status == HTTPStatus.EXPECTATION_FAILED:
            # aiohttp refuses an unknown `Expect` before any layer of ours.
            resp = _make_http_problem(resp.status, resp.text).to_web_response()
        resp.headers.update(_HEADERS)
        return await super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Renders a request that is not HTTP as a problem; aiohttp sends a text.

        Such a request is the sender's fault and needs no traceback, and many of them must not fill
        the log.
        """
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or request.writer.output_size:
            super().handle_error(request, status, exc, message)
        else:
            error = type(exc).__name__
            self._incidents.report_failure(
                "request is not HTTP", error, error=error, peer=request.remote
            )
        if isinstance(exc, LineTooLong):
            status, message = 431, "its address or one of its headers is too long"
        response = _make_http_problem(status, message).to_web_response()
        response.force_close()
        return response

    def _is_awaiting_head(self) -> bool:
        """Returns whether no request has arrived; before the first wait there is no waiter."""
        has_request = self._request_in_progress or bool(self._messages)
        return not has_request and not (self._waiter is not None and self._waiter.done())

    def _close_late_head(self) -> None:
        """Closes the connection, silently if the client has sent nothing: it may be a spare one."""
        self._head_timer = None
        if self._is_awaiting_head() and self.transport is not None:
            if not self._is_silent:
                self.transport.write(_render_late_head(self._request_timeout))
            self.force_close()

    def _abort_stalled(self) -> None:
        self._stall_timer = None
        if self.transport is not None:
            self.transport.abort()


class HttpServer(web.Server):
    """Makes connections of our own kind."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.incidents = IncidentLog()

    def __call__(self) -> web.RequestHandler:
        return HttpConnection(self, loop=self._loop, **self._kwargs)


class HttpRunner(web.AppRunner):
    """Runs an application on such connections; `request_timeout` is in seconds."""

    def __init__(self, app: web.Application, *, request_timeout: float, **more: Any) -> None:
        super().__init__(app, keepalive_timeout=_IDLE_SECONDS, **more)
        self._kwargs["request_timeout"] = request_timeout

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return HttpServer(
            plain.request_handler,
            request_factory=plain.request_factory,
            loop=asyncio.get_running_loop(),
            **self._kwargs,
        )


def _cancel_timer(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Returns what is left of a timer: nothing."""
    if timer is not None:
        timer.cancel()
    return None


def _make_http_problem(status: int, message: str | None) -> response.ApiResponse:
    reason = (message or "").strip().partition("\n")[0].rstrip(":.")
    detail = f"This is not a valid HTTP request: {reason}." if reason else "The server failed."
    return response.make_problem_response(HttpRefusal(detail, status), generate_request_id())


def _render_late_head(seconds: float) -> bytes:
    """Returns the raw response; aiohttp has no request to answer yet."""
    refusal = HttpRefusal(f"The request's headers did not come within {seconds:g} s.", 408)
    document = response.make_problem_response(refusal, generate_request_id())
    lines = {
        **_HEADERS,
        **document.headers,
        "Content-Length": str(len(document.body)),
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 408 Request Timeout\r\n{head}\r\n".encode() + document.body
