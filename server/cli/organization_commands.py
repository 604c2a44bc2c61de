"""`deskwire-server org create`: creates an organization and its first admin."""

import json
import os
import re
import sys

import click

from common import text
from common.organization import OrganizationSettings
from server.cli.options import database_option, exit_with_usage_error, run_coroutine
from server.clock import utc_now
from server.passwords import Passwords
from server.provisioning import ProvisionedOrganization, provision_organization
from server.storage.connect import open_database


@click.group("org")
def organization_commands() -> None:
    """Create organizations."""


@organization_commands.command("create")
@click.option("--org-id", default=None, help="4 or 5 digits. By default a free number is drawn.")
@click.option("--name", required=True, help="The name of the organization.")
@click.option("--admin-email", required=True, help="The address that the admin signs in with.")
@click.option("--json", "as_json", is_flag=True, help="Print the ids as JSON.")
@database_option
def create_command(
    org_id: str | None,
    name: str,
    admin_email: str,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    database: str,
) -> None:
    """Create an organization and its first admin.

    The admin's password is read from DESKWIRE_ADMIN_PASSWORD, or asked for on the terminal.
    """
    name = _clean_option("--name", "line", text.NAME_LIMIT, name)
    email = _clean_option("--admin-email", "email", text.EMAIL_LIMIT, admin_email)
    number = None if org_id is None else _parse_org_id(org_id)
    password = _read_admin_password()
    created = run_coroutine(_create_organization(database, number, name, email, password))
    if as_json:
        admin = {"id": created.admin.id, "email": created.admin.email}
        click.echo(json.dumps({"org_id": created.org_id, "admin": admin}))
    else:
        click.echo(f"Organization {created.org_id} created. {email} is its admin.")


async def _create_organization(
    url: str, org_id: int | None, name: str, email: str, password: str
) -> ProvisionedOrganization:
    database, passwords = open_database(url), Passwords()
    try:
        password_hash = await passwords.hash_password(password)
        settings = OrganizationSettings(name=name)
        return await provision_organization(
            database, utc_now, settings, org_id, email, password_hash
        )
    finally:
        passwords.close()
        database.close()


def _parse_org_id(value: str) -> int:
    # Not by click.IntRange: its message takes several lines.
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
