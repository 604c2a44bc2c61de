"""The configuration file: a mistake is one line, and what people wrote stays."""

from pathlib import Path

import pytest

from tests.support.deskwire_command import run_deskwire
from tui.config.config_file import Profile, load_config, save_profile


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKWIRE_CONFIG", str(tmp_path / "config.toml"))
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    "content",
    ["them = 1", "profiles = 3", "theme = 'pink'", "[profiles.a]\norg = 1", "\xff = ", "= 1"],
)
def test_a_file_that_cannot_be_meant_is_refused_in_one_line(config: Path, content: str) -> None:
    config.write_bytes(content.encode("latin-1"))
    done = run_deskwire("me", "read", env={"DESKWIRE_CONFIG": str(config)})
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"deskwire: {config}: ")


def test_writing_a_profile_leaves_comments_and_other_tables_as_they_are(config: Path) -> None:
    written = "# mine\ntheme = 'light' # in the sun\n\n[keys]\n'ticket.claim' = 'ctrl+y'\n"
    config.write_text(written)
    save_profile("acme", Profile(server="https://desk.example", org=4821, email="a@x.test"), "acme")
    assert "# mine\n" in config.read_text()
    assert "theme = 'light' # in the sun" in config.read_text()
    assert "'ticket.claim' = 'ctrl+y'" in config.read_text()
    found = load_config()
    assert found.profiles["acme"].org == 4821
    assert (found.default_profile, found.theme) == ("acme", "light")
    save_profile("acme", None, "")
    assert load_config().profiles == {}
    assert config.read_text().startswith("# mine\n")


def test_a_link_to_the_file_stays_a_link(config: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles.toml"
    elsewhere.write_text("theme = 'mono'\n")
    config.symlink_to(elsewhere)
    save_profile("acme", Profile(server="https://desk.example", org=4821))
    assert config.is_symlink()
    assert "acme" in elsewhere.read_text()
