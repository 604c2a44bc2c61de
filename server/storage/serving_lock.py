"""The lock of the servers of an SQLite database: says whether there is any other one."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from server.private_files import open_private
from server.storage.engine.database_url import is_postgres, parse_sqlite_path

SUFFIX: Final = "-serving"


@contextmanager
def hold_serving_lock(url: str) -> Iterator[bool]:
    """Marks the database as served inside the block; yields whether no other server has it.

    False on PostgreSQL, where servers are on several machines. The system ends the lock with the
    process, however that ends.
    """
    if is_postgres(url):
        yield False
        return
    with open_private(f"{parse_sqlite_path(url)}{SUFFIX}") as file:
        is_alone = _try_alone(file)
        # Whoever takes it alone in between finds nothing of ours: we have not begun yet.
        fcntl.flock(file, fcntl.LOCK_SH)
        yield is_alone


def _try_alone(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
