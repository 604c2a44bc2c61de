"""The command line of the server: `deskwire-server`, also `python -m server`."""

import json
import os
import re
import sys
from typing import Any

import click

from common import text
from common.organization import OrganizationSettings as Organization
from server import libraries as _libraries  # noqa: F401 - first: says what is missing
from server.app import VERSION
from server.cli.address_check import check_commands
from server.cli.backup_commands import backup_command, renew_command, restore_command
from server.cli.export_command import export_command
from server.cli.import_command import import_command
from server.cli.options import (
    OneLineErrorGroup,
    check_settings,
    database_option,
    exit_with_usage_error,
    run_coroutine,
    serving_options,
)
from server.cli.purge_command import purge_command
from server.cli.reports_command import reports_commands
from server.cli.search_command import search_commands
from server.clock import utc_now
from server.monitoring import logs
from server.passwords import Passwords
from server.provisioning import ProvisionedOrganization, provision_organization
from server.run import serve_until_stopped
from server.settings import Settings
from server.storage.connect import open_database


@click.group(cls=OneLineErrorGroup, lazy_commands={"demo": "demo.command:demo_command"})
@click.version_option(VERSION, prog_name="deskwire-server")
def main() -> None:
    """Deskwire's server: tickets over REST, events over ZeroMQ."""


@main.command("serve")
@serving_options(Settings())
def serve_command(**values: Any) -> None:
    """Run the server until it is told to stop."""
    settings = Settings(**values)
    check_settings(settings)
    logs.configure_logging(settings.log_format)
    run_coroutine(serve_until_stopped(settings))


main.add_command(import_command)
main.add_command(export_command)
main.add_command(reports_commands)
main.add_command(backup_command)
main.add_command(restore_command)
main.add_command(renew_command)
main.add_command(purge_command)
main.add_command(check_commands)
main.add_command(search_commands)


@main.group()
def org() -> None:
    """Organizations."""


@org.command("create")
@click.option("--org-id", default=None, help="4-5 digits; drawn when left out.")
@click.option("--name", required=True)
@click.option("--admin-email", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the ids as JSON.")
@database_option
def create_org_command(
    org_id: str | None,
    name: str,
    admin_email: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    database: str,
) -> None:
    """Create an organization and its first admin."""
    name = _clean_option("--name", "line", text.NAME_LIMIT, name)
    email = _clean_option("--admin-email", "email", text.EMAIL_LIMIT, admin_email)
    number = None if org_id is None else _parse_org_id(org_id)
    password = _read_admin_password()
    founded = run_coroutine(_create_organization(database, number, name, email, password))
    if as_json:
        shown = {"id": founded.admin.id, "email": founded.admin.email}
        click.echo(json.dumps({"org_id": founded.org_id, "admin": shown}))
    else:
        click.echo(f"Organization {founded.org_id} is there; {email} is its admin.")


async def _create_organization(
    url: str, org_id: int | None, name: str, email: str, password: str
) -> ProvisionedOrganization:
    database, passwords = open_database(url), Passwords()
    try:
        password_hash = await passwords.hash_password(password)
        settings = Organization(name=name)
        return await provision_organization(
            database, utc_now, settings, org_id, email, password_hash
        )
    finally:
        passwords.close()
        database.close()


def _parse_org_id(value: str) -> int:
    """Read here and not by click, which says no in four lines."""
    if not re.fullmatch(r"[1-9][0-9]{3,4}", value):
        exit_with_usage_error("--org-id must be a number from 1000 to 99999.")
    return int(value)


def _read_admin_password() -> str:
    password = os.environ.get("DESKWIRE_ADMIN_PASSWORD")
    if password is None:
        if not sys.stdin.isatty():
            exit_with_usage_error("Set DESKWIRE_ADMIN_PASSWORD, or run this on a terminal.")
        password = click.prompt("Password of the admin", hide_input=True, confirmation_prompt=True)
    if not 8 <= len(password) <= 1024:  # noqa: PLR2004 - the limits of common.text.Password
        exit_with_usage_error("The admin's password must have 8 to 1024 characters.")
    if re.search("[\0\ud800-\udfff]", password):
        exit_with_usage_error("The admin's password must be text in UTF-8.")
    return password


def _clean_option(flag: str, kind: str, limit: int, value: str) -> str:
    try:
        return text.clean_text(kind, limit, value)
    except ValueError as error:
        exit_with_usage_error(f"{flag} {error}.")


if __name__ == "__main__":
    main(prog_name="deskwire-server")
