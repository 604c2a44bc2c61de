"""The threat model names tests that are there: a wall without a test is a claim."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)`", (HOUSE / "SECURITY.md").read_text())))


@pytest.mark.parametrize("name", NAMED)
def test_every_test_that_the_threat_model_leans_on_is_there(name: str) -> None:
    assert (HOUSE / name).is_file()


def test_every_wall_names_a_test() -> None:
    table = [line for line in (HOUSE / "SECURITY.md").read_text().splitlines() if line[:1] == "|"]
    assert all("`tests/" in line for line in table[2:])
