"""Session tokens between two starts: in the system's keyring, or in a private file.

A token belongs to one address: a profile that is given another server does not send it there.
"""

import stat
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from platformdirs import user_state_path

from tui.config.config_file import SecretPlace
from tui.config.private_write import write_private_file

_SERVICE: Final = "deskwire"
_FILE_NAME: Final = "tokens.json"


class Account(NamedTuple):
    """The owner of a token: somebody in an organization on a server."""

    server: str
    org: int
    email: str

    @property
    def name(self) -> str:
        """The name under which the token is kept."""
        return f"{self.email} in {self.org} at {self.server}"


def save_token(account: Account, token: str) -> SecretPlace:
    """Keeps a token, and returns where. Raises OSError where it cannot be kept."""
    keyring = _load_keyring()
    if keyring is not None:
        with suppress(Exception):  # any backend may fail in any way of its own
            keyring.set_password(_SERVICE, account.name, token)
            # Some backends take a password and keep nothing.
            if keyring.get_password(_SERVICE, account.name) == token:
                return "keyring"
    _write_tokens({**_read_tokens(), account.name: token})
    return "file"


def read_token(account: Account, place: SecretPlace | None) -> str | None:
    """Returns the token that is kept there; None: there is none, or it cannot be read."""
    if place == "file":
        return _read_tokens().get(account.name)
    keyring = _load_keyring() if place == "keyring" else None
    if keyring is not None:
        with suppress(Exception):  # as above
            found = keyring.get_password(_SERVICE, account.name)
            return found if isinstance(found, str) else None
    return None


def forget_token(account: Account, place: SecretPlace | None) -> None:
    """Removes a token from where it is kept. Raises OSError."""
    keyring = _load_keyring() if place == "keyring" else None
    if keyring is not None:
        with suppress(Exception):  # as above
            keyring.delete_password(_SERVICE, account.name)
    left = _read_tokens()
    if left.pop(account.name, None) is not None:
        _write_tokens(left)


def token_file() -> Path:
    """Returns the place of the private file."""
    return user_state_path("deskwire", appauthor=False) / _FILE_NAME


def _load_keyring() -> Any:
    """Returns the library; None: it is not installed."""
    with suppress(ImportError):
        return import_module("keyring")  # optional; late, as its backends take long to find
    return None


def _read_tokens() -> dict[str, str]:
    path = token_file()
    with suppress(OSError, msgspec.MsgspecError):
        # What others can read is no secret any more: it is not used.
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return {}
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    return {}


def _write_tokens(tokens: dict[str, str]) -> None:
    write_private_file(token_file(), msgspec.json.encode(tokens))
