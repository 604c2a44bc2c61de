"""Relays as they are: with certificates good and bad, that put mail off, and that hang."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.clock import utc_now
from server.delivery.mail import smtp_client
from server.delivery.mail.mail_sender import RELAY_PAUSE, RETRY_DELAYS
from tests.support.loopback_server import serve_connections
from tests.support.mail_desk import Mailroom
from tests.support.marks import own_on_sqlite
from tests.support.smtp_server import Mailbox

HERE = "127.0.0.1"


def make_context(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, chain: Path | None = None
) -> ssl.SSLContext:
    """The relay's side of TLS, with a certificate of this kind; ours trusts one authority.

    Key and certificates are written to `chain`, too.
    """
    trustme = pytest.importorskip("trustme", reason="trustme makes the certificates")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(folder / "trusted.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "trusted.pem"))
    if kind == "self-signed":
        own = trustme.CA()
        own.private_key_pem.write_to_path(folder / "own.pem")
        own.cert_pem.write_to_path(folder / "own.pem", append=True)
        context.load_cert_chain(folder / "own.pem")
        if chain is not None:
            chain.write_bytes((folder / "own.pem").read_bytes())
        return context
    now = utc_now()
    end = now - timedelta(days=1) if kind == "expired" else now + timedelta(days=1)
    name = "elsewhere.example" if kind == "of another host" else HERE
    issued = authority.issue_cert(name, not_before=now - timedelta(days=9), not_after=end)
    issued.configure_cert(context)
    if chain is not None:
        chain.write_bytes(issued.private_key_and_cert_chain_pem.bytes())
    return context


async def send_by_starttls(room: Mailroom, box: Mailbox) -> list[str]:
    """Sends what is due with STARTTLS; returns what was logged."""
    sender = room.server(room.database, f"smtp+starttls://{HERE}:{box.port}")
    with capture_logs() as lines:
        await sender.send_due_mails()
    await sender.stop()
    return [str(line.get("error")) for line in lines]


@own_on_sqlite
async def test_a_relay_with_a_good_certificate_gets_the_mail(
    room: Mailroom, box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.tls = make_context("good", tmp_path, monkeypatch)
    await room.owe(room.carla, await room.file())
    assert await send_by_starttls(room, box) == []
    assert (await room.states(), len(box.mails)) == (["sent"], 1)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("expired", "expired"),
        ("self-signed", "self-signed"),
        ("of another host", "IP address mismatch"),
    ],
)
@own_on_sqlite
async def test_a_relay_whose_certificate_proves_nothing_gets_none_and_none_is_lost(
    room: Mailroom,
    box: Mailbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    says: str,
) -> None:
    box.tls = make_context(kind, tmp_path, monkeypatch)
    await room.owe(room.carla, await room.file())
    [error] = await send_by_starttls(room, box)
    assert says in error
    assert (await room.mails(), box.mails) == ([("queued", 0, None)], [])


@own_on_sqlite
async def test_a_relay_without_starttls_gets_no_mail_that_is_to_be_encrypted(
    room: Mailroom, box: Mailbox
) -> None:
    await room.owe(room.carla, await room.file())
    [error] = await send_by_starttls(room, box)
    assert "STARTTLS" in error
    assert (await room.states(), box.mails) == (["queued"], [])


@own_on_sqlite
async def test_a_relay_that_greylists_gets_the_mail_at_the_second_attempt(
    room: Mailroom, box: Mailbox
) -> None:
    seen: set[str] = set()

    def greylist(to: str) -> str | None:
        if to in seen:
            return None
        seen.add(to)
        return "450 4.2.0 Greylisted, try again in 60 seconds"

    box.answer = greylist
    await room.owe(room.carla, await room.file())
    await room.later()
    assert await room.mails() == [("queued", 1, "450 4.2.0 Greylisted, try again in 60 seconds")]
    await room.later(seconds=RETRY_DELAYS[0].total_seconds())
    assert (await room.states(), len(box.mails)) == (["sent"], 1)


@pytest.mark.parametrize("where", ["greeting", "recipient"])
@own_on_sqlite
async def test_a_relay_that_hangs_stops_nothing_for_good(
    room: Mailroom, box: Mailbox, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    number = 2
    for _ in range(number):
        await room.owe(room.carla, await room.file())
    async with hanging_relay(where) as url:
        sender = room.server(room.database, url)
        with capture_logs() as lines, monkeypatch.context() as hasty:
            hasty.setattr(smtp_client, "TIMEOUT_SECONDS", 0.2)
            await sender.send_due_mails()
        await sender.stop()
    assert [line["event"] for line in lines] == ["mail relay unreachable"]
    assert await room.states() == ["queued"] * number
    await room.later(seconds=max(RETRY_DELAYS[0], RELAY_PAUSE).total_seconds())
    assert (await room.states(), len(box.mails)) == (["sent"] * number, number)


class HangingRelay:
    """Speaks SMTP up to a step, and is silent from then on."""

    def __init__(self, where: str) -> None:
        self.where = where

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.where == "greeting":
            return
        writer.write(b"220 relay.test\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"RCPT"):
                return
            writer.write(b"250 relay.test\r\n")


@asynccontextmanager
async def hanging_relay(where: str) -> AsyncIterator[str]:
    """The URL of a relay that hangs."""
    async with serve_connections(HangingRelay(where)) as port:
        yield f"smtp://{HERE}:{port}"
