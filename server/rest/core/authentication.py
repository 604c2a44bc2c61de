"""Bearer tokens to callers: looked up in the database, then cached for half a second.

What another process ends (a session, an API key, an account) therefore stops working here within
a second.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from common.errors import Unauthenticated
from server.clock import Clock
from server.domain.timestamps import to_microseconds
from server.storage.engine.database import Database
from server.storage.queries.person import sessions
from server.storage.queries.person.sessions import Login

CACHE_SECONDS: Final = 0.5
_MAX_CACHED_LOGINS: Final = 10_000


class Authenticator:
    """Finds the login behind a token."""

    def __init__(self, database: Database, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._cached_logins: dict[str, tuple[Login, float]] = {}
        """By token: the login, and the time on `monotonic` until which it counts."""

    async def authenticate(self, authorization: str | None) -> Login:
        """Returns the login behind an `Authorization` header. Raises Unauthenticated."""
        token = _parse_token(authorization or "")
        login, expires_at = self._cached_logins.get(token, (None, 0.0))
        if login is not None and self._monotonic() < expires_at:
            return login
        return await self._load_login(token, self._clock())

    def clear_cache(self) -> None:
        """Forgets every login, so that a change of a session, a key or an account counts now."""
        self._cached_logins.clear()

    async def _load_login(self, token: str, now: datetime) -> Login:
        login = await self._database.read_one(
            lambda reading: sessions.find_login(reading, token, to_microseconds(now))
        )
        if login is None:
            self._cached_logins.pop(token, None)
            raise Unauthenticated("The token is wrong, has expired or was ended: sign in again.")
        if len(self._cached_logins) >= _MAX_CACHED_LOGINS:
            self._cached_logins.clear()
        self._cached_logins[token] = (login, self._monotonic() + CACHE_SECONDS)
        return login


def _parse_token(authorization: str) -> str:
    """Returns the token; several blanks before it are one (RFC 9110, 11.4)."""
    scheme, _, rest = authorization.partition(" ")
    token = rest.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send the header Authorization: Bearer TOKEN.")
    return token
