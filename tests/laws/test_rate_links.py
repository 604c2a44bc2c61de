"""Rating links: what was signed is read again, and nothing else is."""

import string

from hypothesis import assume, given
from hypothesis import strategies as st

from server.domain import rating_links
from server.domain.rating_links import RateLink

links = st.builds(
    RateLink,
    st.integers(1000, 99_999),
    st.integers(1, 2**53),
    st.integers(1, 2**53),
    st.integers(0, 10**11),
)
_printable = st.characters(categories=("L", "M", "N", "P", "S"), include_characters=" ")
secrets = st.text(_printable, min_size=1, max_size=40)


@given(links, secrets)
def test_a_link_is_what_was_signed(link: RateLink, secret: str) -> None:
    assert rating_links.read_link(link.sign_token(secret), secret) == link


@given(links, secrets, secrets)
def test_another_secret_signs_other_links(link: RateLink, secret: str, other: str) -> None:
    assume(secret != other)
    assert rating_links.read_link(link.sign_token(other), secret) is None


@given(links, secrets, st.integers(0, 90), st.characters())
def test_a_token_with_one_letter_changed_is_none(
    link: RateLink, secret: str, at: int, letter: str
) -> None:
    token = link.sign_token(secret)
    at %= len(token)
    assume(token[at] != letter)
    assert rating_links.read_link(token[:at] + letter + token[at + 1 :], secret) is None


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]+-[0-9]+-[0-9]+(-[0-9a-f]{40}|\.[\w-]{43})"))
def test_what_was_never_signed_is_none(text: str) -> None:
    assert rating_links.read_link(text, "a secret") is None


@given(links, secrets)
def test_a_number_written_otherwise_is_another_token(link: RateLink, secret: str) -> None:
    first, rest = link.sign_token(secret).split("-", 1)
    assert rating_links.read_link(f"{first}-0{rest}", secret) is None


def test_a_link_that_was_mailed_before_itsdangerous_signed_them_still_works() -> None:
    token = "1000-17-88-1774915200-ddf7552f087b3a6a3521372fef6e33ee4cd29820"
    assert rating_links.read_link(token, "f3" * 32) == RateLink(1000, 17, 88, 1_774_915_200)
    assert rating_links.read_link(token, "f4" * 32) is None
    assert rating_links.read_link(token.replace("-17-", "-18-"), "f3" * 32) is None


def test_a_link_has_one_token_although_base64_has_bits_to_spare() -> None:
    link, alphabet = RateLink(1000, 17, 88, 1_774_915_200), string.ascii_letters + string.digits
    token = link.sign_token("f3" * 32)
    others = {token[:-1] + letter for letter in alphabet + "-_"} - {token}
    assert not any(rating_links.read_link(other, "f3" * 32) for other in others)
