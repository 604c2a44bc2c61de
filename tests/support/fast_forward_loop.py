"""An event loop whose time jumps to what is due next: weeks of pauses pass in seconds."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jump(selectors.SelectSelector):
    """Waits for nothing: where there is only time to wait for, that time is over at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "nothing will ever happen any more"
        self.now += max(timeout, 0)
        return []


class SpedUpLoop(asyncio.SelectorEventLoop):
    """For coroutines that do nothing but sleep and compute."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def run_sped_up(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs to the end on a loop of its own, whose time begins at 0."""
    with asyncio.Runner(loop_factory=SpedUpLoop) as runner:
        return runner.run(main())


async def pass_time(seconds: float) -> None:
    """Lets time pass on such a loop."""
    await asyncio.sleep(seconds)  # the loop jumps over it
