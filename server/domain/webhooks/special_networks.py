"""Networks that are not part of the public internet, as IANA assigns them.

The table has every block of these registries, last compared with their CSV files as published in
July 2026, each row with the document that reserves it. `docs/operations.md` tells an operator what
it means for webhooks:

- "IANA IPv4 Special-Purpose Address Registry" (iana-ipv4-special-registry, RFC 6890)
- "IANA IPv6 Special-Purpose Address Registry" (iana-ipv6-special-registry, RFC 6890)
- "IPv4 Multicast Address Space" and "IPv6 Address Space" for what those two leave out

`ipaddress.is_global` is not used: its networks differ between patch levels of Python.

Blocks that the registries call globally reachable are listed too. They hold anycast services of
the nearest network (PCP, TURN, AMT, AS112) or identifiers (ORCHID), and never a web server.
"""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from typing import Final

from msgspec import Struct

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class SpecialNetwork(Struct, frozen=True):
    """A reserved block, with its name in the registry and the document that reserves it."""

    network: Network
    name: str
    source: str


_IPV4: Final = """
0.0.0.0/8           This network                       RFC 791
0.0.0.0/32          This host on this network          RFC 1122
10.0.0.0/8          Private-Use                        RFC 1918
100.64.0.0/10       Shared Address Space               RFC 6598
127.0.0.0/8         Loopback                           RFC 1122
169.254.0.0/16      Link Local                         RFC 3927
172.16.0.0/12       Private-Use                        RFC 1918
192.0.0.0/24        IETF Protocol Assignments          RFC 6890
192.0.0.0/29        IPv4 Service Continuity Prefix     RFC 7335
192.0.0.8/32        IPv4 dummy address                 RFC 7600
192.0.0.9/32        Port Control Protocol Anycast      RFC 7723
192.0.0.10/32       TURN Anycast                       RFC 8155
192.0.0.170/31      NAT64/DNS64 Discovery              RFC 7050
192.0.2.0/24        Documentation (TEST-NET-1)         RFC 5737
192.31.196.0/24     AS112-v4                           RFC 7535
192.52.193.0/24     AMT                                RFC 7450
192.88.99.0/24      Deprecated 6to4 Relay Anycast      RFC 7526
192.88.99.2/32      6a44-relay anycast address         RFC 6751
192.168.0.0/16      Private-Use                        RFC 1918
192.175.48.0/24     Direct Delegation AS112 Service    RFC 7534
198.18.0.0/15       Benchmarking                       RFC 2544
198.51.100.0/24     Documentation (TEST-NET-2)         RFC 5737
203.0.113.0/24      Documentation (TEST-NET-3)         RFC 5737
224.0.0.0/4         Multicast                          RFC 5771
240.0.0.0/4         Reserved                           RFC 1112
255.255.255.255/32  Limited Broadcast                  RFC 919
"""
_IPV6: Final = """
::/128              Unspecified Address                RFC 4291
::1/128             Loopback Address                   RFC 4291
::/96               Deprecated IPv4-Compatible         RFC 4291
::ffff:0:0/96       IPv4-mapped Address                RFC 4291
::ffff:0:0:0/96     IPv4-translated (SIIT)             RFC 2765
64:ff9b::/96        IPv4-IPv6 Translation              RFC 6052
64:ff9b:1::/48      Local-Use IPv4-IPv6 Translation    RFC 8215
100::/64            Discard-Only Address Block         RFC 6666
100:0:0:1::/64      Dummy IPv6 Prefix                  RFC 9780
2001::/23           IETF Protocol Assignments          RFC 2928
2001::/32           Teredo                             RFC 4380
2001:1::1/128       Port Control Protocol Anycast      RFC 7723
2001:1::2/128       TURN Anycast                       RFC 8155
2001:1::3/128       DNS-SD SRP Anycast                 RFC 9665
2001:2::/48         Benchmarking                       RFC 5180
2001:3::/32         AMT                                RFC 7450
2001:4:112::/48     AS112-v6                           RFC 7535
2001:10::/28        Deprecated ORCHID                  RFC 4843
2001:20::/28        ORCHIDv2                           RFC 7343
2001:30::/28        Drone Remote ID Entity Tags        RFC 9374
2001:db8::/32       Documentation                      RFC 3849
2002::/16           6to4                               RFC 3056
2620:4f:8000::/48   Direct Delegation AS112 Service    RFC 7534
3fff::/20           Documentation                      RFC 9637
5f00::/16           Segment Routing (SRv6) SIDs        RFC 9602
fc00::/7            Unique-Local                       RFC 4193
fe80::/10           Link-Local Unicast                 RFC 4291
fec0::/10           Deprecated Site-Local              RFC 3879
ff00::/8            Multicast                          RFC 4291
"""
IPV4_MAPPED: Final = IPv6Network("::ffff:0:0/96")
NAT64: Final = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""The one part of "IPv6 Address Space" that is assigned for public addresses."""


def _parse_rows(table: str) -> tuple[SpecialNetwork, ...]:
    rows = (line.split(maxsplit=1) for line in table.strip().splitlines())
    return tuple(_parse_row(network, rest) for network, rest in rows)


def _parse_row(network: str, rest: str) -> SpecialNetwork:
    name, _, number = rest.rpartition(" RFC ")
    return SpecialNetwork(ip_network(network), name.strip(), f"RFC {number}")


SPECIAL_NETWORKS: Final = (*_parse_rows(_IPV4), *_parse_rows(_IPV6))


def is_special(address: Address) -> bool:
    """Returns whether an address is in a block of the table, or in an unassigned part of IPv6.

    An address that carries an IPv4 one is judged as it stands: extract it first.
    """
    if any(address in it.network for it in SPECIAL_NETWORKS):
        return True
    return isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST


def extract_ipv4(address: Address) -> Address:
    """Returns the IPv4 address in a mapped or NAT64 address, and other addresses as they are.

    6to4 and Teredo carry IPv4 addresses too, but lead through relays, so their blocks are special
    whatever they carry. A local NAT64 prefix is an operator's own network.
    """
    if address in IPV4_MAPPED or address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address
