"""The settings of mail: what they may be, and that a refusal tells no password."""

import pytest

from server.delivery.mail.smtp_settings import (
    Relay,
    Sender,
    SmtpSecurity,
    parse_relay_url,
    parse_sender,
)


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example", Relay(host="mail.example", port=25)),
        ("smtp://[::1]:2525", Relay(host="::1", port=2525)),
        (
            "smtps://desk:p%40ss%3Aword@mail.example",
            Relay(
                host="mail.example",
                port=465,
                security=SmtpSecurity.TLS,
                username="desk",
                password="p@ss:word",
            ),
        ),
        (
            "smtp+starttls://desk:secret@mail.example/",
            Relay(
                host="mail.example",
                port=587,
                security=SmtpSecurity.STARTTLS,
                username="desk",
                password="secret",
            ),
        ),
    ],
)
def test_a_url_names_a_relay(url: str, relay: Relay) -> None:
    assert parse_relay_url(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example:0",
        "smtp://mail.example:70000",
        "smtp://mail.example:x",
        "smtp://[::1",
        "smtp://hunter2@mail.example",
        "smtp://:hunter2@mail.example",
        "smtp://a:hunter2@mail.example/inbox",
        "smtp://a:hunter2@mail.example?tls=1",
    ],
)
def test_what_names_none_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as refused:
        parse_relay_url(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("Support@Acme.example", Sender("support@acme.example")),
        ("Acme Help <support@acme.example>", Sender("support@acme.example", "Acme Help")),
        ('"Acme, Help" <support@acme.example>', Sender("support@acme.example", "Acme, Help")),
        ("<support@acme.example>", Sender("support@acme.example")),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(text: str, sender: Sender) -> None:
    assert parse_sender(text) == sender


@pytest.mark.parametrize(
    "text", ["", "acme", "a@b, c@d", "Acme <a@b> x", "A\nB <a@b>", "a@b\r\nBcc: c@d"]
)
def test_what_is_no_address_is_no_sender(text: str) -> None:
    with pytest.raises(ValueError, match="must "):
        parse_sender(text)
