"""The cache of logins: one look into the database for all requests of half a second."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from common.errors import Unauthenticated
from common.people import Actor, Role
from server.rest.core.authentication import CACHE_SECONDS, Authenticator
from server.storage.engine.database import Database
from server.storage.queries.person.sessions import Login

LOGIN = Login(Actor(1000, Role.AGENT, 1001, "Ann"), "hash", None)


class CountingDatabase:
    """Knows one login, or none, and counts how often it is asked."""

    def __init__(self) -> None:
        self.login: Login | None = LOGIN
        self.reads = 0

    async def read_one(self, _: Callable[[Any], Any]) -> Login | None:
        self.reads += 1
        return self.login


class Desk:
    def __init__(self) -> None:
        self.database = CountingDatabase()
        self.seconds = 0.0
        self.logins = Authenticator(
            cast(Database, self.database),
            lambda: datetime(2026, 2, 3, tzinfo=UTC),
            lambda: self.seconds,
        )


@pytest.mark.parametrize(
    "header", ["Bearer token", "bearer token", "Bearer   token", "Bearer token  ", "BEARER \ttoken"]
)
async def test_a_token_is_looked_up_once_however_it_is_spaced(header: str) -> None:
    desk = Desk()
    assert await desk.logins.authenticate(header) is LOGIN
    assert await desk.logins.authenticate(header) is LOGIN
    assert await desk.logins.authenticate("Bearer token") is LOGIN
    assert desk.database.reads == 1


async def test_a_login_is_looked_up_again_after_half_a_second() -> None:
    desk = Desk()
    await desk.logins.authenticate("Bearer  token")
    desk.database.login, desk.seconds = None, CACHE_SECONDS
    with pytest.raises(Unauthenticated):
        await desk.logins.authenticate("Bearer  token")


async def test_a_cleared_cache_forgets_every_login() -> None:
    desk = Desk()
    await desk.logins.authenticate("Bearer  token")
    desk.logins.clear_cache()
    await desk.logins.authenticate("Bearer  token")
    assert desk.database.reads == 2


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer   ", "Basic token"])
async def test_a_header_without_a_token_is_not_looked_up(header: str | None) -> None:
    desk = Desk()
    with pytest.raises(Unauthenticated, match="Authorization"):
        await desk.logins.authenticate(header)
    assert desk.database.reads == 0
