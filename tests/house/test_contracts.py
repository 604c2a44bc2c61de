"""The arrows between the rooms, as import-linter draws them from pyproject.toml."""

import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]


def test_every_arrow_between_the_rooms_points_the_agreed_way() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    told = subprocess.run(
        [linter, "--no-cache"], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
