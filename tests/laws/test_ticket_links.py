"""Ticket links: what was signed is read again, and nothing else is."""

import string
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from server.domain import rating_links
from server.domain.rating_links import RateLink
from server.domain.ticket_links import (
    LINK_LIFETIME,
    TicketLink,
    make_ticket_link,
    read_ticket_link,
)

links = st.builds(
    TicketLink,
    st.integers(1000, 99_999),
    st.integers(1, 2**53),
    st.integers(1, 2**53),
    st.integers(0, 10**8),
    st.integers(0, 10**11),
)
_printable = st.characters(categories=("L", "M", "N", "P", "S"), include_characters=" ")
secrets = st.text(_printable, min_size=1, max_size=40)


@given(links, secrets)
def test_a_link_is_what_was_signed(link: TicketLink, secret: str) -> None:
    assert read_ticket_link(link.sign_token(secret), secret) == link


@given(links, secrets, secrets)
def test_another_secret_signs_other_links(link: TicketLink, secret: str, other: str) -> None:
    assume(secret != other)
    assert read_ticket_link(link.sign_token(other), secret) is None


@given(links, secrets, st.integers(0, 120), st.characters())
def test_a_token_with_one_letter_changed_is_none(
    link: TicketLink, secret: str, at: int, letter: str
) -> None:
    token = link.sign_token(secret)
    at %= len(token)
    assume(token[at] != letter)
    assert read_ticket_link(token[:at] + letter + token[at + 1 :], secret) is None


@given(st.text() | st.from_regex(r"[0-9]{4}(-[0-9]+){4}\.[\w-]{43}"))
def test_what_was_never_signed_is_none(text: str) -> None:
    assert read_ticket_link(text, "a secret") is None


@given(links, secrets)
def test_a_rating_link_opens_no_ticket_and_the_other_way_round(
    link: TicketLink, secret: str
) -> None:
    rating = RateLink(link.org_id, link.number, link.person_id, link.expires_at)
    assert read_ticket_link(rating.sign_token(secret), secret) is None
    assert rating_links.read_link(link.sign_token(secret), secret) is None


def test_a_link_has_one_token_although_base64_has_bits_to_spare() -> None:
    link, alphabet = TicketLink(1000, 17, 88, 0, 1_774_915_200), string.ascii_letters + "0189-_"
    token = link.sign_token("f3" * 32)
    others = {token[:-1] + letter for letter in alphabet} - {token}
    assert not any(read_ticket_link(other, "f3" * 32) for other in others)


def test_a_fresh_link_works_for_ninety_days() -> None:
    now = datetime(2026, 3, 30, 12, tzinfo=UTC)
    link = make_ticket_link(1000, 17, 88, 2, now)
    assert link.expires_at == int((now + LINK_LIFETIME).timestamp())
    assert LINK_LIFETIME.days == 90
