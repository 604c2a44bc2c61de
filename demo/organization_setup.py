"""The demo's organization: its people, all of one password, and what happened before."""

import secrets
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from common.accounts import CreateUser
from demo import overnight_tickets
from demo.company import ADMIN, EVERYBODY, settings
from demo.live_ticket import Plot
from demo.past_month import DAYS, Past
from demo.stories import Deck
from server.clock import utc_now
from server.desk import accounts
from server.desk.unit_of_work import UnitOfWork
from server.passwords import Passwords
from server.provisioning import Founded as Organization
from server.provisioning import found
from server.storage.engine.connect import open_database
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import stored
from server.storage.engine.transaction import Writing
from server.storage.queries import organization_removal, sessions
from server.storage.queries.name_resolver import system
from server.transfer.importer import Import

_YEAR = 365 * 24 * 3600 * 1_000_000
"""Microseconds that a session of the demo lasts: longer than anybody leaves a demo running."""


class Founded(Struct, frozen=True):
    """A desk to play on: everybody's `tokens` by e-mail, and the plots of what waits, by number."""

    org_id: int
    password: str
    tokens: dict[str, str]
    plots: dict[int, Plot]


async def open_desk(url: str, stories: Deck, dice: Random, began: list[int]) -> Founded:
    """Founds the organization, with everybody signed in, its past, and what waits by now.

    `began` hears of its number as soon as it has one, however the rest goes.
    """
    database = open_database(url)
    try:
        return await _opened(database, stories, dice, began)
    finally:
        database.close()


class Known(Struct, frozen=True):
    """Somebody who has signed in."""

    id: int
    token: str


async def close_desk(url: str, org_id: int) -> None:
    """Takes the organization out of a database that stays."""
    database = open_database(url)
    try:
        await database.write(lambda writing: organization_removal.remove(writing, org_id))
    finally:
        database.close()


async def _opened(database: Database, stories: Deck, dice: Random, began: list[int]) -> Founded:
    password = secrets.token_urlsafe(9)
    password_hash = await _hash(password)
    made = await found(database, _long_ago, settings(utc_now()), None, ADMIN.email, password_hash)
    began.append(made.org_id)
    known = await database.write(lambda writing: _hire(writing, made, password_hash))
    past = Past(utc_now(), dice)
    await Import(database, utc_now, made.org_id, _complain).take(past.lines())
    told = overnight_tickets.calls(utc_now(), stories, dice)
    ids = {email: one.id for email, one in known.items()}
    plots = await database.write(
        lambda writing: overnight_tickets.file(writing, made.org_id, ids, told)
    )
    return Founded(made.org_id, password, {it: one.token for it, one in known.items()}, plots)


def _long_ago() -> datetime:
    return utc_now() - timedelta(days=DAYS + 1)


async def _hash(password: str) -> str:
    """One password for all: each of its own would take longer than the rest of the founding."""
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()


def _hire(writing: Writing, made: Organization, password_hash: str) -> dict[str, Known]:
    """Makes everybody but the admin, who is there, and signs them in."""
    turn = UnitOfWork(writing, system(made.org_id), _long_ago())
    known = {ADMIN.email: _signed_in(turn, made.admin.id)}
    for person in EVERYBODY:
        if person is not ADMIN:
            command = CreateUser(
                email=person.email,
                name=person.name,
                role=person.role,
                skills=person.skills,
                capacity=person.capacity,
            )
            user_id = accounts.create(turn, command, password_hash).id
            known[person.email] = _signed_in(turn, user_id)
    return known


def _signed_in(turn: UnitOfWork, user_id: int) -> Known:
    now = stored(utc_now())
    token = sessions.start(turn.writing, turn.actor.org_id, user_id, now, now + _YEAR)
    return Known(user_id, token)


def _complain(number: str, reason: str) -> None:
    raise ValueError(f"line {number} of the demo's past: {reason}")
