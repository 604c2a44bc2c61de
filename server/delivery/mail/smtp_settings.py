"""Settings of the SMTP relay, and the sender of our mails."""

import re
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from common.text import EMAIL_LIMIT, NAME_LIMIT, clean_text


class SmtpSecurity(StrEnum):
    """The encryption of the connection to the relay; the value is the scheme of its URL."""

    NONE = "smtp"
    TLS = "smtps"
    STARTTLS = "smtp+starttls"


_PORTS: Final = {SmtpSecurity.NONE: 25, SmtpSecurity.TLS: 465, SmtpSecurity.STARTTLS: 587}
_NAMED: Final = re.compile(r'"?([^"<>]*?)"?\s*<([^<>]+)>')


class Relay(Struct, frozen=True, kw_only=True):
    """An SMTP server that takes mails from us."""

    host: str
    port: int
    security: SmtpSecurity = SmtpSecurity.NONE
    username: str | None = None
    password: str | None = None


class Sender(Struct, frozen=True):
    """The address mails come from; without a name each organization puts its own."""

    address: str
    name: str | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def parse_relay_url(url: str) -> Relay:
    """Returns the relay of a URL. Raises ValueError with a sentence, without the password."""
    try:
        parts = urlsplit(url)
        security, port = SmtpSecurity(parts.scheme), parts.port
    except ValueError:
        raise ValueError(_URL_FORMAT) from None
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or port == 0:
        raise ValueError(_URL_FORMAT)
    username, password = _parse_credentials(parts)
    return Relay(
        host=parts.hostname,
        port=port or _PORTS[security],
        security=security,
        username=username,
        password=password,
    )


_URL_FORMAT: Final = (
    "must be smtp://, smtps:// or smtp+starttls://, then USER:PASSWORD@ if need be, then HOST:PORT"
)


def _parse_credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None and parts.password is None:
        return None, None
    if not parts.username or not parts.password:
        raise ValueError("must have both a user and a password, or neither")
    return unquote(parts.username), unquote(parts.password)


def parse_sender(text: str) -> Sender:
    """Returns the sender in `support@acme.example` or `Acme <support@acme.example>`.

    Raises ValueError.
    """
    match = _NAMED.fullmatch(text.strip())
    name, address = (match[1].strip(), match[2]) if match else ("", text)
    address = clean_text("email", EMAIL_LIMIT, address)
    return Sender(address, clean_text("line", NAME_LIMIT, name) if name else None)
