"""The inbox that a mail is for, by its headers, whatever else the headers hold."""

import pytest

from server.mail_intake.mail_addresses import list_delivery_addresses


def test_the_envelopes_headers_come_before_what_the_sender_wrote() -> None:
    mail = (
        b"To: Help <help@acme.example>, ben@acme.example\r\n"
        b"Delivered-To: sales@acme.example\r\n\r\nHelp!"
    )
    assert list_delivery_addresses(mail) == [
        "sales@acme.example",
        "help@acme.example",
        "ben@acme.example",
    ]


@pytest.mark.parametrize("hostile", [b"(" * 50_000, b"a:" + b"b:" * 20_000, b'"\\"' * 20_000])
def test_a_header_that_nobody_writes_hides_no_other(hostile: bytes) -> None:
    mail = b"Cc: " + hostile + b"\r\nTo: help@acme.example\r\n\r\nHelp!"
    assert "help@acme.example" in list_delivery_addresses(mail)
