"""The command line of the server: `deskwire-server`, also `python -m server`."""

import json
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import click
import uvloop

from common import text
from common.organization import Settings as Organization
from server import logs
from server.app import VERSION
from server.clock import utc_now
from server.founding import Founded, OrganizationExists, found
from server.passwords import Passwords
from server.serving import CannotServe, serve
from server.settings import Settings
from server.storage.migrations import SchemaTooNew
from server.storage.opening import BadDatabase, open_database

T = TypeVar("T")
USAGE = 2
"""Exit code of a call that cannot be served as it is."""

_REFUSALS = (CannotServe, BadDatabase, SchemaTooNew, OrganizationExists)


def _option(flag: str, **more: Any) -> Callable[[Any], Any]:
    name = flag.removeprefix("--").replace("-", "_")
    return click.option(flag, name, envvar=f"DESKWIRE_{name.upper()}", show_envvar=True, **more)


_database = _option("--database", default=Settings().database, show_default=True)


def serving_options(command: Any) -> Any:
    """The settings of `serve` and `demo`."""
    defaults = Settings()
    for add in (
        _option("--log-format", type=click.Choice(["text", "json"]), default=None),
        _option("--max-body", type=click.IntRange(1024), default=defaults.max_body),
        _option("--rate-limit", type=click.IntRange(0), default=defaults.rate_limit),
        _option("--public-url", default=None, help="Base of links in mails."),
        _option("--stream-advertise", default=None, help="What clients are told to connect to."),
        _option("--stream", default=defaults.stream, help="ZeroMQ listen endpoint."),
        _option("--http", default=defaults.http, help="REST listen address."),
        _database,
    ):
        command = add(command)
    return command


@click.group()
@click.version_option(VERSION, prog_name="deskwire-server")
def main() -> None:
    """Deskwire's server: tickets over REST, events over ZeroMQ."""


@main.command("serve")
@serving_options
def serve_command(**values: Any) -> None:
    """Run the server until it is told to stop."""
    settings = Settings(**values)
    _check(settings)
    logs.configure(settings.log_format)
    _run(serve(settings))


@main.group()
def org() -> None:
    """Organizations."""


@org.command("create")
@click.option("--org-id", type=int, default=None, help="4-5 digits; drawn when left out.")
@click.option("--name", required=True)
@click.option("--admin-email", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the ids as JSON.")
@_database
def create(
    org_id: int | None,
    name: str,
    admin_email: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    database: str,
) -> None:
    """Create an organization and its first admin."""
    name = _clean("--name", "line", text.NAME_LIMIT, name)
    email = _clean("--admin-email", "email", text.EMAIL_LIMIT, admin_email)
    if org_id is not None and not 1000 <= org_id <= 99_999:  # noqa: PLR2004 - CONTRACT's bounds
        _fail("--org-id must be a number from 1000 to 99999.")
    password = _admin_password()
    founded = _run(_create(database, org_id, name, email, password))
    if as_json:
        shown = {"id": founded.admin.id, "email": founded.admin.email}
        click.echo(json.dumps({"org_id": founded.org_id, "admin": shown}))
    else:
        click.echo(f"Organization {founded.org_id} is there; {email} is its admin.")


async def _create(url: str, org_id: int | None, name: str, email: str, password: str) -> Founded:
    database, passwords = open_database(url), Passwords()
    try:
        password_hash = await passwords.hash(password)
        settings = Organization(name=name)
        return await found(database, utc_now, settings, org_id, email, password_hash)
    finally:
        passwords.close()
        database.close()


def _admin_password() -> str:

    password = os.environ.get("DESKWIRE_ADMIN_PASSWORD")
    if password is None:
        if not sys.stdin.isatty():
            _fail("Set DESKWIRE_ADMIN_PASSWORD, or run this on a terminal.")
        password = click.prompt("Password of the admin", hide_input=True, confirmation_prompt=True)
    if not 8 <= len(password) <= 1024:  # noqa: PLR2004 - the limits of common.text.Password
        _fail("The admin's password must have 8 to 1024 characters.")
    return password


def _clean(flag: str, kind: str, limit: int, value: str) -> str:
    try:
        return text.clean(kind, limit, value)
    except ValueError as error:
        _fail(f"{flag} {error}.")


def _check(settings: Settings) -> None:
    try:
        _ = settings.http_address
    except ValueError:
        _fail(f"--http must be HOST:PORT, not {settings.http}.")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Runs to the end; what cannot be served is told in one line."""
    try:
        return uvloop.run(work)
    except _REFUSALS as error:
        _fail(str(error))


def _fail(line: str) -> NoReturn:
    click.echo(f"deskwire-server: {line}", err=True)
    raise SystemExit(USAGE)


if __name__ == "__main__":
    main(prog_name="deskwire-server")
