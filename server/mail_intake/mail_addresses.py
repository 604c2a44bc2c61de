"""The addresses of the ways in: in the operator's settings, and in a mail's headers. Pure."""

from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from server.mail_reading.address_headers import parse_address_list

_DELIVERY_HEADERS: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_MOST_ADDRESSES: Final = 100
_LONGEST_HEAD: Final = 262_144


class ListenAddress(Struct, frozen=True):
    """The place to listen at: a TCP address, or the path of a Unix socket."""

    lmtp: bool
    host: str = ""
    port: int = 0
    path: str = ""


def parse_mail_listen(url: str) -> ListenAddress:
    """Returns the address of `lmtp://HOST:PORT`, `smtp://HOST:PORT` or `lmtp:///PATH`.

    Raises ValueError with a sentence for the operator.
    """
    parts = urlsplit(url)
    shape = "must be lmtp://HOST:PORT, smtp://HOST:PORT or lmtp:///PATH/OF/SOCKET"
    if parts.scheme not in {"lmtp", "smtp"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(shape)
    is_lmtp = parts.scheme == "lmtp"
    if not parts.netloc and len(parts.path) > 1:
        return ListenAddress(is_lmtp, path=parts.path)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(shape) from None
    if not host or port is None or parts.path not in {"", "/"}:
        raise ValueError(shape)
    return ListenAddress(is_lmtp, host=host, port=port)


class ImapMailbox(Struct, frozen=True):
    """A mailbox to read mail from; `tls` by `imaps`."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: bool


def parse_imap_url(url: str) -> ImapMailbox:
    """Returns the mailbox of `imaps://USER:PASSWORD@HOST[:PORT][/FOLDER]`.

    Raises ValueError with a sentence that does not repeat the password.
    """
    shape = "must look like imaps://USER:PASSWORD@HOST/INBOX"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(shape) from None
    if parts.scheme not in {"imap", "imaps"} or not host or parts.query or parts.fragment:
        raise ValueError(shape)
    if not parts.username or not parts.password:
        raise ValueError(shape)
    tls = parts.scheme == "imaps"
    folder = unquote(parts.path.removeprefix("/")) or "INBOX"
    if any(character < " " for character in folder):
        raise ValueError(shape)
    return ImapMailbox(
        host,
        port or (993 if tls else 143),
        unquote(parts.username),
        unquote(parts.password),
        folder,
        tls,
    )


def list_delivery_addresses(content: bytes) -> list[str]:
    """Returns the addresses that a mail's headers name as its recipients, the envelope's first."""
    headers = BytesHeaderParser(policy=compat32).parsebytes(content[:_LONGEST_HEAD])
    values = [str(it) for name in _DELIVERY_HEADERS for it in headers.get_all(name, [])]
    found = [it.address for value in values for it in parse_address_list(value)]
    return list(dict.fromkeys(found))[:_MOST_ADDRESSES]
