"""The headers of mails: addresses, ids, dates, and what nobody should have written there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.mail_reading.address_headers import count_mailboxes, parse_address_list
from server.mail_reading.header_text import decode_header_text
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.message_ids import parse_message_id, parse_message_ids
from server.mail_reading.sent_dates import parse_sent_date
from tests.support.mail_structures import mail

ADDRESSES = [
    ("Bob <bob@cafe.example>", [("bob@cafe.example", "Bob")]),
    ("bob@cafe.example (Bob B)", [("bob@cafe.example", "Bob B")]),
    ('"Smith, Bob" <bob@cafe.example>', [("bob@cafe.example", "Smith, Bob")]),
    ("Smith, Bob <bob@cafe.example>", [("bob@cafe.example", "Bob")]),
    ("bob@cafe.example <bob@cafe.example>", [("bob@cafe.example", "")]),
    ('"ann@kettle.example" <bob@cafe.example>', [("bob@cafe.example", "ann@kettle.example")]),
    ("undisclosed-recipients:;", []),
    (
        "Team: a@cafe.example, B <b@cafe.example>; c@cafe.example",
        [("a@cafe.example", ""), ("b@cafe.example", "B"), ("c@cafe.example", "")],
    ),
    ("Bob <bob@xn--caf-dma.example>", [("bob@café.example", "Bob")]),
    ("=?utf-8?q?J=C3=BCrgen?= <j@cafe.example>", [("j@cafe.example", "Jürgen")]),
    ("=?utf-8?q?evil=40a=2Eexample?= <bob@cafe.example>", [("bob@cafe.example", "evil@a.example")]),
    ("=?utf-8?q?evil=40a=2Eexample?=", []),
    ("<@relay.example:bob@cafe.example>", [("bob@cafe.example", "")]),
    ("Bob <mailto:bob@cafe.example>", [("bob@cafe.example", "Bob")]),
    ('"Bob <bob@cafe.example>', [("bob@cafe.example", "Bob")]),
    ("Bob bob@cafe.example", [("bob@cafe.example", "Bob")]),
    ("bob", []),
    ('"bob"@cafe.example', [("bob@cafe.example", "")]),
    ('"not bob"@cafe.example', []),
    ("b\x06b@cafe.example", []),
    ("Bob\u202e <bob@cafe.example>", [("bob@cafe.example", "Bob")]),
]


@pytest.mark.parametrize(("raw", "expected"), ADDRESSES)
def test_addresses_are_found_as_people_write_them(
    raw: str, expected: list[tuple[str, str]]
) -> None:
    assert [(one.address, one.name) for one in parse_address_list(raw)] == expected


@given(st.text(alphabet='ab@.,;:<>()"\\ \x00é\udcff=?', max_size=80))
def test_any_header_has_addresses_or_none(raw: str) -> None:
    assert len(parse_address_list(raw)) <= count_mailboxes(raw)


@pytest.mark.parametrize(
    ("headers", "sender", "has_one_author"),
    [
        ("From: a@cafe.example, b@cafe.example", "a@cafe.example", False),
        ("From: a@cafe.example\r\nFrom: b@cafe.example", "a@cafe.example", False),
        ("From: <a@cafe.example> <b@cafe.example>", "b@cafe.example", False),
        ("From: nobody\r\nSender: s@cafe.example", "s@cafe.example", False),
        ("From:\r\nReply-To: r@cafe.example", "r@cafe.example", False),
        ("From:", "envelope@cafe.example", False),
        ("From: a@cafe.example", "a@cafe.example", True),
    ],
)
def test_a_mail_has_one_author_only_if_it_says_so(
    headers: str,
    sender: str,
    has_one_author: bool,  # noqa: FBT001 - a table's column
) -> None:
    found = read_mail(mail(headers), "envelope@cafe.example")
    assert found.sender is not None
    assert (found.sender.address, found.has_one_author) == (sender, has_one_author)
    assert bool(found.faults) is not has_one_author


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?b?R3LDtg==?= =?utf-8?b?w59l?=", "Größe"),
        ("=?utf-8?b?R3LD?= =?utf-8?b?tsOfZQ==?=", "Größe"),
        ("=?iso-8859-1?q?Gr=F6=DFe?= now", "Größe now"),
        ("=?no-such?q?plain?=", "plain"),
        ("=?utf-8?b?!?=", "=?utf-8?b?!?="),
        ("=?utf-8?b?%%%?= =?utf-8?q?ok?=", "=?utf-8?b?%%%?= ok"),
        ("=?unknown-8bit?q?Gr=C3=B6?=", "Grö"),
        ("Gr\udcf6\udcdfe", "Größe"),
        ("a\r\n b", "a b"),
    ],
)
def test_encoded_words_are_decoded_and_broken_ones_stay(raw: str, text: str) -> None:
    assert decode_header_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("<a b@c>", None),
        ("<>", None),
        ("<" + "x" * 300 + "@b.example>", None),
        ("<\u202ea@b.example>", None),
        ("", None),
    ],
)
def test_a_message_id_is_sane_or_none(raw: str, expected: str | None) -> None:
    assert parse_message_id(raw) == expected


def test_of_very_many_references_the_first_and_the_last_stay() -> None:
    found = parse_message_ids(" ".join(f"<{number}@b.example>" for number in range(5000)))
    assert len(found) == 100
    assert (found[0], found[-1]) == ("0@b.example", "4999@b.example")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 23 Nov 2026 09:14:00 +0100", datetime(2026, 11, 23, 8, 14, tzinfo=UTC)),
        ("23 Nov 26 09:14 GMT", datetime(2026, 11, 23, 9, 14, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 09:14:00 -0000", datetime(2026, 11, 23, 9, 14, tzinfo=UTC)),
        ("Mon, 23 Nov 2026 09:14:00 +9999", None),
        ("Mon, 32 Nov 2026 09:14:00 +0100", None),
        ("Mon, 23 Nov 9999 23:00:00 -1400", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_sane_or_none(raw: str, expected: datetime | None) -> None:
    assert parse_sent_date(raw) == expected


def test_no_header_can_add_a_line() -> None:
    found = read_mail(
        mail("Subject: =?utf-8?q?a=0D=0ABcc:_x=40y?=\r\nFrom: =?utf-8?q?b=0Ac?= <b@c.example>")
    )
    assert found.subject == "a Bcc: x@y"
    assert found.sender is not None
    assert found.sender.name == "b c"
