"""Writes files that only their owner may read, each as a whole."""

import os
from pathlib import Path
from typing import Final

_OWNER_ONLY: Final = 0o600


def write_private_file(path: Path, content: bytes) -> None:
    """Replaces a file in one step: whoever reads it finds the old or the new. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = path.resolve()  # a link stays one: people keep such files elsewhere
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb"
        ) as it:
            it.write(content)
            it.flush()
            os.fsync(it.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
