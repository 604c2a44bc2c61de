"""Creates organizations, each with its first admin."""

import secrets

from msgspec import Struct

from common.accounts import CreateUser
from common.organization import OrganizationSettings
from common.people import Role
from server.clock import Clock
from server.command_errors import CommandError
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.storage.engine.database import Database
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.organization import organizations
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.person.people import Person


class OrganizationExists(CommandError):
    """An organization has this id already."""


class ProvisionedOrganization(Struct, frozen=True):
    """A new organization and its first admin."""

    org_id: int
    admin: Person


async def provision_organization(
    database: Database,
    clock: Clock,
    settings: OrganizationSettings,
    org_id: int | None,
    admin_email: str,
    password_hash: str,
) -> ProvisionedOrganization:
    """Creates the organization and its admin, in one transaction.

    With `org_id` None a free id is drawn at random. Raises OrganizationExists.
    """

    def job(writing: WriteTransaction) -> ProvisionedOrganization:
        chosen = _choose_org_id(writing, org_id)
        now = clock()
        organizations.add_organization(writing, chosen, settings, to_microseconds(now))
        work = UnitOfWork(writing, make_system_actor(chosen), now)
        name = admin_email.partition("@")[0]
        command = CreateUser(email=admin_email, name=name, role=Role.ADMIN)
        return ProvisionedOrganization(chosen, accounts.create_user(work, command, password_hash))

    return await database.write(job)


def _choose_org_id(writing: WriteTransaction, org_id: int | None) -> int:
    taken = organizations.read_organization_ids(writing)
    if org_id is None:
        return secrets.choice([free for free in range(1000, 100_000) if free not in taken])
    if org_id in taken:
        raise OrganizationExists(f"Organization {org_id} exists already; choose another id.")
    return org_id
