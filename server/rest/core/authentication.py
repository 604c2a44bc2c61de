"""Who a token is: looked up in the database, remembered for half a second.

So what another process ends (a session, a key, a person) stops working here within a second.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from common.errors import Unauthenticated
from server.clock import Clock
from server.domain.timestamps import to_microseconds
from server.storage.engine.database import Database
from server.storage.queries import sessions
from server.storage.queries.sessions import Login

CACHE_SECONDS: Final = 0.5
_MAX_CACHED_LOGINS: Final = 10_000


class Authenticator:
    """Tokens to callers."""

    def __init__(self, database: Database, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._remembered: dict[str, tuple[Login, float]] = {}

    async def authenticate(self, authorization: str | None) -> Login:
        """The caller behind an `Authorization` header. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the header Authorization: Bearer TOKEN.")
        remembered = self._remembered.get(token)
        if remembered is not None and self._monotonic() < remembered[1]:
            return remembered[0]
        return await self._load_login(token.strip(), self._clock())

    def clear_cache(self) -> None:
        """After a session, a key or a person has changed here: look everybody up again."""
        self._remembered.clear()

    async def _load_login(self, token: str, now: datetime) -> Login:
        login = await self._database.read_one(
            lambda reading: sessions.find_login(reading, token, to_microseconds(now))
        )
        if login is None:
            self._remembered.pop(token, None)
            raise Unauthenticated("The token is wrong, has expired or was ended: sign in again.")
        if len(self._remembered) >= _MAX_CACHED_LOGINS:
            self._remembered.clear()
        self._remembered[token] = (login, self._monotonic() + CACHE_SECONDS)
        return login
