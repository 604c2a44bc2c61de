"""Files that their owner alone may read: databases, backups, exports, locks."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

OWNER_ONLY_MODE: Final = 0o600
_GROUP_AND_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def open_private(path: str | Path, *, is_new: bool = False) -> BinaryIO:
    """Opens a file for writing, empty; one that was readable by others is so no more.

    With `is_new` raises FileExistsError where there is one. What is no plain file (a pipe, a
    device) keeps its permissions.
    """
    how = os.O_EXCL if is_new else os.O_TRUNC
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, OWNER_ONLY_MODE), "wb")
    restrict_to_owner(path)
    return file


def replace_atomically(part: Path, file: Path) -> None:
    """Makes a finished file the one that is wanted, in one step that outlives a power cut."""
    _sync_to_disk(part)
    part.replace(file)
    _sync_to_disk(file.parent)


def _sync_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def restrict_to_owner(path: str | Path) -> None:
    """Takes away what others may do with a plain file of ours; does nothing for any other."""
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116 - a path may be text here
        if stat.S_ISREG(found.st_mode) and found.st_mode & _GROUP_AND_OTHERS:
            Path(path).chmod(OWNER_ONLY_MODE)
