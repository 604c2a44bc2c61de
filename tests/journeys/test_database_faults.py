"""A server whose database fails refuses in time, says why, and goes on."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.storage.connect import open_database
from tests.support.desk import Org, founded
from tests.support.pgbouncer import needs_pgbouncer, pgbouncer
from tests.support.postgres import Cluster
from tests.support.process import ServerProcess, deskwire_server, serving
from tests.support.waiting import eventually

PASSWORD = "a password for tests"
TICKET = {"subject": "It broke", "description": "Please help."}


async def readiness(org: Org) -> tuple[int, list[str]]:
    """The status of `/readyz`, and the reasons that it gives."""
    reply = await org.stranger.get("//readyz")
    return reply.status, [it["reason"] for it in reply.json.get("reasons", [])]


async def becomes(org: Org, status: int, *reasons: str) -> None:
    """Waits until `/readyz` says so: what was well is well for a quarter of a second more."""

    async def says_so() -> bool:
        return await readiness(org) == (status, [*reasons])

    await eventually(says_so)


def lines_of(server: ServerProcess, event: str) -> list[dict[str, Any]]:
    written = [json.loads(line) for line in server.log.read_text().splitlines() if line[:1] == "{"]
    return [line for line in written if line["event"] == event]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root mounts a small disk")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine mounts no tmpfs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_one_line_in_the_log_and_a_reason_and_passes(
    web: aiohttp.ClientSession, small_disk: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{small_disk}/desk.db"
    with serving(url, tmp_path / "log", log_format="json") as server:
        async with founded(url, server, web) as org:
            customer = await org.customer()
            filed = await customer.file()
            (small_disk / "others").write_bytes(b"x" * shutil.disk_usage(small_disk).free)
            body = {"subject": "Long", "description": "x" * 60_000}
            for _ in range(50):
                reply = await customer.post("/tickets", body)
                assert reply.status in {201, 503}
            assert reply.status == 503
            await becomes(org, 503, "disk-full")
            (await customer.get(f"/tickets/{filed['number']}")).expect(200)
            said = lines_of(server, "database unavailable")
            assert [it["reason"] for it in said] == ["disk-full"]
            assert lines_of(server, "request failed") == []
            (small_disk / "others").unlink()
            await becomes(org, 200)
            assert (await customer.file())["number"] > filed["number"]


async def test_a_frozen_postgresql_is_not_ready_and_works_again_after(
    postgres: Cluster, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = postgres.migrated()
    with serving(url, tmp_path / "log", log_format="json") as server:
        async with founded(url, server, web) as org:
            customer = await org.customer()
            assert await readiness(org) == (200, [])
            with postgres.frozen(url):
                filing = [asyncio.create_task(customer.file()) for _ in range(5)]
                await becomes(org, 503, "database-silent")
                assert (await org.stranger.get("//healthz")).status == 200
            assert len(await asyncio.gather(*filing)) == 5
            await becomes(org, 200)


async def test_a_frozen_postgresql_keeps_no_server_from_its_end(
    postgres: Cluster, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Requests in flight or not: whoever waited for this database would wait for ever."""
    url = postgres.migrated()
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            customer = await org.customer()
            await customer.file()
            with postgres.frozen(url):
                filing = [asyncio.create_task(customer.post("/tickets", TICKET)) for _ in range(9)]
                await readiness(org)
                assert (await asyncio.to_thread(server.terminate))[0] == 0
            await asyncio.gather(*filing, return_exceptions=True)


def test_a_server_that_cannot_start_for_a_frozen_postgresql_ends_when_told(
    postgres: Cluster, tmp_path: Path
) -> None:
    url = postgres.migrated()
    with postgres.frozen(url):
        server = ServerProcess(url, tmp_path / "log", log_format="json")
        try:
            server.has_signal_handlers()
            assert server.terminate() == (0, "")
        finally:
            server.end()


async def test_a_read_only_postgresql_is_503_and_read_and_all_is_well_after_it(
    postgres: Cluster, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = postgres.migrated()
    with serving(url, tmp_path / "log", log_format="json") as server:
        async with founded(url, server, web) as org:
            customer = await org.customer()
            filed = await customer.file()
            with postgres.read_only(url):
                for _ in range(10):
                    reply = await customer.post("/tickets", TICKET)
                    assert (reply.status, reply.slug) == (503, "unavailable")
                await becomes(org, 503, "database-read-only")
                (await customer.get(f"/tickets/{filed['number']}")).expect(200)
            await becomes(org, 200)
            await customer.file()
            said = [it["reason"] for it in lines_of(server, "database unavailable")]
            assert said.count("database-read-only") == 1
            assert lines_of(server, "request failed") == []


async def test_with_fewer_connections_than_configured_writers_do_not_starve(
    postgres: Cluster, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = postgres.migrated()
    open_database(url).close()
    with serving(postgres.limited(url, connections=3), tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            agent = await org.agent()
            writes = [agent.file(customer_email="dora@example.com") for _ in range(40)]
            reads = [agent.get("/tickets") for _ in range(80)]
            searches = [agent.get("/tickets", q="broke") for _ in range(20)]
            filed, *read = await asyncio.gather(
                asyncio.gather(*writes), asyncio.gather(*reads), asyncio.gather(*searches)
            )
            assert sorted(it["number"] for it in filed) == list(range(1, 41))
            assert {reply.status for replies in read for reply in replies} == {200}
            assert await readiness(org) == (200, [])


@needs_pgbouncer
@pytest.mark.parametrize(
    ("mode", "told"), [("transaction", "auto"), ("transaction", "yes"), ("session", "auto")]
)
async def test_behind_pgbouncer_a_desk_works_as_without_it(
    postgres: Cluster, web: aiohttp.ClientSession, tmp_path: Path, mode: str, told: str
) -> None:
    straight = postgres.migrated()
    # In session mode each of ours keeps one of its: there must be as many.
    size = 4 if mode == "transaction" else 12
    with pgbouncer(postgres, straight, mode, size) as url:
        settings: dict[str, str | int] = {"database_pooler": told, "database_connections": 8}
        with serving(url, tmp_path / "log", log_format="json", **settings) as server:
            async with founded(straight, server, web) as org:
                await _work(org)
                assert await readiness(org) == (200, [])
                assert lines_of(server, "request failed") == []
                assert lines_of(server, "database unavailable") == []
            if told == "auto" and mode == "transaction":
                made = deskwire_server(
                    "org", "create", "--name", "B", "--admin-email", "b@x.test", "--database", url,
                    env={"DESKWIRE_ADMIN_PASSWORD": PASSWORD},
                )  # fmt: skip
                assert made.returncode == 0, made.stderr
            assert server.terminate()[0] == 0


async def _work(org: Org) -> None:
    """Enough of the same statements, at the same time, to be prepared on every connection."""
    agents = [await org.agent() for _ in range(4)]
    filed = await asyncio.gather(
        *(agents[n % 4].file(customer_email="dora@example.com") for n in range(40))
    )
    numbers = sorted(it["number"] for it in filed)
    assert numbers == list(range(1, 41))
    await asyncio.gather(*(agents[n % 4].write(n, "Hello.", kind="note") for n in numbers))
    await asyncio.gather(*(agents[n % 4].claim(n) for n in numbers))
    found = await asyncio.gather(*(agents[n % 4].get("/tickets", q="broke") for n in numbers))
    assert {reply.status for reply in found} == {200}
    seqs = [it["seq"] for it in await agents[0].events()]
    assert seqs == list(range(1, len(seqs) + 1))
