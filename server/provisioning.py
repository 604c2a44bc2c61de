"""Founding an organization, with its first admin."""

import secrets

from msgspec import Struct

from common.accounts import CreateUser
from common.organization import Settings
from common.people import Role
from server.clock import Clock
from server.desk import accounts
from server.desk.unit_of_work import UnitOfWork
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import stored
from server.storage.engine.transaction import Writing
from server.storage.queries import organizations
from server.storage.queries.name_resolver import system
from server.storage.queries.people import Person


class OrganizationExists(Exception):
    """The id is taken."""


class Founded(Struct, frozen=True):
    org_id: int
    admin: Person


async def found(
    database: Database,
    clock: Clock,
    settings: Settings,
    org_id: int | None,
    admin_email: str,
    password_hash: str,
) -> Founded:
    """Creates the organization; without an id a free one is drawn. Raises OrganizationExists."""

    def job(writing: Writing) -> Founded:
        chosen = _choose(writing, org_id)
        turn = UnitOfWork(writing, system(chosen), clock())
        organizations.add(writing, chosen, settings, stored(turn.now))
        name = admin_email.partition("@")[0]
        command = CreateUser(email=admin_email, name=name, role=Role.ADMIN)
        return Founded(chosen, accounts.create(turn, command, password_hash))

    return await database.write(job)


def _choose(writing: Writing, org_id: int | None) -> int:
    taken = organizations.taken_ids(writing)
    if org_id is None:
        return secrets.choice([free for free in range(1000, 100_000) if free not in taken])
    if org_id in taken:
        raise OrganizationExists(f"Organization {org_id} is there already; choose another id.")
    return org_id
