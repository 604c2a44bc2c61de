"""Saves an export under a descriptive name, and never overwrites a file."""

from pathlib import Path

from msgspec import UNSET

from common.reports import SummaryQuery
from tui.model.new_files import create_new_file


def make_file_name(org_id: int, query: SummaryQuery) -> str:
    """`deskwire-4821-2026-10-25-to-2026-11-24-by-agent.csv`; the last day is not included."""
    groups = "" if query.group_by is UNSET else f"-by-{query.group_by}"
    return f"deskwire-{org_id}-{query.from_}-to-{query.to}{groups}.csv"


def save_csv(raw: bytes, name: str, folder: Path) -> Path:
    """Writes a new file; where the name is taken, `-2`, `-3` and so on stand behind it.

    Raises OSError.
    """
    file, path = create_new_file(folder / name)
    try:
        with file:
            file.write(raw)
    except OSError:
        path.unlink(missing_ok=True)  # half a file could be mistaken for the whole
        raise
    return path
