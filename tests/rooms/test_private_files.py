"""Deskwire's files are readable by their owner alone, whatever the machine's umask says."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.private_files import open_private
from server.storage.connect import open_database
from tests.support.process import HOUSE
from tui.reports.csv_file import save_csv


@pytest.fixture(autouse=True)
def _careless() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_a_database_and_what_stands_beside_it_is_private(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/desk.db")
    found = modes(tmp_path)
    database.close()
    assert {"desk.db", "desk.db-wal", "desk.db-shm"} <= found.keys()
    assert set(found.values()) == {0o600}


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    open_database(url).close()
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    database = open_database(url)
    found = modes(tmp_path)
    database.close()
    assert set(found.values()) == {0o600}


def test_a_file_that_is_written_again_is_private_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_text("old")
    with open_private(file) as out:
        out.write(b"new")
    assert (file.read_text(), modes(tmp_path)) == ("new", {"export.jsonl": 0o600})


def test_a_saved_report_is_private(tmp_path: Path) -> None:
    save_csv(b"a", "report.csv", tmp_path)
    save_csv(b"b", "report.csv", tmp_path)
    assert modes(tmp_path) == {"report.csv": 0o600, "report-2.csv": 0o600}


def test_a_traceback_in_the_log_shows_no_value_of_a_variable() -> None:
    code = """
import structlog
from server.monitoring import logs
logs.configure_logging("text")
def connect(password):
    raise OSError("away")
try:
    connect("s3cr3t" + "word")
except OSError as error:
    structlog.get_logger().error("request failed", exc_info=error)
"""
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    assert "OSError" in told.stderr
    assert "s3cr3tword" not in told.stdout + told.stderr
