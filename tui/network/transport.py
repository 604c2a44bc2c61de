"""Makes one HTTP request: bytes out, bytes back, or an error."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import aiohttp

from tui import clock
from tui.network.api_errors import Unreachable, build_api_error
from tui.server_clock import ServerClock

_TIMEOUT: Final = aiohttp.ClientTimeout(total=10, sock_connect=3)
_DROPPED: Final = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


_FILE_TIMEOUT: Final = aiohttp.ClientTimeout(total=3600, sock_connect=3, sock_read=30)
"""For files, which may take long, but must not stand still."""
_CHUNK_BYTES: Final = 256 * 1024


class HttpRequest(NamedTuple):
    """A request. `repeatable`: sent twice, it does no more than once. A form has files."""

    method: str
    url: str
    headers: dict[str, str]
    parameters: list[tuple[str, str]]
    body: bytes | aiohttp.FormData | None
    repeatable: bool


class Transport:
    """The connections to a server, opened when first needed. Every wait has a timeout."""

    def __init__(self) -> None:
        self.server_clock = ServerClock()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections; a later request opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, request: HttpRequest) -> bytes:
        """Returns the answer's body. Raises ApiProblem or Unreachable."""
        try:
            return await self._send_with_retry(request)
        except TimeoutError as error:
            raise Unreachable("it took too long") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(_describe_failure(error)) from error

    async def fetch_chunks(self, request: HttpRequest) -> AsyncIterator[bytes]:
        """Yields the answer's body piece by piece. Raises ApiProblem or Unreachable."""
        try:
            async with self._open_response(request, _FILE_TIMEOUT) as response:
                async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                    yield chunk
        except TimeoutError as error:
            raise Unreachable("it took too long") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Unreachable(_describe_failure(error)) from error

    async def _send_with_retry(self, request: HttpRequest) -> bytes:
        try:
            return await self._send_once(request)
        except _DROPPED:
            # A server that restarted has dropped the connections that were kept open to it.
            if not request.repeatable:
                raise
            return await self._send_once(request)

    async def _send_once(self, request: HttpRequest) -> bytes:
        has_files = isinstance(request.body, aiohttp.FormData)
        async with self._open_response(request, _FILE_TIMEOUT if has_files else _TIMEOUT) as it:
            return await it.read()

    @asynccontextmanager
    async def _open_response(
        self, request: HttpRequest, limits: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Opens an answer of success. Raises what `build_api_error` makes of any other."""
        asked = clock.read_steady_clock()
        async with self._get_session().request(
            request.method,
            request.url,
            headers=request.headers,
            params=request.parameters,
            data=request.body,
            allow_redirects=False,
            timeout=limits,
        ) as response:
            date = clock.parse_http_date(response.headers.get("Date"))
            if date is not None:
                self.server_clock.add_response_date(date, asked, clock.read_steady_clock())
            if response.status // 100 != 2:  # noqa: PLR2004 - RFC 9110, successful
                raw = await response.read()
                raise build_api_error(response.status, response.headers, raw)
            yield response

    def _get_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=jar)
        return self._session


def _describe_failure(error: Exception) -> str:
    """Returns why no answer came, in few words where the system has them: `connection refused`."""
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
        if isinstance(cause, ConnectionError) and cause.errno is not None:
            return os.strerror(cause.errno).lower()
        return cause.strerror or str(cause)
    return str(error) or type(error).__name__
