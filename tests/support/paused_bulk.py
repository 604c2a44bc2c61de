"""Stops a bulk change of the workstation in its middle."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from common.bulk import BulkAnswer
from common.tickets.registry import Command
from tui.network import bulk_tasks
from tui.network.bulk_tasks import BulkTasks


@contextmanager
def pause_bulk(*, after: int) -> Iterator[asyncio.Event]:
    """Has bulk changes sent two tickets at a time, and stop after some parts until the event."""
    going_on = asyncio.Event()
    sent: list[tuple[int, ...]] = []
    send = BulkTasks._send

    async def send_part(tasks: BulkTasks, command: Command, numbers: tuple[int, ...]) -> BulkAnswer:
        if len(sent) == after:
            await going_on.wait()
        sent.append(numbers)
        return await send(tasks, command, numbers)

    with patch.object(bulk_tasks, "_PART", 2), patch.object(BulkTasks, "_send", send_part):
        yield going_on
