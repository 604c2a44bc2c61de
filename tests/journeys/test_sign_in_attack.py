"""Strangers who guess passwords: they are braked, and nobody else waits for them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from server.passwords import HASH_THREADS, MAX_WAITING_CHECKS
from server.rest.core.rate_limit import ADDRESS_PER_MINUTE
from server.storage.connect import open_database
from tests.support.desk import PASSWORD, Org, ServedDesk, Tenants
from tests.support.process import ServerProcess
from tests.support.rest import Reply
from tests.support.sqlite_file import make_sqlite_url
from tests.support.timed_desk import timed_desk


class BusyServer(ServerProcess):
    """A server whose hashes cost enough that an attack keeps it busy: a quarter of its own."""

    hash_memory = 32 * 1024


@pytest.fixture
async def behind_a_proxy(web: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Org]:
    """An organization on a server behind a proxy, which we are."""
    url = make_sqlite_url(tmp_path)
    server = BusyServer(url, tmp_path / "log", rate_limit=100, trusted_proxies="127.0.0.1")
    database = open_database(url)
    try:
        server.ready()
        yield await Tenants(ServedDesk("", server, database), web).found()
    finally:
        database.close()
        server.end()


@pytest.fixture
async def timed_behind_a_proxy(web: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Org]:
    """The same at a clock that stands."""
    url = make_sqlite_url(tmp_path)
    async with timed_desk(url, rate_limit=100, trusted_proxies="127.0.0.1") as desk:
        yield await Tenants(desk, web).found()


async def sign_in(org: Org, address: str, email: str, password: str) -> Reply:
    body = {"email": email, "password": password}
    return await org.stranger.post("/sessions", body, X_Forwarded_For=address)


async def guess(org: Org, address: str, email: str) -> Reply:
    return await sign_in(org, address, email, "a guess")


async def test_an_attack_from_one_address_brakes_that_address_alone(
    timed_behind_a_proxy: Org,
) -> None:
    org = timed_behind_a_proxy
    emails = [(await org.customer()).email for _ in range(ADDRESS_PER_MINUTE + 10)]
    replies = await asyncio.gather(*(guess(org, "192.0.2.1", email) for email in emails))

    assert {it.status for it in replies} == {401, 429}
    assert sum(it.status == 401 for it in replies) == ADDRESS_PER_MINUTE
    assert all(int(it.headers["Retry-After"]) > 0 for it in replies if it.status == 429)
    (await sign_in(org, "192.0.2.2", org.admin.email, PASSWORD)).expect(201)


async def test_an_attack_from_everywhere_neither_delays_nor_locks_out_who_is_known(
    behind_a_proxy: Org,
) -> None:
    org = behind_a_proxy
    email = org.admin.email
    (await sign_in(org, "203.0.113.1", email, PASSWORD)).expect(201)
    attack = [
        asyncio.create_task(guess(org, f"192.0.2.{number}", f"nobody{number}@x.example"))
        for number in range(HASH_THREADS + MAX_WAITING_CHECKS + 20)
    ]
    lock_out = [
        asyncio.create_task(guess(org, f"198.51.100.{number}", email)) for number in range(12)
    ]
    first, _ = await asyncio.wait(attack, return_when=asyncio.FIRST_COMPLETED)
    assert first
    (await sign_in(org, "203.0.113.1", email, PASSWORD)).expect(201)
    assert not all(task.done() for task in attack)

    replies = await asyncio.gather(*attack, *lock_out)
    assert {401, 503} <= {it.status for it in replies} <= {401, 429, 503}
    assert all(int(it.headers["Retry-After"]) > 0 for it in replies if it.status == 503)


async def test_guesses_at_the_own_password_are_braked(timed_behind_a_proxy: Org) -> None:
    org = timed_behind_a_proxy
    agent = await org.agent()
    body = {"current_password": "a guess", "new_password": "a new password"}
    tries = [await agent.put("/me/password", body) for _ in range(12)]

    assert [it.status for it in tries] == [422] * 10 + [429] * 2
    await org.again(agent)  # failures of strangers, and those of a session, are counted apart
