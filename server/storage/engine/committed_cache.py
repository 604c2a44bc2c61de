"""The committed cache: what a transaction has found out, for the next one that may use it.

A transaction takes an entry out and puts it back after its commit. So an entry has one owner, and
one that a transaction has changed and then rolled back is gone.
"""

from collections.abc import Hashable
from threading import Lock
from typing import Any, Final

MAX_ENTRIES: Final = 1024
"""The most entries. The one that was put back longest ago makes room."""


class CommittedCache:
    """Entries by key, for all transactions of one database. Thread-safe."""

    def __init__(self) -> None:
        self._entries: dict[Hashable, Any] = {}
        self._lock = Lock()

    def take_entry(self, key: Hashable) -> Any:
        """Removes the entry and returns it; None where there is none."""
        with self._lock:
            return self._entries.pop(key, None)

    def put_entry(self, key: Hashable, entry: Any) -> None:
        """Puts an entry in, after the commit of what it says."""
        with self._lock:
            self._entries.pop(key, None)
            if len(self._entries) >= MAX_ENTRIES:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = entry
