"""Finds the server, organization and account of a command: flags, variables, then the profile."""

import os
from collections.abc import Callable
from typing import Any, Final

import click
from msgspec import Struct
from msgspec.structs import replace

from tui.config.config_file import DEFAULT_SERVER, Config, ConfigError, Profile, load_config
from tui.config.stored_tokens import Account, read_token

_ORG_NUMBERS: Final = click.IntRange(1000, 99_999)


class ConnectionFlags(Struct, frozen=True):
    """The values of the flags, and of the variables that stand in for them; None: not given."""

    profile: str | None = None
    server: str | None = None
    org: int | None = None
    email: str | None = None
    token: str | None = None
    """The token of a session that is open already: of the line desk's."""
    from_variables: frozenset[str] = frozenset()
    """The names of those that are variables': a profile that is named by a flag goes before."""

    def over(self, other: "ConnectionFlags | None") -> "ConnectionFlags":
        """Returns these values, and the other's where this has none."""
        if other is None:
            return self
        missing = {name for name in _NAMES if getattr(self, name) is None}
        taken = {name: getattr(other, name) for name in missing}
        variables = other.from_variables & missing
        return replace(self, **taken, token=other.token, from_variables=variables)

    @property
    def is_profile_named(self) -> bool:
        """Returns whether a flag names the profile."""
        return self.profile is not None and "profile" not in self.from_variables

    def without_variables(self) -> "ConnectionFlags":
        """Returns the values of the flags alone."""
        return replace(self, **dict.fromkeys(self.from_variables), from_variables=frozenset())


_NAMES: Final = ("profile", "server", "org", "email")


class ConnectionTarget(Struct, frozen=True, kw_only=True):
    """A server, an organization and an account, as far as they are known."""

    server: str = DEFAULT_SERVER
    org: int | None = None
    email: str = ""
    token: str | None = None
    profile_name: str = ""
    profile: Profile | None = None
    config: Config = Config()

    @property
    def theme(self) -> str:
        """The profile's theme, or the file's."""
        return (self.profile and self.profile.theme) or self.config.theme

    @property
    def layout(self) -> str:
        """The profile's layout, or the file's."""
        return (self.profile and self.profile.layout) or self.config.layout


def _check_server_url(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    if value is not None and not value.startswith(("http://", "https://")):
        raise click.BadParameter("must begin with http:// or https://")
    return value and value.rstrip("/")


def _complete_profile(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    try:
        return [name for name in load_config().profiles if name.startswith(incomplete)]
    except ConfigError:
        return []


def connection_options(*, has_variables: bool, is_api: bool = False) -> Callable[[Any], Any]:
    """Returns a decorator that adds the flags; with `has_variables` also by the environment.

    `is_api`: for an endpoint, whose fields may be called `email`, too.
    """
    options = (
        make_flag("--email", has_variable=has_variables, help="Who signs in."),
        make_flag("--org", has_variable=has_variables, type=_ORG_NUMBERS, help="Organization."),
        make_flag(
            "--server", has_variable=has_variables, callback=_check_server_url,
            help=f"Address of the server, by default {DEFAULT_SERVER}.",
        ),
        make_flag(
            "--profile", has_variable=has_variables, shell_complete=_complete_profile,
            help="A server and organization of the configuration file.",
        ),
    )  # fmt: skip

    def decorate(command: Any) -> Any:
        for add in options[is_api:]:
            command = add(command)
        return command

    return decorate


def make_flag(flag: str, *, has_variable: bool, **more: Any) -> Callable[[Any], Any]:
    """Returns an option, with its variable `DESKWIRE_...` or without."""
    variable = f"DESKWIRE_{flag[2:].upper().replace('-', '_')}" if has_variable else None
    return click.option(flag, envvar=variable, default=None, **more)


def take_flags(given: dict[str, Any], *, is_api: bool = False) -> ConnectionFlags:
    """Removes the flags' values from those of the present command, and returns them."""
    names = _NAMES[:-1] if is_api else _NAMES
    context = click.get_current_context()
    variables = {
        name
        for name in names
        if context.get_parameter_source(name) is click.core.ParameterSource.ENVIRONMENT
    }
    values = {name: given.pop(name) for name in names}
    return ConnectionFlags(**values, from_variables=frozenset(variables))


def resolve_target(flags: ConnectionFlags) -> ConnectionTarget:
    """Returns where the flags and the configuration lead. Raises click.UsageError."""
    config = load_usable_config()
    name = flags.profile if flags.profile is not None else config.default_profile
    profile = config.profiles.get(name)
    if profile is None and flags.profile:
        raise click.UsageError(
            f"there is no profile {name}: deskwire --profile {name} login makes it."
        )
    target = ConnectionTarget(config=config)
    if profile is not None and flags.is_profile_named:
        flags = flags.without_variables()
    if profile is not None:
        target = ConnectionTarget(
            server=profile.server, org=profile.org, email=profile.email, config=config,
            profile_name=name, profile=profile,
        )  # fmt: skip
    given = {"server": flags.server, "org": flags.org, "email": flags.email}
    target = replace(target, **{key: value for key, value in given.items() if value is not None})
    kept = _read_kept_token(target)
    named = flags.token or os.environ.get("DESKWIRE_TOKEN")
    return replace(target, token=kept if kept and flags.is_profile_named else named or kept)


def load_usable_config() -> Config:
    """Returns the configuration. Raises click.UsageError with the file and what is wrong."""
    try:
        return load_config()
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


def _read_kept_token(target: ConnectionTarget) -> str | None:
    if target.profile is None or target.org is None:
        return None
    account = Account(target.server, target.org, target.email)
    return read_token(account, target.profile.token_in)
