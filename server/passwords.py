"""Hashes and checks passwords with Argon2id, on threads of their own, never on the event loop.

Passwords are normalized to Unicode's NFKC, so that they are the same however a keyboard composes
letters. Older hashes were made without: `check_password` tries that form, too, and then asks for a
new hash.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import cache
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from server.clock import monotonic_seconds
from server.fair_queue import FairQueue

T = TypeVar("T")

HASH_THREADS: Final = 2
MAX_WAITING_CHECKS: Final = 32
"""The most checks that may wait, fewer on a slow machine. Further callers get Unavailable."""


@cache
def _make_dummy_hash() -> str:
    """Returns a hash to check against where no account has the address: that takes as long."""
    return PasswordHasher().hash("nobody has this password")


class PasswordCheck(Enum):
    """The result of checking a password."""

    WRONG = "wrong"
    RIGHT = "right"
    OUTDATED = "right, but the stored hash is of another Unicode form: store a new one"

    def __bool__(self) -> bool:
        return self is not PasswordCheck.WRONG


class Passwords:
    """Hashes and checks passwords, two at a time at most: each takes 64 MiB and a core.

    `address` is the caller's network address; addresses take turns. Raises Unavailable where too
    many callers wait already.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="argon2")
        self._queue = FairQueue(HASH_THREADS, MAX_WAITING_CHECKS, monotonic_seconds)
        # On a thread, so that the start does not wait for it.
        self._nobodys = self._threads.submit(_make_dummy_hash)

    async def hash_password(self, password: str, *, address: str = "") -> str:
        """Returns the hash to store."""
        async with self._queue.hold_slot(address):
            return await self._run_on_thread(self._hasher.hash, normalize_password(password))

    async def check_password(
        self, stored: str | None, password: str, *, address: str = "", is_familiar: bool = False
    ) -> PasswordCheck:
        """Checks a password against the stored hash; takes as long where none is stored."""
        async with self._queue.hold_slot(address, is_familiar=is_familiar):
            found = await self._run_on_thread(self._check_normalized, stored or "", password)
        return PasswordCheck.WRONG if stored is None else found

    def close(self) -> None:
        """Ends the threads once their present checks are done."""
        self._threads.shutdown(wait=True)

    def _check_normalized(self, stored: str, password: str) -> PasswordCheck:
        normal = normalize_password(password)
        if self._verify_hash(stored, normal):
            return PasswordCheck.RIGHT
        older = _older_form(password, normal)
        if older is not None and self._verify_hash(stored, older):
            return PasswordCheck.OUTDATED
        return PasswordCheck.WRONG

    def _verify_hash(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored or self._nobodys.result(), password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _run_on_thread(self, function: Callable[..., T], *arguments: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def normalize_password(password: str) -> str:
    """Returns the form in which passwords are hashed."""
    return unicodedata.normalize("NFKC", password)


def _older_form(password: str, normal: str) -> str | None:
    """Returns the form in which the password may once have been hashed: as typed, or as NFD."""
    if password != normal:
        return password
    apart = unicodedata.normalize("NFD", password)
    return apart if apart != normal else None
