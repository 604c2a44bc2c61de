"""A desk of a million tickets on SQLite, made once and kept in the folder for temporary files.

It is made anew where its content or the schema has changed. Each benchmark gets a copy.
"""

import hashlib
import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks import search_seeding
from benchmarks.desk_process import Desk
from server.domain.tokenizer import extract_tokens
from server.storage.engine import sqlite
from server.storage.migrations import VERSIONS_FOLDER

MILLION: Final = 1_000_000


def copy_desk(path: Path, tickets: int = MILLION) -> Desk:
    """Returns a desk of so many tickets in a file of its own."""
    shutil.copyfile(_find_or_make(tickets), path)
    return Desk(path)


def _find_or_make(tickets: int) -> Path:
    folder = Path(tempfile.gettempdir()) / f"deskwire-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"{tickets}-{_digest_content()}.db"
    if not made.exists():
        for former in folder.glob(f"{tickets}-*"):
            former.unlink()
        with tempfile.TemporaryDirectory(dir=folder) as beside:
            _fill_desk(Path(beside) / "desk.db", tickets).replace(made)
    return made


def _digest_content() -> str:
    """Returns what changes with the texts, their tokens or the schema."""
    seeding = Path(search_seeding.__file__).read_bytes()
    sources = [seeding, *(it.read_bytes() for it in sorted(VERSIONS_FOLDER.glob("*.py")))]
    tokens = repr(extract_tokens("e-mail v2.10.3 \u6253\u5370")).encode()
    return hashlib.sha256(b"".join([*sources, tokens])).hexdigest()[:16]


def _fill_desk(path: Path, tickets: int) -> Path:
    desk = Desk(path)
    desk.found()
    with closing(sqlite.connect_sqlite(str(path))) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        search_seeding.fill(connection, "sqlite", tickets)
    return path
