"""Calls the REST API from a command: one connection, without an event loop.

The workstation's client needs aiohttp, whose import alone takes longer than most commands.
"""

from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final, Self
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from common.endpoint import Endpoint
from tui import clock
from tui.network.api_errors import ApiProblem, Unreachable, build_api_error
from tui.network.query_parameters import Parameters

_TIMEOUT_SECONDS: Final = 15.0
_PAUSES: Final = (0.3, 1.0, 3.0)
"""Seconds before each further attempt at a request that may be sent twice."""
_LONGEST_PAUSE: Final = 10.0
"""The longest time that a server may ask for."""
_CHUNK_BYTES: Final = 256 * 1024
_TOO_MANY: Final = 429


class ApiRequest(Struct, frozen=True, kw_only=True):
    """A request to an endpoint; with `key` it may be sent again, and is done once."""

    endpoint: Endpoint
    path: Mapping[str, int | str] = {}
    query: Parameters = []
    body: bytes | None = None
    body_type: str = "application/json"
    key: str | None = None
    version: int | None = None

    @property
    def is_repeatable(self) -> bool:
        """Returns whether it does no more when it is sent twice."""
        return self.key is not None or self.endpoint.method == "GET"


class RestCaller:
    """One caller's access to one organization. Raises ApiProblem or Unreachable."""

    def __init__(self, server_url: str, org_id: int, token: str | None = None) -> None:
        self.server_url, self.org_id, self.token = server_url.rstrip("/"), org_id, token
        self._address = urlsplit(self.server_url)
        self._connection: HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the session at the server stays."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def fetch(self, request: ApiRequest) -> bytes:
        """Returns the body of the answer. Repeats what may be repeated, with pauses."""
        for pause in (*_PAUSES, None):
            try:
                return b"".join(self._send(request))
            except (ApiProblem, Unreachable) as error:
                if pause is None or not _is_worth_repeating(request, error):
                    raise
                clock.wait_seconds(min(max(pause, error.retry_after or 0), _LONGEST_PAUSE))
        raise AssertionError

    def fetch_chunks(self, request: ApiRequest) -> Iterator[bytes]:
        """Yields the body of the answer piece by piece."""
        yield from self._send(request)

    def _send(self, request: ApiRequest) -> Iterator[bytes]:
        try:
            response = self._open_response(request)
            if response.status // 100 != 2:  # noqa: PLR2004 - RFC 9110, successful
                raise build_api_error(response.status, dict(response.headers), response.read())
            while chunk := response.read(_CHUNK_BYTES):
                yield chunk
        except TimeoutError as error:
            self.close()
            raise Unreachable("it took too long") from error
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise Unreachable(str(error) or type(error).__name__) from error

    def _open_response(self, request: ApiRequest) -> HTTPResponse:
        connection = self._connect()
        target = self._address.path + request.endpoint.url.format(
            org_id=self.org_id, **request.path
        )
        if request.query:
            target += f"?{urlencode(request.query)}"
        connection.request(request.endpoint.method, target, request.body, self._headers(request))
        return connection.getresponse()

    def _connect(self) -> HTTPConnection:
        if self._connection is None:
            is_encrypted = self._address.scheme == "https"
            kind = HTTPSConnection if is_encrypted else HTTPConnection
            host = self._address.hostname or ""
            self._connection = kind(host, self._address.port, timeout=_TIMEOUT_SECONDS)
        return self._connection

    def _headers(self, request: ApiRequest) -> dict[str, str]:
        headers = {"Content-Type": request.body_type} if request.body is not None else {}
        if self.token and not request.endpoint.is_open:
            headers["Authorization"] = f"Bearer {self.token}"
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        if request.version is not None:
            headers["If-Match"] = f'"{request.version}"'
        return headers


def _is_worth_repeating(request: ApiRequest, error: ApiProblem | Unreachable) -> bool:
    if isinstance(error, ApiProblem):
        return error.status == _TOO_MANY
    return request.is_repeatable
