"""The statements that a connection to PostgreSQL has prepared: those that ran more than once."""

from typing import NamedTuple


class StatementKey(NamedTuple):
    """A statement's text, and the types of its values: each combination has a plan of its own."""

    text: bytes
    types: tuple[int, ...]


class PreparedStatements:
    """Names of prepared statements; `most` of them at a time, those that were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: dict[StatementKey, bytes] = {}
        """In the order of their last use; empty for a statement that ran once."""
        self._count = 0
        self._evicted: list[bytes] = []

    def find_name(self, key: StatementKey) -> tuple[bytes, bool]:
        """Returns a statement's name, and whether it has to be prepared under it.

        At its first run it has none.
        """
        known = self._names.pop(key, None)
        is_new = known == b""
        if is_new:
            self._count += 1
            known = b"deskwire_%d" % self._count
        self._names[key] = known or b""
        if len(self._names) > self._most:
            oldest = next(iter(self._names))
            self._evict(oldest)
        return known or b"", is_new

    def forget(self, key: StatementKey) -> None:
        """Forgets a statement that could not be prepared."""
        self._names.pop(key, None)

    def take_evicted(self) -> list[bytes]:
        """Returns the names that PostgreSQL need not know any more, once."""
        evicted, self._evicted = self._evicted, []
        return evicted

    def _evict(self, key: StatementKey) -> None:
        name = self._names.pop(key)
        if name:
            self._evicted.append(name)
