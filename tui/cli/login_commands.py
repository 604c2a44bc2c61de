"""`deskwire login`, `logout` and `profile`: accounts at several servers, under own names."""

import os
from contextlib import suppress
from typing import Any

import click
from msgspec.structs import replace

from common import endpoints
from common.command_group import EXIT_FAILED
from common.organization import Organization
from common.wire import SessionView
from tui.cli.command_session import exit_with_error, open_session, report_errors
from tui.cli.connection_options import (
    ConnectionFlags,
    ConnectionTarget,
    connection_options,
    load_usable_config,
    resolve_target,
    take_flags,
)
from tui.cli.message_input import read_password_line
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.cli.text_table import Cell, Column, print_table
from tui.config.config_file import ConfigError, Profile, config_path, save_profile
from tui.config.stored_tokens import Account, forget_token, save_token, token_file
from tui.network.api_errors import ApiProblem, Unreachable
from tui.text import safe_text

_DEFAULT_NAME = "default"


@click.command("login")
@connection_options(has_variables=False)
@click.pass_context
def login_command(context: click.Context, /, **given: Any) -> None:
    """Sign in, and keep the session for the workstation and for commands.

    What is not given is asked for; the password may be DESKWIRE_PASSWORD, or a line of standard
    input. The token is kept in the system's keyring, or else in a file that only you can read.
    """
    flags = take_flags(given).over(context.find_object(ConnectionFlags))
    name, target = _find_new_target(flags)
    with RestCaller(target.server, target.org or 0) as caller, report_errors(target):
        password = os.environ.get("DESKWIRE_PASSWORD") or read_password_line("Password")
        session = open_session(caller, target.email, password)
        caller.token = session.token
        place = _read_organization_name(caller)
    _end_former_session(target)
    kept = _keep_session(name, target, session)
    who = safe_text.clean_line(session.user.name)
    click.echo(
        f"Signed in as {who} at {place} until {session.expires_at:%Y-%m-%d}: profile {name}."
    )
    click.echo(kept)


def _read_organization_name(caller: RestCaller) -> str:
    """Returns the organization's name, or its number for a customer, who may not read it."""
    try:
        raw = caller.fetch(ApiRequest(endpoint=endpoints.READ_ORGANIZATION))
    except ApiProblem:
        return f"organization {caller.org_id}"
    name: str = safe_text.decode_safe_json(raw, Organization).name
    return name


def _find_new_target(flags: ConnectionFlags) -> tuple[str, ConnectionTarget]:
    """Returns the profile's name and where to sign in. Asks for what is missing."""
    config = load_usable_config()
    name = flags.profile or config.default_profile or _DEFAULT_NAME
    is_known = name in config.profiles
    found = resolve_target(replace(flags, profile=name if is_known else None))
    if not is_known:
        found = replace(found, profile=None, token=None)
    org = found.org or click.prompt("Organization", type=click.IntRange(1000, 99_999), err=True)
    email = found.email or click.prompt("E-mail", err=True)
    return name, replace(found, org=org, email=email)


def _keep_session(name: str, target: ConnectionTarget, session: SessionView) -> str:
    """Keeps the token and the profile, and returns a sentence that says where."""
    account = Account(target.server, target.org or 0, target.email)
    try:
        place = save_token(account, session.token)
        profile = target.profile or Profile(server=target.server, org=account.org)
        profile = replace(
            profile, server=target.server, org=account.org, email=target.email, token_in=place
        )
        is_first = not target.config.default_profile
        save_profile(name, profile, name if is_first else None)
    except (OSError, ConfigError) as error:
        exit_with_error(f"the session cannot be kept: {error}", EXIT_FAILED)
    if place == "keyring":
        return "The session is kept in the system's keyring."
    return f"No keyring was found: the session is kept in {token_file()}, which only you can read."


def _end_former_session(target: ConnectionTarget) -> None:
    """Ends the session that the new one replaces, if the server still has it."""
    is_kept = target.profile is not None and target.token != os.environ.get("DESKWIRE_TOKEN")
    if not (is_kept and target.token):
        return
    here = (target.server, target.org or 0, target.token)
    with RestCaller(*here) as caller, suppress(ApiProblem, Unreachable):
        caller.fetch(ApiRequest(endpoint=endpoints.END_SESSION))


@click.command("logout")
@connection_options(has_variables=False)
@click.option("--forget", is_flag=True, help="Remove the profile, too.")
@click.pass_context
def logout_command(context: click.Context, /, *, forget: bool, **given: Any) -> None:
    """End the kept session of a profile, and forget its token."""
    flags = take_flags(given).over(context.find_object(ConnectionFlags))
    config = load_usable_config()
    name = flags.profile or config.default_profile
    profile = config.profiles.get(name)
    if profile is None:
        raise click.UsageError(f"there is no profile {name or _DEFAULT_NAME}.")
    _end_former_session(resolve_target(ConnectionFlags(profile=name)))
    try:
        forget_token(Account(profile.server, profile.org, profile.email), profile.token_in)
        is_default = forget and name == config.default_profile
        kept = None if forget else replace(profile, token_in=None)
        save_profile(name, kept, "" if is_default else None)
    except (OSError, ConfigError) as error:
        exit_with_error(str(error), EXIT_FAILED)
    click.echo(f"Signed out of {name}.")


@click.group("profile")
def profile_commands() -> None:
    """List profiles, and choose the one that is used without --profile."""


@profile_commands.command("list")
def list_profiles() -> None:
    """List the profiles; the default one has a star."""
    config = load_usable_config()
    if not config.profiles:
        click.echo(f"No profiles in {config_path()}. deskwire login makes one.", err=True)
        return
    heads = ("", "PROFILE", "SERVER", "ORGANIZATION", "E-MAIL", "SESSION")
    rows = []
    for name, it in config.profiles.items():
        star = "*" if name == config.default_profile else ""
        rows.append((star, name, it.server, str(it.org), it.email, it.token_in or "none"))
    columns = [Column(head) for head in heads]
    print_table(columns, [[Cell(text) for text in row] for row in rows])


@profile_commands.command("use")
@click.argument("name")
def choose_profile(name: str) -> None:
    """Use a profile where no --profile is given."""
    config = load_usable_config()
    profile = config.profiles.get(name)
    if profile is None:
        raise click.UsageError(f"there is no profile {name}.")
    try:
        save_profile(name, profile, name)
    except ConfigError as error:
        exit_with_error(str(error), EXIT_FAILED)
    click.echo(f"{name} is used from now on.")
