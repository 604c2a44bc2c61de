"""A background worker: runs after a nudge, and polls by itself.

A lost nudge does no harm: what is due is in the database, and the next poll finds it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from common.errors import Unavailable
from server.monitoring.incident_log import IncidentLog

POLL_SECONDS: Final = 0.5
STEP_PAUSE_SECONDS: Final = 0.02
"""The pause between two steps, however many nudges come: they are handled together."""

WorkStep = Callable[[], Awaitable[bool]]
"""One bounded piece of work; returns whether there may be more at once."""


class BackgroundWorker:
    """Repeats a step while there is work, then waits for a nudge or the next poll."""

    def __init__(self, name: str, step: WorkStep, look_seconds: float = POLL_SECONDS) -> None:
        self._name = name
        self._step = step
        self._look_seconds = look_seconds
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._incidents = IncidentLog()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run_forever(), name=self._name)

    async def stop(self) -> None:
        """Stops, in the middle of a step if need be: unfinished work stays due."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def nudge(self) -> None:
        """Wakes the worker: there may be something to do."""
        self._wake.set()

    async def _run_forever(self) -> None:
        while True:
            more = await self._run_once()
            await asyncio.sleep(STEP_PAUSE_SECONDS)
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_seconds):
                        await self._wake.wait()

    async def _run_once(self) -> bool:
        self._wake.clear()
        try:
            return await self._step()
        except Unavailable:
            # The database logs that itself, once for all callers.
            return False
        except Exception as error:  # noqa: BLE001 - whatever it was, what is due stays due
            self._incidents.report_failure(f"{self._name} failed", type(error), exc_info=error)
            return False
