"""An older backup is restored while the workstation is open: it shows the new history."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.desk import founded
from tests.support.process import deskwire_server, serving
from tests.support.sqlite_file import make_sqlite_url
from tests.support.support_team import SupportTeam

Sit = Callable[..., Any]
DORA = "dora@example.com"


async def run(*words: str) -> None:
    done = await asyncio.to_thread(deskwire_server, *words)
    assert done.returncode == 0, done.stderr


async def test_a_restored_backup_is_noticed_though_the_new_history_has_grown_past_the_old(
    tmp_path: Path, sit: Sit, web: aiohttp.ClientSession
) -> None:
    url, backup = make_sqlite_url(tmp_path, "own.db"), str(tmp_path / "own.backup")
    with serving(url, tmp_path / "log") as server:
        async with founded(url, server, web) as org:
            desk = SupportTeam(org)
            await desk.hire("Ana Sousa")
        await desk.file("Before the backup")
        async with sit(desk) as seat:
            await seat.sees("Before the backup")
            await run("backup", backup, "--database", url)
            await desk.file("Lost by the restore")
            await seat.sees("Lost by the restore")
            await asyncio.to_thread(server.terminate)
            await seat.sees("OFFLINE")
            await run("restore", backup, "--replace", "--database", url)
            with serving(url, tmp_path / "elsewhere.log") as elsewhere:
                for subject in ("First after", "Second after", "Third after"):
                    await org.admin.at(elsewhere.http).file(subject, customer_email=DORA)
            await asyncio.to_thread(server.restart)
            await seat.sees("LIVE", "First after", "Second after", "Third after")
            await seat.sees_no("Lost by the restore")
            await seat.sees("restored from a backup")
            await desk.file("And on it goes")
            await seat.sees("And on it goes")
