"""An older backup is restored while the workstation is open: it shows the new history."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.process import deskwire_server
from tests.support.sqlite_file import make_sqlite_url

Sit = Callable[..., Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run(*words: str) -> None:
    done = await asyncio.to_thread(deskwire_server, *words)
    assert done.returncode == 0, done.stderr


async def test_a_restored_backup_is_noticed_though_the_new_history_has_grown_past_the_old(
    tmp_path: Path, sit: Sit, kit: Any
) -> None:
    database, backup = make_sqlite_url(tmp_path, "own.db"), str(tmp_path / "own.backup")
    http, stream = (f"127.0.0.1:{free_port()}" for _ in range(2))
    org = await asyncio.to_thread(kit.found, database)
    with kit.serving(database, http, stream) as base:
        desk = kit.desk(base, org)
        await desk.give_by_hand()
        await desk.hire("Ana Sousa")
        await desk.file("Before the backup")
        going = sit(desk)
        seat = await going.__aenter__()
        await seat.sees("Before the backup")
        await run("backup", backup, "--database", database)
        await desk.file("Lost by the restore")
        await seat.sees("Lost by the restore")
    try:
        await seat.sees("OFFLINE")
        await run("restore", backup, "--replace", "--database", database)
        with kit.serving(database, "127.0.0.1:0") as elsewhere:
            meanwhile = kit.desk(elsewhere, org)
            for subject in ("First after", "Second after", "Third after"):
                await meanwhile.file(subject)
        with kit.serving(database, http, stream):
            await seat.sees("LIVE", "First after", "Second after", "Third after")
            await seat.sees_no("Lost by the restore")
            await seat.sees("restored from a backup")
            await desk.file("And on it goes")
            await seat.sees("And on it goes")
    finally:
        await going.__aexit__(None, None, None)
