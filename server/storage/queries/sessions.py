"""Sessions and API keys: what a token stands for. Only hashes of tokens are stored."""

import hashlib
import secrets
from typing import Final

import msgspec
from msgspec import Struct

from common.people import Actor, Role, Scope
from server.storage.engine.statement import Statement, insert, param
from server.storage.engine.transaction import Reading, Writing
from server.storage.tables.desk_tables import ApiKey, Session, StreamClient, User

SESSION_PREFIX: Final = "dws_"
KEY_PREFIX: Final = "dwk_"
_BYTES: Final = 32


class Login(Struct, frozen=True):
    """What a live token stands for; `expires_at` in microseconds, None: until it is deleted."""

    actor: Actor
    token_hash: str
    expires_at: int | None


_SESSION = Statement(
    Session.select(Session.org_id, User.role, User.id, User.name, User.email, Session.expires_at)
    .join(User, on=(User.org_id == Session.org_id) & (User.id == Session.user_id))
    .where(
        (Session.token_hash == param("token_hash"))
        & (Session.expires_at > param("now"))
        & (User.active == param("yes"))
    )
)
_KEY = Statement(
    ApiKey.select(ApiKey.org_id, ApiKey.id, ApiKey.name, ApiKey.scopes).where(
        ApiKey.key_hash == param("token_hash")
    )
)
_OPEN = insert(Session)
_HEARS = Statement(
    StreamClient.select(StreamClient.public_key).where(
        StreamClient.token_hash == param("token_hash")
    )
)
_END = Statement(Session.delete().where(Session.token_hash == param("token_hash")))
_DEAFEN = Statement(StreamClient.delete().where(StreamClient.token_hash == param("token_hash")))
_OF_USER = Statement(
    Session.select(Session.token_hash).where(
        (Session.org_id == param("org_id")) & (Session.user_id == param("user_id"))
    )
)
_USER = Statement(Session.select(Session.user_id).where(Session.token_hash == param("token_hash")))
_EXPIRED = Statement(
    Session.select(Session.org_id, Session.token_hash)
    .where(Session.expires_at <= param("now"))
    .limit(100)
)
_INSERT_KEY = insert(ApiKey)
_END_KEY = Statement(
    # The row stays, without its hash: what the key did still has a name.
    ApiKey.update({ApiKey.key_hash: None}).where(
        (ApiKey.org_id == param("org_id"))
        & (ApiKey.id == param("id"))
        & ApiKey.key_hash.is_null(False)
    )
)
_KEYS = Statement(
    ApiKey.select(ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.created_at)
    .where(
        (ApiKey.org_id == param("org_id"))
        & (ApiKey.id > param("after"))
        & ApiKey.key_hash.is_null(False)
    )
    .order_by(ApiKey.id)
    .limit(param("limit"))
)
_KEY_NAME = Statement(
    ApiKey.select(ApiKey.name).where(
        (ApiKey.org_id == param("org_id")) & (ApiKey.id == param("id"))
    )
)


def new_token(prefix: str) -> str:
    """A token that nobody can guess (256 random bits)."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """What is stored of a token. It is random, so a fast hash is enough."""
    # What a header brings may be no text at all: it is no token of ours, and no trouble.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def find(reading: Reading, token: str, now: int) -> Login | None:
    """What the token stands for, or None where it is wrong, expired or ended."""
    token_hash = hash_of(token)
    if token.startswith(KEY_PREFIX):
        return _find_key(reading, token_hash)
    row = reading.row(_SESSION, token_hash=token_hash, now=now, yes=True)
    if row is None:
        return None
    return Login(Actor(row[0], Role(row[1]), row[2], row[3], row[4]), token_hash, row[5])


def _find_key(reading: Reading, token_hash: str) -> Login | None:
    row = reading.row(_KEY, token_hash=token_hash)
    if row is None:
        return None
    scopes = frozenset(Scope(scope) for scope in msgspec.json.decode(row[3]))
    return Login(Actor(row[0], Role.KEY, row[1], row[2], None, scopes), token_hash, None)


def start(writing: Writing, org_id: int, user_id: int, now: int, expires_at: int) -> str:
    """Opens a session and answers its token, which is nowhere else."""
    token = new_token(SESSION_PREFIX)
    writing.write(
        _OPEN,
        token_hash=hash_of(token),
        org_id=org_id,
        user_id=user_id,
        created_at=now,
        expires_at=expires_at,
    )
    return token


def end(writing: Writing, token_hash: str) -> bool:
    """Ends a session; answers whether it had opened a stream."""
    heard = writing.row(_HEARS, token_hash=token_hash) is not None
    writing.write(_DEAFEN, token_hash=token_hash)
    writing.write(_END, token_hash=token_hash)
    return heard


def of_user(reading: Reading, org_id: int, user_id: int) -> list[str]:
    """The token hashes of a person's sessions."""
    return [row[0] for row in reading.rows(_OF_USER, org_id=org_id, user_id=user_id)]


def user_of(reading: Reading, token_hash: str) -> int | None:
    """Whose session it is, or None where it has ended."""
    user_id: int | None = reading.value(_USER, token_hash=token_hash)
    return user_id


def expired(reading: Reading, now: int) -> list[tuple[int, str]]:
    """Organizations and token hashes of sessions whose time is over."""
    return [(row[0], row[1]) for row in reading.rows(_EXPIRED, now=now)]


def add_key(writing: Writing, *, org_id: int, key_id: int, name: str, scopes: str, now: int) -> str:
    """Keeps an API key and answers it; it is shown once. `scopes` is JSON text."""
    key = new_token(KEY_PREFIX)
    writing.write(
        _INSERT_KEY,
        org_id=org_id,
        id=key_id,
        name=name,
        scopes=scopes,
        key_hash=hash_of(key),
        created_at=now,
    )
    return key


def end_key(writing: Writing, org_id: int, key_id: int) -> bool:
    """Ends an API key; answers whether there was one."""
    return writing.write(_END_KEY, org_id=org_id, id=key_id) == 1


def keys(
    reading: Reading, org_id: int, after: int, limit: int
) -> list[tuple[int, str, tuple[Scope, ...], int]]:
    """Live API keys: id, name, scopes, and when each was made."""
    rows = reading.rows(_KEYS, org_id=org_id, after=after, limit=limit)
    return [
        (row[0], row[1], tuple(Scope(scope) for scope in msgspec.json.decode(row[2])), row[3])
        for row in rows
    ]


def key_name(reading: Reading, org_id: int, key_id: int) -> str:
    """The name of an API key, ended or not."""
    name: str | None = reading.value(_KEY_NAME, org_id=org_id, id=key_id)
    return name or ""
