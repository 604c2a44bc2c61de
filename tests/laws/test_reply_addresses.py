"""Addresses and Message-IDs lead an answer to its ticket, and nobody else makes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.mail_ids import (
    DigestId,
    MailId,
    make_digest_id,
    make_mail_id,
    make_root_id,
    read_digest_id,
    read_mail_id,
)
from server.domain.reply_addresses import make_reply_address, split_reply_address

KEY, EPOCH = "k" * 64, "0123456789abcdef"
NUMBERS = st.integers(1, 10**12)
EPOCHS = st.sampled_from(["", EPOCH])


@given(number=NUMBERS, person=NUMBERS, epoch=EPOCHS)
def test_a_reply_address_leads_to_its_ticket_in_any_case(
    number: int, person: int, epoch: str
) -> None:
    address = make_reply_address("help@acme.example", 4821, epoch, number, person, KEY)
    assert len(address.partition("@")[0]) <= 64
    for spelled in (address, address.upper().replace("ACME.EXAMPLE", "acme.example")):
        inbox, tag = split_reply_address(spelled)
        assert inbox.lower() == "help@acme.example"
        assert tag is not None
        assert (tag.number, tag.person_id) == (number, person)
        assert tag.is_genuine(4821, epoch, KEY)


@given(number=NUMBERS, person=NUMBERS, other=NUMBERS)
def test_a_reply_address_is_valid_for_nothing_else(number: int, person: int, other: int) -> None:
    _, tag = split_reply_address(
        make_reply_address("h@a.example", 4821, EPOCH, number, person, KEY)
    )
    assert tag is not None
    assert not tag.is_genuine(4822, EPOCH, KEY)
    assert not tag.is_genuine(4821, "", KEY)
    assert not tag.is_genuine(4821, EPOCH, "another")
    if other != number:
        forged = f"h+{other}-{person}-{tag.signature}@a.example"
        read = split_reply_address(forged)[1]
        assert read is not None
        assert not read.is_genuine(4821, EPOCH, KEY)


def test_an_address_without_room_for_a_tag_stays_as_it_is() -> None:
    inbox = "a" * 40 + "@acme.example"
    assert make_reply_address(inbox, 4821, EPOCH, 17, 1042, KEY) == inbox


@pytest.mark.parametrize(
    ("address", "inbox"),
    [
        ("help@acme.example", "help@acme.example"),
        ("help+news@acme.example", "help@acme.example"),
        ("help+17-1042-short@acme.example", "help@acme.example"),
        ("+17@acme.example", "+17@acme.example"),
        ("no address", "no address"),
    ],
)
def test_what_is_no_tag_of_ours_is_dropped(address: str, inbox: str) -> None:
    assert split_reply_address(address) == (inbox, None)


@given(
    number=NUMBERS, seq=NUMBERS, person=NUMBERS, epoch=EPOCHS, about=st.sampled_from(["", "survey"])
)
def test_a_mail_id_is_read_as_it_was_written(
    number: int, seq: int, person: int, epoch: str, about: str
) -> None:
    own = make_mail_id(4821, epoch, number, seq, person, KEY, about)
    assert read_mail_id(f"{own}@desk.example", KEY) == MailId(
        4821, epoch, number, seq, person, True
    )
    assert read_mail_id(f"{own}@desk.example", "another") is None
    unsigned = own.rpartition(".")[0]
    read = read_mail_id(f"{unsigned}@desk.example", KEY)
    assert read is not None
    assert not read.signed


@given(number=NUMBERS, epoch=EPOCHS)
def test_the_root_of_a_conversation_is_read_and_is_no_proof(number: int, epoch: str) -> None:
    root = make_root_id(4821, epoch, number)
    expected = MailId(4821, epoch, number, None, None, False)
    assert read_mail_id(f"{root}@desk.example", KEY) == expected


@given(text=st.text() | st.from_regex(r"[0-9.]{4,40}@x"))
def test_any_other_message_id_is_not_ours_or_not_signed(text: str) -> None:
    read = read_mail_id(text, KEY)
    assert read is None or not read.signed


@given(seqs=st.tuples(NUMBERS, NUMBERS), rows=st.tuples(NUMBERS, NUMBERS), epoch=EPOCHS)
def test_a_digest_leads_to_no_ticket_and_is_known_when_it_comes_back(
    seqs: tuple[int, int], rows: tuple[int, int], epoch: str
) -> None:
    sent = DigestId(
        org_id=4821,
        epoch=epoch,
        first_seq=seqs[0],
        last_seq=seqs[1],
        first_row=rows[0],
        last_row=rows[1],
        person_id=1042,
    )
    own = make_digest_id(sent, KEY)
    assert read_mail_id(f"{own}@desk.example", KEY) is None
    assert read_digest_id(f"{own}@desk.example", KEY) == sent
    assert read_digest_id(f"{own}@desk.example", "another") is None
    assert read_digest_id(f"{own.rpartition('.')[0]}@desk.example", KEY) is None
