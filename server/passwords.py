"""Passwords: hashed with Argon2id on threads of their own, never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from server.clock import monotonic
from server.fair_queue import FairQueue

T = TypeVar("T")

THREADS: Final = 2
WAITING: Final = 32
"""Checks that may wait, fewer where they take long. Whoever comes then is asked to come again."""


class Passwords:
    """Hashes and checks; at most two at a time, for each takes 64 MiB and a core.

    `address` is the network address that asks: addresses take turns. Raises Unavailable where too
    many wait already.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._queue = FairQueue(THREADS, WAITING, monotonic)
        self._nobodys = self._hasher.hash("nobody has this password")

    async def hash(self, password: str, *, address: str = "") -> str:
        async with self._queue.turn(address):
            return await self._run(self._hasher.hash, password)

    async def check(
        self, stored: str | None, password: str, *, address: str = "", is_familiar: bool = False
    ) -> bool:
        """Whether the password is the stored one; takes as long where nothing is stored."""
        async with self._queue.turn(address, is_familiar=is_familiar):
            right = await self._run(self._verify, stored or self._nobodys, password)
        return right and stored is not None

    def close(self) -> None:
        self._threads.shutdown(wait=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _run(self, function: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
