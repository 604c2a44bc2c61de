"""A short queue for expensive work, in which network addresses take turns."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from common.errors import Unavailable

_FAMILIAR_LANE: Final = "familiar"
_RETRY_AFTER: Final = 2
_MAX_WAIT_SECONDS: Final = 2.0
"""The longest wait in seconds: a caller who would wait longer is refused at once."""
_NEWEST_WEIGHT: Final = 0.2
"""The weight of the newest job in the mean of how long one takes."""
_Waiter = asyncio.Future[None]


class FairQueue:
    """Lets `slots` callers work at once and at most `limit` more wait, fewer on a slow machine.

    Addresses take turns, so that many callers from one address wait for each other and not the
    others for them. When the queue is full, the address with the most callers loses its newest.
    """

    def __init__(self, slots: int, limit: int, monotonic: Callable[[], float]) -> None:
        self._slots = self._free = slots
        self._limit = limit
        self._monotonic = monotonic
        self._mean = 0.0
        self._lanes: dict[str, deque[_Waiter]] = {}

    @asynccontextmanager
    async def hold_slot(self, address: str, *, is_familiar: bool = False) -> AsyncIterator[None]:
        """Waits for a slot and holds it inside the block. Raises Unavailable.

        Familiar callers come before all others.
        """
        await self._wait_for_slot(_FAMILIAR_LANE if is_familiar else f"address {address}")
        started = self._monotonic()
        try:
            yield
        finally:
            self._update_mean(self._monotonic() - started)
            self._release_slot()

    def _update_mean(self, seconds: float) -> None:
        self._mean += _NEWEST_WEIGHT * (seconds - self._mean)

    def _waiting_limit(self) -> int:
        """Returns how many callers may wait, so that the last waits about two seconds at most."""
        if not self._mean:
            return self._limit
        return min(self._limit, max(self._slots, int(_MAX_WAIT_SECONDS * self._slots / self._mean)))

    async def _wait_for_slot(self, lane: str) -> None:
        if self._free:
            self._free -= 1
            return
        if sum(map(len, self._lanes.values())) >= self._waiting_limit():
            self._refuse_newest_waiter(lane)
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._release_slot()  # cancelled just as it received the slot
            raise

    def _refuse_newest_waiter(self, lane: str) -> None:
        """Refuses the newest caller of the longest lane, which may be this one."""
        others = (it for it in self._lanes if it != _FAMILIAR_LANE)
        longest = max(others, key=lambda it: len(self._lanes[it]), default=None)
        own = 0 if lane == _FAMILIAR_LANE else len(self._lanes.get(lane, ())) + 1
        if longest is None or len(self._lanes[longest]) <= own:
            raise _make_busy_error()
        loser = self._lanes[longest].pop()
        if not self._lanes[longest]:
            del self._lanes[longest]
        if not loser.done():
            loser.set_exception(_make_busy_error())

    def _release_slot(self) -> None:
        waiter = self._next_waiter()
        if waiter is None:
            self._free += 1
        else:
            waiter.set_result(None)

    def _next_waiter(self) -> _Waiter | None:
        while self._lanes:
            lane = _FAMILIAR_LANE if _FAMILIAR_LANE in self._lanes else next(iter(self._lanes))
            waiting = self._lanes.pop(lane)
            waiter = waiting.popleft()
            if waiting:
                self._lanes[lane] = waiting  # behind all others
            if not waiter.done():
                return waiter
        return None


def _make_busy_error() -> Unavailable:
    return Unavailable(f"Many are signing in: try again in {_RETRY_AFTER} s.", _RETRY_AFTER)
