"""Waiting for what happens elsewhere: by asking again until it is so, never by sleeping a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 60.0
"""Seconds after which what has not happened will not.

Far beyond what a machine takes that is busy with ten other things: waiting costs only as long as it
takes. It is below the time that pytest gives a test, so that a test says what did not come.
"""


async def eventually(
    so: Callable[[], Awaitable[object]], within: float = PATIENCE, every: float = 0.02
) -> float:
    """Asks until the answer is true, and answers the seconds that it took."""
    began = time.monotonic()
    while not await so():
        waited = time.monotonic() - began
        assert waited < within, f"still not so after {waited:.1f} s"
        await asyncio.sleep(every)  # between two looks
    return time.monotonic() - began
