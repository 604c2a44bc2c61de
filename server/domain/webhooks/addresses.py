"""Where a webhook may go: to the public internet, and to nothing of the operator's own.

Asked twice: of the URL when it is kept, and of each address that is really connected to, so that
a name which resolves to something else later does not help (DNS rebinding).
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether the address (no name) is one of the public internet; False for what is none.

    Not private, loopback, link-local, multicast, shared (CGNAT), reserved or documentation; an
    IPv4 address inside an IPv6 one (mapped, NAT64) counts as what it is. 6to4 never is.
    """
    try:
        address = _unwrapped(ip_address(text))
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (
        address not in _GLOBAL_UNICAST or address in _SIX_TO_FOUR
    ):
        return False
    return address.is_global and not address.is_multicast


def fault(url: str, *, allow_private: bool) -> str | None:
    """What is wrong with a receiver's URL, as a sentence to follow the field's name."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "must be a URL with a host and a port from 1 to 65535"
    if parts.scheme not in {"http", "https"}:
        return "must begin with http:// or https://"
    if not host or port == 0:
        return "must name a host, and no port 0"
    return _of_parts(parts) or (None if allow_private else _of_host(host))


def _of_parts(parts: SplitResult) -> str | None:
    if "@" in parts.netloc:
        return "must not have a name or password in it"
    if parts.fragment:
        return "must not have a fragment (#)"
    if "\\" in parts.netloc:
        return "must not have a backslash in its host"
    return None


def _of_host(host: str) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return "must not lead to a private address"
    if _is_literal(host) and not is_public(host):
        return "must not lead to a private address, or to one that is not written in full"
    return None


def _is_literal(host: str) -> bool:
    """An address, also in the forms that only resolvers know: 127.1, 2130706433, 0x7f.1."""
    last = host.rpartition(".")[2].lower()
    return ":" in host or last.isdigit() or last.startswith("0x")


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address
