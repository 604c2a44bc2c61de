"""Paths: what strangers name is harmless, what an agent types is completed, and checked."""

from pathlib import Path

import pytest

from common.organization import Organization
from tui.model import file_paths
from tui.network.file_tasks import describe_progress
from tui.network.upload_form import TransferProgress

ACME = Organization(name="Acme", org_id=4821, attachment_max_bytes=1000)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DOWNLOAD_DIR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "Work" / "Dora").mkdir(parents=True)
    (tmp_path / "Work" / "plan.txt").write_text("x" * 1001)
    (tmp_path / ".hidden").write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("photo.jpg", "~/photo.jpg"),
        ("../../.bashrc", "~/bashrc"),
        ("C:\\temp\\a.txt", "~/a.txt"),
        ("/etc/passwd", "~/passwd"),
        ("a\x1b[31m\u202eb.txt", "~/a [31mb.txt"),
        ("..", "~/file"),
    ],
)
def test_a_strangers_name_leads_to_no_other_folder(name: str, proposed: str) -> None:
    assert file_paths.propose_target(name) == proposed


def test_downloads_are_proposed_where_the_desktop_has_a_folder_for_them(home: Path) -> None:
    (home / "Downloads").mkdir()
    assert file_paths.propose_target("a.txt") == "~/Downloads/a.txt"


def test_a_folder_takes_the_file_under_its_own_name(home: Path) -> None:
    assert file_paths.choose_target("~/Work", "a.txt") == home / "Work" / "a.txt"
    assert file_paths.choose_target("~/Work/b.txt", "a.txt") == home / "Work" / "b.txt"


def test_what_is_typed_is_completed_folders_first_and_hidden_ones_when_asked_for() -> None:
    assert file_paths.list_completions("~/") == ["~/Work/"]
    assert file_paths.list_completions("~/Work/") == ["~/Work/Dora/", "~/Work/plan.txt"]
    assert file_paths.list_completions("~/Work/", folders_only=True) == ["~/Work/Dora/"]
    assert file_paths.list_completions("~/.h") == ["~/.hidden"]
    assert file_paths.list_completions("~/nowhere/x") == []
    assert file_paths.list_completions("\0/") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("~/Work", None),
        ("~/new.txt", None),
        (" ", "Type a path."),
        ("~/no/where", "There is no folder ~/no."),
        ("a\0b/c", "There is no folder"),
    ],
)
def test_where_nothing_can_be_saved_it_says_why(text: str, reason: str | None) -> None:
    said = file_paths.explain_bad_target(text)
    assert said == reason or (said and reason and said.startswith(reason))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".hidden", None),
        ("Work", "Work is a folder."),
        ("no.txt", "There is no file ~/no.txt."),
        ("Work/plan.txt", "plan.txt has 1.0 kB of at most 1.0 kB."),
        ("tool.EXE", "Acme takes no .exe files."),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is_read(
    home: Path, name: str, reason: str | None
) -> None:
    (home / "tool.EXE").write_text("x")
    assert file_paths.explain_bad_upload(home / name, ACME) == reason


def test_a_transfer_says_how_far_it_is() -> None:
    progress = TransferProgress(41_000_000)
    progress.done = 14_000_000
    assert describe_progress(progress) == "34 % of 41 MB"
