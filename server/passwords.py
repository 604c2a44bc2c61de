"""Passwords: hashed with Argon2id on threads of their own, never on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

T = TypeVar("T")

THREADS: Final = 2


class Passwords:
    """Hashes and checks; at most two at a time, for each takes 64 MiB and a core."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._nobodys = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def check(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; takes as long where nothing is stored."""
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
