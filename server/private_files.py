"""Files that only their owner may read: databases, backups, exports, locks."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

OWNER_ONLY_MODE: Final = 0o600
_GROUP_AND_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def open_private(path: str | Path, *, is_new: bool = False) -> BinaryIO:
    """Opens a file for writing, emptied, and takes all permissions from others.

    With `is_new` raises FileExistsError if it exists. Pipes and devices keep their permissions.
    """
    how = os.O_EXCL if is_new else os.O_TRUNC
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, OWNER_ONLY_MODE), "wb")
    restrict_to_owner(path)
    return file


def replace_atomically(part: Path, file: Path) -> None:
    """Renames a finished file to its final name, in one step that survives a power failure."""
    sync_to_disk(part)
    part.replace(file)
    sync_to_disk(file.parent)


def sync_to_disk(path: Path) -> None:
    """Waits until a file, or the entries of a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restrict_to_owner(path: str | Path) -> None:
    """Takes all permissions on a regular file from others; leaves pipes and devices alone."""
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116 - the path may be a string
        if stat.S_ISREG(found.st_mode) and found.st_mode & _GROUP_AND_OTHERS:
            Path(path).chmod(OWNER_ONLY_MODE)
