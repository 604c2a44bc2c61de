"""`deskwire-server inbox`: adds and lists the addresses whose mail becomes tickets."""

from functools import partial

import click
from msgspec import UNSET

from common import text
from common.errors import FieldError, NotFound, RequestRefused
from common.mail_in import CreateInbox
from server.cli import options
from server.clock import utc_now
from server.desk.desk import Desk
from server.desk.mail import inbox_admin
from server.storage.connect import open_existing_database
from server.storage.queries.mail import inboxes
from server.storage.queries.mail.inboxes import MailInbox
from server.storage.queries.person.name_resolver import make_system_actor


@click.group("inbox")
def inbox_commands() -> None:
    """Add and list inboxes."""


@inbox_commands.command("add")
@click.option("--org-id", type=click.IntRange(1000, 99_999), required=True)
@click.option("--address", required=True, help="The address, such as help@acme.example.")
@click.option("--category", default=None, help="By default the organization's default category.")
@options.database_option
def add_command(org_id: int, address: str, category: str | None, database: str) -> None:
    """Add an inbox: mail to its address becomes tickets."""
    try:
        address = text.clean_text("email", text.EMAIL_LIMIT, address)
    except ValueError as error:
        options.exit_with_usage_error(f"--address {error}.")
    command = CreateInbox(address, category or UNSET)
    try:
        made = options.run_coroutine(_add_inbox(database, org_id, command))
    except RequestRefused as refusal:
        options.exit_with_usage_error(_describe_refusal(refusal))
    click.echo(f"Mail to {made.address} becomes tickets of organization {org_id}.")


@inbox_commands.command("list")
@options.database_option
@click.option("--org-id", type=click.IntRange(1000, 99_999), required=True)
def list_command(org_id: int, database: str) -> None:
    """List an organization's inboxes."""
    for inbox in options.run_coroutine(_list_inboxes(database, org_id)):
        click.echo(f"{inbox.id}\t{inbox.address}\t{inbox.category}")


async def _add_inbox(url: str, org_id: int, command: CreateInbox) -> MailInbox:
    database = open_existing_database(url)
    try:
        desk = Desk(database, utc_now, lambda _: None)
        return await desk.write(
            make_system_actor(org_id), partial(inbox_admin.create_inbox, command=command)
        )
    finally:
        database.close()


async def _list_inboxes(url: str, org_id: int) -> list[MailInbox]:
    database = open_existing_database(url)
    try:
        return await database.read_snapshot(
            lambda reading: inboxes.list_inboxes(reading, org_id, 0, inbox_admin.MOST_INBOXES)
        )
    finally:
        database.close()


def _describe_refusal(refusal: RequestRefused) -> str:
    """Returns the reason in one line; an organization that is missing is named as such."""
    errors: tuple[FieldError, ...] = getattr(refusal, "errors", ())
    if errors:
        return "; ".join(f"--{(it.pointer or '')[1:]}: {it.detail}" for it in errors)
    if isinstance(refusal, NotFound):
        return "There is no such organization."
    return refusal.detail
