"""Sessions and API keys: the meaning of tokens. Only hashes of tokens are stored."""

import hashlib
import secrets
from typing import Final

import msgspec
from msgspec import Struct

from common.people import Actor, Role, Scope
from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import (
    ApiKeyModel,
    SessionModel,
    StreamClientModel,
    UserModel,
)

SESSION_PREFIX: Final = "dws_"
KEY_PREFIX: Final = "dwk_"
_BYTES: Final = 32


class Login(Struct, frozen=True):
    """The meaning of a live token; `expires_at` in microseconds, None: until it is deleted."""

    actor: Actor
    token_hash: str
    expires_at: int | None


_SESSION = Statement(
    SessionModel.select(
        SessionModel.org_id,
        UserModel.role,
        UserModel.id,
        UserModel.name,
        UserModel.email,
        SessionModel.expires_at,
    )
    .join(
        UserModel,
        on=(UserModel.org_id == SessionModel.org_id) & (UserModel.id == SessionModel.user_id),
    )
    .where(
        (SessionModel.token_hash == param("token_hash"))
        & (SessionModel.expires_at > param("now"))
        & (UserModel.active == param("yes"))
    )
)
_KEY = Statement(
    ApiKeyModel.select(
        ApiKeyModel.org_id, ApiKeyModel.id, ApiKeyModel.name, ApiKeyModel.scopes
    ).where(ApiKeyModel.key_hash == param("token_hash"))
)
_OPEN = build_insert(SessionModel)
_HAS_STREAM = Statement(
    StreamClientModel.select(StreamClientModel.public_key).where(
        StreamClientModel.token_hash == param("token_hash")
    )
)
_END = Statement(SessionModel.delete().where(SessionModel.token_hash == param("token_hash")))
_DEAFEN = Statement(
    StreamClientModel.delete().where(StreamClientModel.token_hash == param("token_hash"))
)
_OF_USER = Statement(
    SessionModel.select(SessionModel.token_hash).where(
        (SessionModel.org_id == param("org_id")) & (SessionModel.user_id == param("user_id"))
    )
)
_USER = Statement(
    SessionModel.select(SessionModel.user_id).where(SessionModel.token_hash == param("token_hash"))
)
_EXPIRED = Statement(
    SessionModel.select(SessionModel.org_id, SessionModel.token_hash)
    .where(SessionModel.expires_at <= param("now"))
    .limit(100)
)
_INSERT_KEY = build_insert(ApiKeyModel)
_END_KEY = Statement(
    # The row stays without its hash, so that what the key did still has a name.
    ApiKeyModel.update({ApiKeyModel.key_hash: None}).where(
        (ApiKeyModel.org_id == param("org_id"))
        & (ApiKeyModel.id == param("id"))
        & ApiKeyModel.key_hash.is_null(False)
    )
)
_KEYS = Statement(
    ApiKeyModel.select(ApiKeyModel.id, ApiKeyModel.name, ApiKeyModel.scopes, ApiKeyModel.created_at)
    .where(
        (ApiKeyModel.org_id == param("org_id"))
        & (ApiKeyModel.id > param("after"))
        & ApiKeyModel.key_hash.is_null(False)
    )
    .order_by(ApiKeyModel.id)
    .limit(param("limit"))
)
_KEY_NAME = Statement(
    ApiKeyModel.select(ApiKeyModel.name).where(
        (ApiKeyModel.org_id == param("org_id")) & (ApiKeyModel.id == param("id"))
    )
)


def generate_token(prefix: str) -> str:
    """Returns a token that nobody can guess (256 random bits)."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> str:
    """Returns the stored form of a token. It is random, so a fast hash is enough."""
    # A header may hold bytes that are no text: such a token is just wrong.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def find_login(reading: ReadTransaction, token: str, now: int) -> Login | None:
    """Returns the meaning of a token; None where it is wrong, expired or ended."""
    token_hash = hash_token(token)
    if token.startswith(KEY_PREFIX):
        return _find_key_login(reading, token_hash)
    row = reading.fetch_row(_SESSION, token_hash=token_hash, now=now, yes=True)
    if row is None:
        return None
    return Login(Actor(row[0], Role(row[1]), row[2], row[3], row[4]), token_hash, row[5])


def _find_key_login(reading: ReadTransaction, token_hash: str) -> Login | None:
    row = reading.fetch_row(_KEY, token_hash=token_hash)
    if row is None:
        return None
    scopes = frozenset(Scope(scope) for scope in msgspec.json.decode(row[3]))
    return Login(Actor(row[0], Role.KEY, row[1], row[2], None, scopes), token_hash, None)


def start_session(
    writing: WriteTransaction, org_id: int, user_id: int, now: int, expires_at: int
) -> str:
    """Starts a session and returns its token, which is stored nowhere."""
    token = generate_token(SESSION_PREFIX)
    writing.write(
        _OPEN,
        token_hash=hash_token(token),
        org_id=org_id,
        user_id=user_id,
        created_at=now,
        expires_at=expires_at,
    )
    return token


def end_session(writing: WriteTransaction, token_hash: str) -> bool:
    """Ends a session; returns whether it had opened a stream."""
    had_stream = writing.fetch_row(_HAS_STREAM, token_hash=token_hash) is not None
    writing.write(_DEAFEN, token_hash=token_hash)
    writing.write(_END, token_hash=token_hash)
    return had_stream


def list_session_hashes(reading: ReadTransaction, org_id: int, user_id: int) -> list[str]:
    """Returns the token hashes of a person's sessions."""
    return [row[0] for row in reading.fetch_rows(_OF_USER, org_id=org_id, user_id=user_id)]


def find_session_user(reading: ReadTransaction, token_hash: str) -> int | None:
    """Returns the person of a session; None where it has ended."""
    user_id: int | None = reading.fetch_value(_USER, token_hash=token_hash)
    return user_id


def list_expired_sessions(reading: ReadTransaction, now: int) -> list[tuple[int, str]]:
    """Returns organizations and token hashes of expired sessions."""
    return [(row[0], row[1]) for row in reading.fetch_rows(_EXPIRED, now=now)]


def add_api_key(
    writing: WriteTransaction, *, org_id: int, key_id: int, name: str, scopes: str, now: int
) -> str:
    """Adds an API key and returns it; it is shown once. `scopes` is JSON text."""
    key = generate_token(KEY_PREFIX)
    writing.write(
        _INSERT_KEY,
        org_id=org_id,
        id=key_id,
        name=name,
        scopes=scopes,
        key_hash=hash_token(key),
        created_at=now,
    )
    return key


def end_api_key(writing: WriteTransaction, org_id: int, key_id: int) -> bool:
    """Ends an API key; returns whether there was one."""
    return writing.write(_END_KEY, org_id=org_id, id=key_id) == 1


def list_api_keys(
    reading: ReadTransaction, org_id: int, after: int, limit: int
) -> list[tuple[int, str, tuple[Scope, ...], int]]:
    """Returns live API keys: id, name, scopes, and the time of creation."""
    rows = reading.fetch_rows(_KEYS, org_id=org_id, after=after, limit=limit)
    return [
        (row[0], row[1], tuple(Scope(scope) for scope in msgspec.json.decode(row[2])), row[3])
        for row in rows
    ]


def read_key_name(reading: ReadTransaction, org_id: int, key_id: int) -> str:
    """Returns the name of an API key, ended or not."""
    name: str | None = reading.fetch_value(_KEY_NAME, org_id=org_id, id=key_id)
    return name or ""
