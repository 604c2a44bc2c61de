"""Database URLs: parses them, and keeps their passwords out of messages."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from playhouse.db_url import parse

SUPPORTED_URLS: Final = (
    "use sqlite:///file.db, sqlite:////folder/file.db or postgresql://USER:PASSWORD@HOST/NAME"
)
_POSTGRES: Final = "postgresql://"
_SQLITE: Final = "sqlite:///"
_MEMORY: Final = ":memory:"
_ENCODE: Final = "in a password or name, write : / @ ? # as %3A %2F %40 %3F %23"
_SECRETS: Final = frozenset({"password", "passfile", "sslpassword"})
_HIDDEN: Final = "***"


class BadDatabaseUrl(Exception):
    """The URL names no database that Deskwire can open; the message does not show the URL."""


def normalize_url(url: str) -> str:
    """Returns the URL with the scheme that Deskwire uses for it. Raises BadDatabaseUrl."""
    scheme, separator, rest = url.strip().partition("://")
    if scheme == "postgres":
        scheme = "postgresql"
    normalized = scheme + separator + rest
    if normalized.startswith(_SQLITE) and parse_sqlite_path(normalized):
        if parse_sqlite_path(normalized) == _MEMORY:
            raise BadDatabaseUrl(
                f"A database in memory would be gone with the server ({SUPPORTED_URLS})."
            )
        return normalized
    if not normalized.startswith(_POSTGRES):
        raise BadDatabaseUrl(f"This is not a database URL ({SUPPORTED_URLS}).")
    _check_postgres(normalized)
    return normalized


def _check_postgres(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadDatabaseUrl(f"The database URL cannot be read: {_ENCODE}.") from None
    # A reserved character in a password ends the part of the URL in which the password should be.
    if "@" in parts.path + parts.query + parts.fragment or "#" in url or port == 0:
        raise BadDatabaseUrl(f"The database URL cannot be read: {_ENCODE}.")
    if not parts.path.strip("/") and "dbname=" not in parts.query:
        raise BadDatabaseUrl(f"The database URL names no database ({SUPPORTED_URLS}).")


def is_postgres(url: str) -> bool:
    """Returns whether a normalized URL is a PostgreSQL one; otherwise it is an SQLite file."""
    return url.startswith(_POSTGRES)


def parse_sqlite_path(url: str) -> str:
    """Returns the path of `sqlite:///relative.db` or `sqlite:////absolute.db`."""
    return url.removeprefix(_SQLITE)


def parse_postgres_parameters(url: str) -> dict[str, Any]:
    """Returns peewee's connection parameters; user and password may be percent-encoded."""
    parameters: dict[str, Any] = parse(url, unquote_password=True, unquote_user=True)
    return {name: str(value) if name in _SECRETS else value for name, value in parameters.items()}


def hide_password(sentence: str, url: str) -> str:
    """Returns a library's message without the URL's secrets."""
    for secret in sorted(_secrets_of(url), key=len, reverse=True):
        sentence = re.sub(re.escape(secret), _HIDDEN, sentence)
    return sentence


def _secrets_of(url: str) -> set[str]:
    """Returns every form in which the URL's password may appear in a message."""
    rest = url.partition("://")[2]
    credentials = rest.rpartition("@")[0].partition(":")[2]
    found = {credentials, *(value for name, value in _query_pairs(rest) if name in _SECRETS)}
    forms = {form for secret in found for form in _encoded_forms(secret)}
    return forms - {""}


def _encoded_forms(secret: str) -> tuple[str, ...]:
    return secret, unquote(secret), quote(unquote(secret), safe="")


def _query_pairs(rest: str) -> list[tuple[str, str]]:
    return parse_qsl(rest.partition("?")[2], keep_blank_values=True)
