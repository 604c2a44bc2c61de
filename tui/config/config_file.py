"""The configuration file of `deskwire`: profiles, looks and keys, in TOML.

It is written so that what people wrote into it stays, comments too.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct
from platformdirs import user_config_path

from tui.config.private_write import write_private_file

ThemeName = Literal["dark", "light", "high-contrast", "mono"]
LayoutName = Literal["full", "single"]
SecretPlace = Literal["keyring", "file"]
DEFAULT_SERVER: Final = "http://127.0.0.1:8080"
DEFAULT_IDLE_MINUTES: Final = 30
DEFAULT_UNDO_SECONDS: Final = 5


class ConfigError(Exception):
    """The file cannot be used; the message is one line with its place."""


class Profile(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A server and an organization, under a name of one's own; its looks go before the file's."""

    server: str
    org: int
    email: str = ""
    theme: ThemeName | None = None
    layout: LayoutName | None = None
    token_in: SecretPlace | None = None
    """The place of the session's token; None: nobody has signed in."""


class Config(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The content of the file; every field may be missing."""

    default_profile: str = ""
    theme: ThemeName = "dark"
    layout: LayoutName = "full"
    idle_minutes: int = DEFAULT_IDLE_MINUTES
    undo_seconds: Annotated[int, Meta(ge=0, le=10)] = DEFAULT_UNDO_SECONDS
    profiles: dict[str, Profile] = {}
    keys: dict[str, str | list[str]] = {}


def config_path() -> Path:
    """Returns the place of the file: `DESKWIRE_CONFIG`, else `deskwire/config.toml` by XDG."""
    named = os.environ.get("DESKWIRE_CONFIG")
    return Path(named) if named else user_config_path("deskwire", appauthor=False) / "config.toml"


def load_config() -> Config:
    """Returns the configuration; without a file its defaults. Raises ConfigError."""
    path = config_path()
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(content, Config)
    except FileNotFoundError:
        return Config()
    except (OSError, ValueError) as error:  # TOML, Unicode and msgspec errors are ValueErrors
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(f"{path}: {reason}") from error


def save_profile(name: str, profile: Profile | None, default_profile: str | None = None) -> None:
    """Writes one profile into the file, or removes it (None). Raises ConfigError."""
    import tomlkit  # late: only what writes needs it
    from tomlkit.exceptions import TOMLKitError

    path = config_path()
    try:
        document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
        _change_profile(document, name, profile)
        if default_profile is not None:
            document["default_profile"] = default_profile
        write_private_file(path, tomlkit.dumps(document).encode())
    except (OSError, TOMLKitError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _change_profile(document: Any, name: str, profile: Profile | None) -> None:
    import tomlkit

    profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    if profile is None:
        profiles.pop(name, None)
        return
    values = msgspec.to_builtins(profile)
    entry = profiles.setdefault(name, tomlkit.table())
    for field in Profile.__struct_fields__:
        if field in values:
            entry[field] = values[field]
        else:
            entry.pop(field, None)
