"""The webhook guard's table of networks: IANA's special-purpose registries, address by address."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from server.domain.webhooks import receiver_addresses
from server.domain.webhooks.special_networks import (
    IPV4_MAPPED,
    NAT64,
    SPECIAL_NETWORKS,
    Address,
    Network,
    SpecialNetwork,
    is_special,
)

EVERY_NETWORK = pytest.mark.parametrize(
    "special", SPECIAL_NETWORKS, ids=lambda it: f"{it.network} {it.name}"
)
UNWRAPPED = {IPV4_MAPPED, NAT64}

PRIVATE_V4 = {
    "127.0.0.1": "7f00:1",
    "10.0.0.1": "a00:1",
    "169.254.169.254": "a9fe:a9fe",
    "192.168.0.1": "c0a8:1",
    "100.64.0.1": "6440:1",
    "224.0.0.1": "e000:1",
    "255.255.255.255": "ffff:ffff",
}
PUBLIC_V4 = {"8.8.8.8": "808:808", "93.184.216.34": "5db8:d822"}


REGISTERED = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
192.0.0.0/24 192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32
192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16
192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 255.255.255.255/32
::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23
2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48
2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20
5f00::/16 fc00::/7 fe80::/10
"""
"""The column "Address Block" of both registries' CSV files, in their order, July 2026."""
BESIDE_THE_REGISTRIES = """
224.0.0.0/4 ::/96 ::ffff:0:0:0/96 fec0::/10 ff00::/8
"""
"""Multicast, and IPv6 forms that older documents reserve."""


def test_the_table_is_the_registries_and_what_they_leave_out() -> None:
    ours = {part for it in SPECIAL_NETWORKS for part in _single_addresses(it.network)}
    expected = {ip_network(it) for it in (REGISTERED + BESIDE_THE_REGISTRIES).split()}
    assert ours == expected


def _single_addresses(network: Network) -> list[Network]:
    """A pair of addresses stands in the registry as two blocks of one."""
    return list(network.subnets()) if network.prefixlen == 31 else [network]


@EVERY_NETWORK
def test_no_address_of_a_special_network_is_public(special: SpecialNetwork) -> None:
    network = special.network
    middle = network[network.num_addresses // 2]
    assert all(is_special(it) for it in (network[0], middle, network[-1]))
    if network not in UNWRAPPED:
        assert not any(
            receiver_addresses.is_public_address(str(it))
            for it in (network[0], middle, network[-1])
        )


@EVERY_NETWORK
def test_the_addresses_beside_a_special_network_are_judged_by_their_own(
    special: SpecialNetwork,
) -> None:
    """A prefix that is one bit too short or too long shows at the borders."""
    network = special.network
    for beside in (int(network[0]) - 1, int(network[-1]) + 1):
        if not 0 <= beside < 2**network.max_prefixlen:
            continue
        address = type(network[0])(beside)
        others = [it for it in SPECIAL_NETWORKS if address in it.network]
        assigned = isinstance(address, IPv4Address) or str(address)[0] in "23"
        assert is_special(address) == (bool(others) or not assigned), address


@EVERY_NETWORK
def test_every_special_network_has_a_name_and_a_document(special: SpecialNetwork) -> None:
    assert special.name
    assert special.source.removeprefix("RFC ").isdigit()


@pytest.mark.parametrize(
    "address",
    [
        "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255",
        "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.31.195.255", "192.31.197.0",
        "192.52.192.255", "192.52.194.0", "192.88.98.255", "192.88.100.0", "192.167.255.255",
        "192.169.0.0", "192.175.47.255", "192.175.49.0", "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
        "2000::1", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2003::1", "2600::1",
        "2606:4700::1111", "2620:4f:7fff::1", "2620:4f:8001::1", "2a00::1", "3ffe:ffff::1",
    ],
)  # fmt: skip
def test_an_address_beside_a_special_network_is_public(address: str) -> None:
    assert receiver_addresses.is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "::2", "1::1", "64:ff9a::1", "64:ff9b:0:0:0:1::", "64:ff9b:2::1", "100:0:0:2::1", "200::1",
        "1fff::1", "4000::1", "5eff::1", "6000::1", "8000::1", "c000::1", "e000::1", "f000::1",
        "fbff::1", "fe00::1", "fe7f::1", "3fff:fff::1", "5f00::1", "2001:1ff::1", "2001:1::4",
    ],
)  # fmt: skip
def test_what_ipv6_has_not_assigned_is_not_public(address: str) -> None:
    assert not receiver_addresses.is_public_address(address)


@pytest.mark.parametrize("prefix", ["::ffff:", "64:ff9b::", "0:0:0:0:0:ffff:", "64:FF9B::"])
def test_a_mapped_or_translated_address_is_what_it_carries(prefix: str) -> None:
    for dotted, hexadecimal in PRIVATE_V4.items():
        assert not receiver_addresses.is_public_address(prefix + dotted)
        assert not receiver_addresses.is_public_address(prefix + hexadecimal)
    for dotted, hexadecimal in PUBLIC_V4.items():
        assert receiver_addresses.is_public_address(prefix + dotted)
        assert receiver_addresses.is_public_address(prefix + hexadecimal)


@pytest.mark.parametrize("carried", [*PRIVATE_V4.values(), *PUBLIC_V4.values()])
def test_tunnels_are_refused_whatever_address_they_carry(carried: str) -> None:
    as_client = ":".join(f"{int(part, 16) ^ 0xFFFF:x}" for part in carried.split(":"))
    for address in (
        f"2002:{carried}::1",  # 6to4
        f"2001:0:{carried}::1",  # Teredo, by its server
        f"2001:0:4136:e378:8000:63bf:{as_client}",  # Teredo, by its client
        f"64:ff9b:1::{carried}",  # a NAT64 of the operator's own
        f"64:ff9b:1:fffe::{carried}",
        f"::{carried}",  # IPv4-compatible
        f"::ffff:0:{carried}",  # SIIT
    ):
        ip_address(address)
        assert not receiver_addresses.is_public_address(address), address


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "8.8.8", "8.8.8.8.", "08.8.8.8", "0x8.8.8.8", "134744072", "8.8.8.8/32",
     "2600::1%eth0", "fe80::1%1", "[2600::1]", " 8.8.8.8", "８.8.8.8"],
)  # fmt: skip
def test_what_is_no_plain_address_is_not_public(text: str) -> None:
    assert not receiver_addresses.is_public_address(text)


def test_nothing_is_public_that_the_library_of_this_python_refuses() -> None:
    """Our table may be stricter than any patch level of `ipaddress`, never laxer."""
    laxer = [it for it in _borders() if not it.is_global and not is_special(it)]
    assert laxer == []


def _borders() -> list[Address]:
    """The first and last address of every block of 2 to 16 leading bits, and of the table."""
    blocks: list[Address] = []
    for bits in range(2, 17):
        for lead in range(0, 2**bits, max(1, 2**bits // 64)):
            blocks += [IPv4Address(lead << 32 - bits), IPv6Address(lead << 128 - bits)]
    return blocks + [it.network[end] for it in SPECIAL_NETWORKS for end in (0, -1)]
