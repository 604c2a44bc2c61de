"""Sets up the demo's organization: people, sessions, and the history before it starts."""

import secrets
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from common.accounts import CreateUser
from common.people import Actor
from demo import overnight_tickets
from demo.canned_answers import MACROS
from demo.company import ADMIN, ALL_PEOPLE, make_settings
from demo.live_ticket import LiveTicket
from demo.past_month import DAYS, PastMonth
from demo.stories import StoryDeck
from server.clock import utc_now
from server.desk.administration import macro_admin
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.passwords import Passwords
from server.provisioning import ProvisionedOrganization as Organization
from server.provisioning import provision_organization
from server.storage.connect import open_database
from server.storage.engine.database import Database
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.erasure import organization_removal
from server.storage.queries.organization.installation_secrets import (
    MAIL_KEY,
    RATING_LINK_KEY,
    InstallationSecret,
)
from server.storage.queries.person import sessions
from server.storage.queries.person.name_resolver import make_system_actor
from server.transfer.importer import Importer

_SESSION_MICROSECONDS = 365 * 24 * 3600 * 1_000_000
"""Microseconds that a session of the demo lasts, longer than any demo runs."""


class DemoDesk(Struct, frozen=True):
    """An organization for the simulation: `tokens` by email, and live tickets by number.

    `link_secret` signs the links of customers' pages, `mail_secret` the ids of mails.
    """

    org_id: int
    password: str
    tokens: dict[str, str]
    live_tickets: dict[int, LiveTicket]
    link_secret: str = ""
    mail_secret: str = ""


async def create_demo_desk(
    url: str, stories: StoryDeck, dice: Random, began: list[int]
) -> DemoDesk:
    """Creates the organization with its history and waiting tickets, and signs everyone in.

    The organization's id is appended to `began` at once, so that it can be removed after an error.
    """
    database = open_database(url)
    try:
        return await _create_desk(database, stories, dice, began)
    finally:
        database.close()


class SignedInPerson(Struct, frozen=True):
    """A person with a session."""

    id: int
    token: str


async def remove_demo_desk(url: str, org_id: int) -> None:
    """Removes the organization from a database that stays."""
    database = open_database(url)
    try:
        await database.write(
            lambda writing: organization_removal.remove_organization(writing, org_id)
        )
    finally:
        database.close()


async def _create_desk(
    database: Database, stories: StoryDeck, dice: Random, began: list[int]
) -> DemoDesk:
    password = secrets.token_urlsafe(9)
    password_hash = await _hash_password(password)
    made = await provision_organization(
        database, _creation_time, make_settings(utc_now()), None, ADMIN.email, password_hash
    )
    began.append(made.org_id)
    known = await database.write(lambda writing: _create_people(writing, made, password_hash))
    past = PastMonth(utc_now(), dice)
    await Importer(database, utc_now, made.org_id, _raise_import_error).import_source(
        past.generate_lines()
    )
    planned = overnight_tickets.plan_overnight_tickets(utc_now(), stories, dice)
    ids = {email: one.id for email, one in known.items()}
    live_tickets = await database.write(
        lambda writing: overnight_tickets.file_planned_tickets(writing, made.org_id, ids, planned)
    )
    tokens = {email: one.token for email, one in known.items()}
    secret = await InstallationSecret(database, RATING_LINK_KEY).get()
    mail_secret = await InstallationSecret(database, MAIL_KEY).get()
    return DemoDesk(made.org_id, password, tokens, live_tickets, secret, mail_secret)


def _creation_time() -> datetime:
    return utc_now() - timedelta(days=DAYS + 1)


async def _hash_password(password: str) -> str:
    """Hashes one password for all: a hash for each person would take longer than the rest."""
    passwords = Passwords()
    try:
        return await passwords.hash_password(password)
    finally:
        passwords.close()


def _create_people(
    writing: WriteTransaction, made: Organization, password_hash: str
) -> dict[str, SignedInPerson]:
    """Creates everyone except the admin, and signs them in."""
    work = UnitOfWork(writing, make_system_actor(made.org_id), _creation_time())
    known = {ADMIN.email: _sign_in(work, made.admin.id)}
    for person in ALL_PEOPLE:
        if person is not ADMIN:
            command = CreateUser(
                email=person.email,
                name=person.name,
                role=person.role,
                skills=person.skills,
                capacity=person.capacity,
            )
            user_id = accounts.create_user(work, command, password_hash).id
            known[person.email] = _sign_in(work, user_id)
    admin = made.admin
    by_admin = work.act_as(Actor(made.org_id, admin.role, admin.id, admin.name, admin.email))
    for macro in MACROS:
        macro_admin.create_macro(by_admin, macro)
    return known


def _sign_in(work: UnitOfWork, user_id: int) -> SignedInPerson:
    now = to_microseconds(utc_now())
    token = sessions.start_session(
        work.writing, work.actor.org_id, user_id, now, now + _SESSION_MICROSECONDS
    )
    return SignedInPerson(user_id, token)


def _raise_import_error(number: str, reason: str) -> None:
    raise ValueError(f"line {number} of the demo's past: {reason}")
