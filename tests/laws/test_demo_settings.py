"""The demo's settings on their way to its server: by the environment, whole, and seen by nobody."""

import pytest
from msgspec.structs import asdict

from demo.environment import make_environment
from server.cli.serve_command import serve_command
from server.settings import Settings

EVERY_SETTING = Settings(
    database="postgresql://desk:secret@db.example/desk",
    database_connections=7,
    database_pooler="no",
    http="127.0.0.1:0",
    stream="tcp://127.0.0.1:0",
    stream_advertise="tcp://desk.example:5556",
    public_url="https://desk.example",
    smtp_url="smtp://desk:secret@relay.example",
    mail_from="Acme <help@acme.example>",
    mail_listen="lmtp://127.0.0.1:8024",
    max_mail=1_000_000,
    mail_authserv_id="mx.acme.example",
    imap="imaps://desk:secret@imap.example/INBOX",
    trusted_proxies="10.0.0.0/8,::1",
    cors_origin="https://a.example,https://b.example",
    rate_limit=0,
    max_body=4096,
    request_timeout=9,
    log_format="json",
    webhook_allow_private=True,
)


@pytest.mark.parametrize("settings", [Settings(), EVERY_SETTING], ids=["defaults", "all"])
def test_the_server_of_a_demo_reads_the_settings_of_the_demo(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESKWIRE_CORS_ORIGIN", "https://another.example")
    environment = make_environment(settings)
    monkeypatch.setattr("os.environ", environment)
    read = serve_command.make_context("serve", []).params
    assert {name: read[name] for name in asdict(settings)} == asdict(settings)
