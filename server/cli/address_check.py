"""`deskwire-server check addresses`: reports e-mail addresses that could not be stored today.

Older servers stored addresses that look the same as different ones. They are reported and never
changed: only the organization's admin knows whose they are.
"""

from collections.abc import AsyncIterator, Iterable, Iterator

import click
from msgspec import Struct

from common.addresses import normalize_address
from common.command_group import EXIT_FAILED
from common.invisible_characters import escape_invisible
from common.people import Role
from server.cli import options
from server.storage.connect import open_existing_database
from server.storage.engine.database import Database
from server.storage.queries.organization import organizations
from server.storage.queries.person import people
from server.transfer.importer import check_organization

_PAGE_SIZE = 1_000


class AddressFinding(Struct, frozen=True):
    """An address that differs from its canonical form, or has none."""

    org_id: int
    user_id: int
    role: Role
    email: str
    canonical: str | None
    fault: str
    others: tuple[int, ...]
    """Ids of people who have the same address in another spelling."""

    def __str__(self) -> str:
        advice = self.fault
        if self.canonical is not None:
            advice = f"should be {escape_invisible(self.canonical)}"
        if self.others:
            same = ", ".join(f"user {other}" for other in self.others)
            advice += f"; the same address as {same}"
        return (
            f"{self.org_id}: {self.role} {self.user_id}, {escape_invisible(self.email)}: {advice}"
        )


@click.group("check")
def check_commands() -> None:
    """Check what is stored. Nothing is changed."""


@check_commands.command("addresses")
@click.option("--org-id", type=int, default=None, help="Check one organization. By default all.")
@options.database_option
def addresses_command(org_id: int | None, database: str) -> None:
    """Report addresses with invisible characters or in more than one spelling.

    Nothing is changed. The exit code is 1 if anything was found. Give the person the right address
    with `PATCH /v1/orgs/{org_id}/users/{id}`, or erase the one that receives no email.
    """
    found = options.run_coroutine(_print_findings(database, org_id))
    addresses = "1 address needs" if found == 1 else f"{found} addresses need"
    click.echo(f"{addresses} attention." if found else "No problems found.")
    if found:
        raise SystemExit(EXIT_FAILED)


async def _print_findings(url: str, org_id: int | None) -> int:
    database, count = open_existing_database(url), 0
    try:
        async for finding in check_addresses(database, org_id):
            click.echo(str(finding))
            count += 1
    finally:
        database.close()
    return count


async def check_addresses(database: Database, org_id: int | None) -> AsyncIterator[AddressFinding]:
    """Yields the findings by organization. Raises NoOrganization."""
    if org_id is not None:
        await check_organization(database, org_id)
    chosen = (
        await database.read_snapshot(organizations.read_organization_ids)
        if org_id is None
        else {org_id}
    )
    for number in sorted(chosen):
        stored = [row async for row in _read_addresses(database, number)]
        for finding in find_address_faults(number, stored):
            yield finding


async def _read_addresses(database: Database, org_id: int) -> AsyncIterator[tuple[int, str, Role]]:
    after = 0
    while page := await database.read_snapshot(
        lambda reading: people.list_emails(reading, org_id, after, _PAGE_SIZE)  # noqa: B023 - read at once
    ):
        for row in page:
            yield row
        after = page[-1][0]


def find_address_faults(
    org_id: int, stored: Iterable[tuple[int, str, Role]]
) -> Iterator[AddressFinding]:
    """Yields the findings among the (id, address, role) of one organization."""
    read = [(user_id, email, role, *_canonical_or_fault(email)) for user_id, email, role in stored]
    holders: dict[str, list[int]] = {}
    for user_id, _, _, canonical, _ in read:
        holders.setdefault(canonical or "", []).append(user_id)
    for user_id, email, role, canonical, fault in read:
        if canonical == email:
            continue
        others = holders[canonical] if canonical else []
        same = tuple(other for other in others if other != user_id)
        yield AddressFinding(org_id, user_id, role, email, canonical, fault, same)


def _canonical_or_fault(email: str) -> tuple[str | None, str]:
    try:
        return normalize_address(email), ""
    except ValueError as refusal:
        return None, str(refusal)
