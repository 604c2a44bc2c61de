"""Saves an export under a descriptive name, and never overwrites a file."""

import os
from itertools import count
from pathlib import Path

from msgspec import UNSET

from common.reports import SummaryQuery


def make_file_name(org_id: int, query: SummaryQuery) -> str:
    """`deskwire-4821-2026-10-25-to-2026-11-24-by-agent.csv`; the last day is not included."""
    groups = "" if query.group_by is UNSET else f"-by-{query.group_by}"
    return f"deskwire-{org_id}-{query.from_}-to-{query.to}{groups}.csv"


def save_csv(raw: bytes, name: str, folder: Path) -> Path:
    """Writes a new file; where the name is taken, `-2`, `-3` and so on stand behind it.

    Raises OSError.
    """
    wanted = folder / name
    for number in count(2):
        try:
            file = os.fdopen(os.open(wanted, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except FileExistsError:
            wanted = folder / f"{Path(name).stem}-{number}.csv"
        else:
            break
    try:
        with file:
            file.write(raw)
    except OSError:
        wanted.unlink(missing_ok=True)  # half a file could be mistaken for the whole
        raise
    return wanted
