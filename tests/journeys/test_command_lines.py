"""A command that cannot be meant, or cannot be done, says so in one line."""

from pathlib import Path

import pytest

from tests.support.process import deskwire_server, deskwire_server_process

ADDRESSES = ("--http", "127.0.0.1:0", "--stream", "tcp://127.0.0.1:0")


def told(*arguments: str, code: int = 2, **env: str) -> str:
    """The one line on standard error of a command that ends with this code."""
    done = deskwire_server(*arguments, env=env)
    assert (done.returncode, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("serve", "--zeal"), "--zeal"),
        (("serve", "--rate-limit", "many", *ADDRESSES), "--rate-limit"),
        (("serve", "--http", "127.0.0.1:99999"), "--http"),
        (("serve", "--http", "127.0.0.1:0", "--stream", "tcp://127.0.0.1:99999"), "--stream"),
        (("serve", *ADDRESSES, "--stream-advertise", "nonsense"), "tcp://HOST:PORT"),
        (("serve", *ADDRESSES, "--public-url", "desk.example"), "https://HOST"),
        (("serve", *ADDRESSES, "--smtp-url", "smtp://mail.example"), "--mail-from"),
        (
            ("serve", *ADDRESSES, "--smtp-url", "mail.example", "--mail-from", "a@x.test"),
            "--smtp-url must be smtp://",
        ),
        (
            ("serve", *ADDRESSES, "--smtp-url", "smtp://mail.example", "--mail-from", "a"),
            "--mail-from must look like",
        ),
        (("serve", *ADDRESSES, "--trusted-proxies", "10.0.0.1/8"), "--trusted-proxies must be"),
        (("serve", *ADDRESSES, "--cors-origin", "app.example"), "--cors-origin must be"),
        (("serve", *ADDRESSES, "--request-timeout", "0"), "--request-timeout"),
        (("org", "create", "--admin-email", "a@x.test"), "--name"),
        (("import", "--org-id", "abc", "-"), "--org-id"),
        (("import", "--org-id", "4821"), "FILE"),
        (("export", "--org-id", "abc", "-"), "--org-id"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_line(
    arguments: tuple[str, ...], says: str
) -> None:
    assert says in told(*arguments)


def test_a_setting_in_the_environment_is_refused_as_its_flag_is() -> None:
    assert "DESKWIRE_RATE_LIMIT" in told("serve", *ADDRESSES, DESKWIRE_RATE_LIMIT="many")


def test_without_a_command_the_help_is_shown() -> None:
    done = deskwire_server_process()
    assert done.returncode == 2
    assert "Usage: " in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_export_to_a_full_disk_says_so_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    made = deskwire_server(
        "org", "create", "--org-id", "4821", "--name", "A", "--admin-email", "a@x.test",
        "--database", url, env={"DESKWIRE_ADMIN_PASSWORD": "a password"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    done = deskwire_server_process("export", "--org-id", "4821", "/dev/full", "--database", url)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "Cannot write /dev/full" in line
