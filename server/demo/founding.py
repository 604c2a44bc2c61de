"""The demo's organization: its people, all of one password, and what happened before."""

import secrets
from collections.abc import Iterator

from msgspec import Struct

from common.accounts import CreateUser
from server.clock import utc_now
from server.demo.company import ADMIN, EVERYBODY, SETTINGS
from server.desk import Turn, accounts
from server.founding import found
from server.moving.importing import Import
from server.passwords import Passwords
from server.storage import removing, sessions
from server.storage.database import Database
from server.storage.instant import stored
from server.storage.names import system
from server.storage.opening import open_database
from server.storage.transaction import Writing

_DAY = 24 * 3600 * 1_000_000


class Founded(Struct, frozen=True):
    """A desk to play on: `tokens` by e-mail, for everybody who acts in the demo."""

    org_id: int
    password: str
    tokens: dict[str, str]


async def open_desk(url: str, past: Iterator[bytes], began: list[int]) -> Founded:
    """Founds the organization, with everybody signed in, and takes its past in.

    `began` hears of its number as soon as it has one, however the rest goes.
    """
    database = open_database(url)
    try:
        founded = await _found(database)
        began.append(founded.org_id)
        await Import(database, utc_now, founded.org_id, _complain).take(past)
    finally:
        database.close()
    return founded


async def close_desk(url: str, org_id: int) -> None:
    """Takes the organization out of a database that stays."""
    database = open_database(url)
    try:
        await database.write(lambda writing: removing.remove(writing, org_id))
    finally:
        database.close()


async def _found(database: Database) -> Founded:
    password = secrets.token_urlsafe(9)
    password_hash = await _hash(password)
    made = await found(database, utc_now, SETTINGS, None, ADMIN.email, password_hash)

    def job(writing: Writing) -> dict[str, str]:
        turn = Turn(writing, system(made.org_id), utc_now())
        return _sign_everybody_in(turn, password_hash)

    return Founded(made.org_id, password, await database.write(job))


async def _hash(password: str) -> str:
    """One password for all: each of its own would take longer than the rest of the founding."""
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()


def _sign_everybody_in(turn: Turn, password_hash: str) -> dict[str, str]:
    now, tokens = stored(turn.now), {}
    for person in EVERYBODY:
        if person is not ADMIN:
            command = CreateUser(
                email=person.email, name=person.name, role=person.role, skills=person.skills
            )
            user_id = accounts.create(turn, command, password_hash).id
            tokens[person.email] = sessions.start(
                turn.writing, turn.actor.org_id, user_id, now, now + _DAY
            )
    return tokens


def _complain(number: int, reason: str) -> None:
    raise ValueError(f"line {number} of the demo's past: {reason}")
