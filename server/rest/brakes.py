"""Brakes: token buckets for callers and organizations, and slow doors for strangers."""

import math
from collections.abc import Callable, Hashable
from typing import Final

from common.refused import RateLimited

BURST: Final = 5
"""A caller may save up this many seconds of its rate."""
ORGANIZATION: Final = 10
"""An organization has this many times the rate of a token."""
STRANGERS_PER_MINUTE: Final = 10
_SWEEP_AT: Final = 50_000


class Bucket:
    """Fills at `rate` a second up to `size`; each request takes one."""

    __slots__ = ("_at", "_level", "_rate", "_size")

    def __init__(self, rate: float, size: float, now: float) -> None:
        self._rate, self._size = rate, size
        self._level, self._at = size, now

    def take(self, now: float) -> float:
        """Takes one and answers 0, or answers the seconds until there is one."""
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level >= 1:
            self._level -= 1
            return 0
        return (1 - self._level) / self._rate

    def is_full(self, now: float) -> bool:
        return self._level + (now - self._at) * self._rate >= self._size


class Brakes:
    """One bucket for each key. A `rate` of 0 turns every brake off."""

    def __init__(self, rate: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._monotonic = monotonic
        self._buckets: dict[Hashable, Bucket] = {}

    def caller(self, token_hash: str, org_id: int) -> None:
        """Brakes a token and its organization. Raises RateLimited."""
        if self._rate:
            self._take(token_hash, self._rate, self._rate * BURST)
            whole = self._rate * ORGANIZATION
            self._take(org_id, whole, whole * BURST)

    def stranger(self, *who: str) -> None:
        """Brakes requests without a token, by address and e-mail. Raises RateLimited."""
        if self._rate:
            self._take(who, STRANGERS_PER_MINUTE / 60, STRANGERS_PER_MINUTE)

    def _take(self, key: Hashable, rate: float, size: float) -> None:
        now = self._monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            self._sweep(now)
            bucket = self._buckets[key] = Bucket(rate, size, now)
        wait = bucket.take(now)
        if wait:
            seconds = math.ceil(wait)
            raise RateLimited(f"Too many requests: try again in {seconds} s.", seconds)

    def _sweep(self, now: float) -> None:
        """A full bucket says nothing that a new one would not: drop those."""
        if len(self._buckets) >= _SWEEP_AT:
            self._buckets = {
                key: bucket for key, bucket in self._buckets.items() if not bucket.is_full(now)
            }
