"""A request's address of origin, as proxies tell it and as strangers would like it."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.rest.core.client_address import ClientAddressResolver
from server.settings import Settings

PROXY, OTHER_PROXY = "10.0.0.1", "10.0.0.2"
TRUSTED = ClientAddressResolver(Settings(trusted_proxies="10.0.0.0/8, fd00::/8").proxy_networks)
FOR, STANDARD = "X-Forwarded-For", "Forwarded"


def found(peer: str, *headers: tuple[str, str], clients: ClientAddressResolver = TRUSTED) -> str:
    request = make_mocked_request("GET", "/", headers=CIMultiDict(headers)).clone(remote=peer)
    return clients.find_address(request)


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([], PROXY),
        ([(FOR, "192.0.2.7")], "192.0.2.7"),
        ([(FOR, "192.0.2.7:4711")], "192.0.2.7"),
        ([(FOR, "203.0.113.9, 192.0.2.7")], "192.0.2.7"),
        ([(FOR, "203.0.113.9"), (FOR, "192.0.2.7")], "192.0.2.7"),
        ([(FOR, f"203.0.113.9, 192.0.2.7, {OTHER_PROXY}")], "192.0.2.7"),
        ([(FOR, f"{OTHER_PROXY}, 10.0.0.3")], OTHER_PROXY),
        ([(FOR, "203.0.113.9, unknown")], PROXY),
        ([(FOR, f"203.0.113.9, nonsense, {OTHER_PROXY}")], OTHER_PROXY),
        ([(FOR, "")], PROXY),
        ([(FOR, "203.0.113.9,")], PROXY),
        ([(FOR, "::ffff:192.0.2.7")], "192.0.2.7"),
        ([(FOR, "2001:db8:1:2:3:4:5:6")], "2001:db8:1:2::/64"),
        ([(FOR, "[2001:db8:1:2::9]:443")], "2001:db8:1:2::/64"),
        ([(STANDARD, "for=192.0.2.7")], "192.0.2.7"),
        ([(STANDARD, 'For="192.0.2.7:80";proto=https;by=10.0.0.1')], "192.0.2.7"),
        ([(STANDARD, 'proto=https;for="[2001:db8:1:2::9]:443"')], "2001:db8:1:2::/64"),
        ([(STANDARD, "for=203.0.113.9, for=192.0.2.7")], "192.0.2.7"),
        ([(STANDARD, "for=203.0.113.9"), (STANDARD, "for=192.0.2.7")], "192.0.2.7"),
        ([(STANDARD, f"for=192.0.2.7, for={OTHER_PROXY}")], "192.0.2.7"),
        ([(STANDARD, "for=203.0.113.9, for=_hidden")], PROXY),
        ([(STANDARD, "for=203.0.113.9, proto=https;by=10.0.0.1")], PROXY),
        ([(STANDARD, 'for="203.0.113.9, for=192.0.2.7')], PROXY),
        ([(STANDARD, 'by="a, for=203.0.113.9", for=192.0.2.7')], "192.0.2.7"),
        ([(FOR, "192.0.2.7"), (STANDARD, "for=192.0.2.7")], "192.0.2.7"),
        ([(FOR, "192.0.2.7"), (STANDARD, "for=203.0.113.9")], PROXY),
        ([("X-Real-IP", "203.0.113.9")], PROXY),
    ],
)
def test_a_trusted_proxy_is_believed_as_far_as_it_can_know(
    headers: list[tuple[str, str]], client: str
) -> None:
    assert found(PROXY, *headers) == client


@pytest.mark.parametrize("header", [(FOR, "203.0.113.9"), (STANDARD, "for=203.0.113.9")])
def test_nobody_else_is_believed(header: tuple[str, str]) -> None:
    assert found("192.0.2.1", header) == "192.0.2.1"
    assert found(PROXY, header, clients=ClientAddressResolver(())) == PROXY


def test_addresses_of_one_ipv6_network_are_one_client() -> None:
    assert found("2001:db8:1:2::9") == found("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert found("fe80::1%eth0") == "fe80::/64"


def test_a_proxy_on_an_ipv4_address_is_one_on_a_socket_for_both_families() -> None:
    assert found("::ffff:10.0.0.1", (FOR, "192.0.2.7")) == "192.0.2.7"


@pytest.mark.parametrize(
    "text", ["10.0.0.1/8", "proxy.example", "10.0.0.0/33", "10.0.0.1;10.0.0.2"]
)
def test_what_is_no_network_cannot_be_trusted(text: str) -> None:
    with pytest.raises(ValueError, match=r"does not appear|has host bits"):
        _ = Settings(trusted_proxies=text).proxy_networks


def test_trusted_proxies_are_separated_by_commas_or_blanks() -> None:
    networks = Settings(trusted_proxies=" 127.0.0.1,10.0.0.0/8  ::1 ").proxy_networks
    assert list(map(str, networks)) == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
