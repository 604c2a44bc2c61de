"""Refusals of mail: one clean line, and whether the address is to blame."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.refusals import REFUSAL_LIMIT, blames_address, clean_refusal


@given(st.text(max_size=400))
@example("550 no\r\n\x1b[2J \u202e\u200b <carla@example.test>")
@example("550 " + "x" * 500)
def test_a_refusal_is_one_short_line_that_controls_nothing_and_names_no_address(text: str) -> None:
    said = clean_refusal(text)
    assert 0 < len(said) <= REFUSAL_LIMIT
    assert said == " ".join(said.split())
    assert not any(unicodedata.category(letter)[0] == "C" for letter in said)
    assert "carla@" not in said


@pytest.mark.parametrize(
    ("refusal", "blames"),
    [
        ("550 5.1.1 user unknown", True),
        ("550 no such user", True),
        ("550 5.2.1 mailbox disabled", True),
        ("550 5.4.4 no such host", True),
        ("5.1.1", True),
        ("553 not a mailbox of ours", True),
        ("556 takes no mail", True),
        ("no such domain can be", True),
        ("552 5.2.3 message too long", False),
        ("552 5.3.4 message too big", False),
        ("554 5.7.1 relay access denied", False),
        ("550 5.7.1 looks like spam", False),
        ("554 transaction failed", False),
        ("550 5.6.1 media not supported", False),
        ("550 mail from 10.5.1.1 refused for user", True),
    ],
)
def test_only_what_is_wrong_with_the_address_stops_mail_to_it(
    refusal: str,
    blames: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert blames_address(refusal) is blames
