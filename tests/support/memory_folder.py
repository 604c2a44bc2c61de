"""Keeps temporary files in memory: tests commit to many disks, and none of them has to last."""

import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = Path("/dev/shm")  # noqa: S108 - Linux has its memory there; files in it get names of their own
_NEEDED = 6 * 2**30
"""Bytes that have to be free: what is written by a whole run, some times over."""


def use_memory_folder() -> None:
    """Moves the temporary folder of this process and its children, where there is room."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = tempfile.tempdir = str(_FOLDER)


def _has_room() -> bool:
    if not (_FOLDER.is_dir() and os.access(_FOLDER, os.W_OK)):
        return False
    can_execute = not os.statvfs(_FOLDER).f_flag & os.ST_NOEXEC
    return can_execute and shutil.disk_usage(_FOLDER).free > _NEEDED
