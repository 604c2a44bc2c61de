"""Posts to receivers: one attempt, within strict limits.

The client follows no redirect, uses no proxy of the environment, keeps no cookie and reads no body.
It checks the address of each socket as it is created, so a name that later resolves to a private
address (DNS rebinding) does not get there.
"""

import importlib.metadata
import socket
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from server.domain.webhooks import receiver_addresses
from server.domain.webhooks.retry_schedule import AttemptResult

TIMEOUT_SECONDS: Final = 15.0
"""For a whole attempt: name, connection, handshake, and the answer's status."""
DNS_TIMEOUT_SECONDS: Final = 5.0
"""For the first answer to the question where a name leads."""
_USER_AGENT: Final = f"Deskwire/{importlib.metadata.version('deskwire')}"
_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": _USER_AGENT}


class PrivateAddressError(OSError):
    """The receiver's name resolves to an address where nothing may be sent."""


class WebhookClient:
    """Sends bodies; `allow_private` is the operator's setting."""

    def __init__(self, *, allow_private: bool, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._allow_private = allow_private
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None
        self._resolver: aiohttp.AsyncResolver | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        """Makes one attempt, and returns its result whatever the receiver does."""
        if fault := receiver_addresses.find_url_error(url, allow_private=self._allow_private):
            return AttemptResult(error=f"the URL {fault}")
        try:
            async with self._open_session().post(
                url, data=body, headers={**_HEADERS, **headers}, allow_redirects=False
            ) as response:
                return AttemptResult(response.status, None, response.headers.get("Retry-After"))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return AttemptResult(error=_describe_error(error))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._resolver is not None:
            await self._resolver.close()

    def _open_session(self) -> aiohttp.ClientSession:
        """Returns the session; created on first use, because it belongs to the running loop."""
        if self._session is None:
            # Names are asked for without threads: those are few, cannot be called back, and one
            # organization's dead names would take them all.
            self._resolver = aiohttp.AsyncResolver(timeout=DNS_TIMEOUT_SECONDS, tries=2)
            connector = aiohttp.TCPConnector(
                limit=0,
                resolver=self._resolver,
                socket_factory=self._create_socket,
                ttl_dns_cache=60,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _create_socket(self, info: Any) -> socket.socket:
        """Returns a socket for an address. Raises PrivateAddressError."""
        family, type_, proto, _, address = info
        if not self._allow_private and not receiver_addresses.is_public_address(str(address[0])):
            raise PrivateAddressError("private address")
        return socket.socket(family=family, type=type_, proto=proto)


def _describe_error(error: Exception) -> str:
    """Returns the kind of failure for an admin, and nothing that a receiver wrote."""
    for kind, says in _ERROR_TEXTS:
        if _is_caused_by(error, kind):
            return says
    return "no HTTP answer"


def _is_caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    """Returns whether an error, its cause or an error inside it is of a kind."""
    if isinstance(error, kind):
        return True
    held = [error.__cause__, getattr(error, "os_error", None), *getattr(error, "exceptions", ())]
    return any(_is_caused_by(it, kind) for it in held if it is not None and it is not error)


_ERROR_TEXTS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (PrivateAddressError, "the name leads to a private address"),
    (aiohttp.ClientConnectorDNSError, "the name cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, "the certificate is not valid"),
    (aiohttp.ClientConnectorSSLError, "TLS could not be agreed on"),
    (TimeoutError, f"no answer within {TIMEOUT_SECONDS:.0f} s"),
    (ConnectionRefusedError, "the connection was refused"),
    (aiohttp.ClientConnectorError, "the connection could not be made"),
    (aiohttp.ServerDisconnectedError, "the connection was closed without an answer"),
    (ConnectionError, "the connection broke"),
    (aiohttp.InvalidURL, "the URL is not valid"),
)
