"""Finds the network address of a client, behind proxies too.

A trusted proxy names its client in `X-Forwarded-For` or `Forwarded` (RFC 7239). Anybody can send
these headers, so they are read from the right, where the nearest proxy writes, and only as long as
the proxy that wrote is a trusted one.
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

from aiohttp import web
from multidict import MultiMapping

from server.settings import Network

Address: TypeAlias = IPv4Address | IPv6Address

_IPV6_CLIENT_PREFIX: Final = 64
"""An IPv6 network of this length is what one customer of a provider has."""
_ELEMENT: Final = re.compile(r'(?:[^",]|"[^"]*"?)+')
_FOR: Final = re.compile(r'(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_PORT: Final = re.compile(r"\[([^\]]*)\](?::[\w.-]+)?|([0-9.]+):[\w.-]+")


class ClientAddressResolver:
    """Identifies clients; `trusted` are the networks of the operator's proxies."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def find_address(self, request: web.Request) -> str:
        """Returns the client's address, an IPv6 one as its /64 network; empty if unknown.

        Where both headers name different clients, neither counts: a proxy writes one of them, and
        the client may have written the other.
        """
        peer = parse_address(request.remote or "")
        if peer is None:
            return request.remote or ""
        addresses = {self._walk_hops(peer, hops) for hops in _read_hops(request.headers) if hops}
        return _group_by_network(addresses.pop() if len(addresses) == 1 else peer)

    def _walk_hops(self, peer: Address, hops: Sequence[str]) -> Address:
        """Returns the first address, from the nearest hop on, that is no trusted proxy's."""
        known = peer
        for hop in reversed(hops):
            address = parse_address(hop) if self._is_trusted(known) else None
            if address is None:
                return known
            known = address
        return known

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


CLIENT_ADDRESSES: Final = web.AppKey("client_addresses", ClientAddressResolver)


def find_client_address(request: web.Request) -> str:
    """Returns the address that limits count by."""
    return request.app[CLIENT_ADDRESSES].find_address(request)


def parse_address(text: str) -> Address | None:
    """Returns an address without port, brackets and zone; None for a text that names none."""
    text = text.strip()
    match = _PORT.fullmatch(text)
    bare = (match[1] or match[2]) if match else text
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _read_hops(headers: MultiMapping[str]) -> Iterator[list[str]]:
    """Yields the hops that each of the two headers names, the nearest last."""
    plain = ",".join(headers.getall("X-Forwarded-For", []))
    yield plain.split(",") if plain else []
    standard = ",".join(headers.getall("Forwarded", []))
    yield [_read_for_parameter(element) for element in _ELEMENT.findall(standard)]


def _read_for_parameter(element: str) -> str:
    """Returns the client in one element of `Forwarded`; empty where there is none."""
    match = _FOR.search(element)
    return (match[1] or match[2] or "") if match else ""


def _group_by_network(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _IPV6_CLIENT_PREFIX), strict=False))
