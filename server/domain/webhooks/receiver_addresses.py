"""Restricts webhooks to the public internet, away from the operator's own network.

Asked twice: of the URL when it is kept, and of each address that is really connected to, so that
a name which resolves to something else later does not help (DNS rebinding).
"""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from server.domain.webhooks.special_networks import extract_ipv4, is_special


def is_public_address(text: str) -> bool:
    """Returns whether an IP address is public; False for other texts.

    `special_networks` lists what is not. An IPv4 address inside an IPv6 one (mapped, NAT64)
    counts as what it is. A zone (`fe80::1%eth0`) belongs to a link of this machine.
    """
    try:
        return "%" not in text and not is_special(extract_ipv4(ip_address(text)))
    except ValueError:
        return False


def find_url_error(url: str, *, allow_private: bool) -> str | None:
    """Returns the error in the URL of a receiver, as a sentence without its subject."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "must be a URL with a host and a port from 1 to 65535"
    if parts.scheme not in {"http", "https"}:
        return "must begin with http:// or https://"
    if not host or port == 0:
        return "must name a host, and no port 0"
    return _find_parts_error(parts) or (None if allow_private else _find_host_error(host))


def _find_parts_error(parts: SplitResult) -> str | None:
    if "@" in parts.netloc:
        return "must not have a name or password in it"
    if parts.fragment:
        return "must not have a fragment (#)"
    if "\\" in parts.netloc:
        return "must not have a backslash in its host"
    return None


def _find_host_error(host: str) -> str | None:
    if host == "localhost" or host.endswith(".localhost"):
        return "must not lead to a private address"
    if _is_address_literal(host) and not is_public_address(host):
        return "must not lead to a private address, or to one that is not written in full"
    return None


def _is_address_literal(host: str) -> bool:
    """Returns whether it is an address, also as resolvers accept it: 127.1, 2130706433, 0x7f.1."""
    last = host.rpartition(".")[2].lower()
    return ":" in host or last.isdigit() or last.startswith("0x")
