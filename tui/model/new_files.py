"""Creates files that nobody else can read, and never overwrites one."""

import os
from itertools import count
from pathlib import Path
from typing import BinaryIO


def create_new_file(wanted: Path) -> tuple[BinaryIO, Path]:
    """Creates a file, and returns it with its path.

    Where the name is taken, `-2`, `-3` and so on stand behind it. Raises OSError.
    """
    path = wanted
    for number in count(2):
        try:
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"), path
        except FileExistsError:
            path = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    raise AssertionError
